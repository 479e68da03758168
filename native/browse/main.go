// Command browse does what a dashboard does to a cluster, with Kubernetes' own client: it discovers all
// kinds, asks what it may list, and lists and watches all of that in all namespaces. It is for tests. On
// standard output it says, line by line, what it finds:
//
//	may KIND                one that it may list and watch
//	added KIND NAMESPACE/NAME
//	synced                  everything that was there has been told
//	failed KIND ERROR       a list or a watch that was refused, or broke off
//
// With the word protobuf it follows some kinds of Kubernetes' own as controllers do, whose client asks for
// protobuf first, and also says
//
//	served KIND TYPE        what a list came in
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"time"

	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
)

func main() {
	follow := followAll
	switch {
	case len(os.Args) == 2:
	case len(os.Args) == 3 && os.Args[2] == "protobuf":
		follow = followInProtobuf
	default:
		fmt.Fprintln(os.Stderr, "usage: browse KUBECONFIG [protobuf]")
		os.Exit(2)
	}
	if err := browse(os.Args[1], follow); err != nil {
		fmt.Fprintln(os.Stderr, "browse:", err)
		os.Exit(1)
	}
}

// browse goes on until its standard input ends.
func browse(kubeconfig string, follow func(context.Context, *rest.Config) error) error {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	defer cancel()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	config.QPS, config.Burst = 100, 200
	if err := follow(ctx, config); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

func followAll(ctx context.Context, config *rest.Config) error {
	server, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return err
	}
	objects, err := dynamic.NewForConfig(config)
	if err != nil {
		return err
	}
	kinds, err := listable(ctx, server, objects)
	if err != nil {
		return err
	}
	factory := dynamicinformer.NewDynamicSharedInformerFactory(objects, 10*time.Minute)
	for _, kind := range kinds {
		tell(nameOf(kind), factory.ForResource(kind).Informer())
	}
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	say("synced")
	return nil
}

// followInProtobuf follows a kind that is selected by labels and one that is looked at item by item.
func followInProtobuf(ctx context.Context, config *rest.Config) error {
	config = rest.CopyConfig(config)
	config.GroupVersion, config.APIPath = &core.SchemeGroupVersion, "/api"
	config.NegotiatedSerializer = scheme.Codecs.WithoutConversion()
	config.ContentType = runtime.ContentTypeProtobuf
	config.AcceptContentTypes = runtime.ContentTypeProtobuf + "," + runtime.ContentTypeJSON
	client, err := rest.RESTClientFor(config)
	if err != nil {
		return err
	}
	var synced []cache.InformerSynced
	for kind, object := range map[string]runtime.Object{"namespaces": &core.Namespace{}, "configmaps": &core.ConfigMap{}} {
		var contentType string
		if err := client.Get().Resource(kind).Do(ctx).ContentType(&contentType).Error(); err != nil {
			return err
		}
		say("served %s %s", kind, contentType)
		lists := cache.NewListWatchFromClient(client, kind, meta.NamespaceAll, fields.Everything())
		informer := cache.NewSharedInformer(lists, object, 10*time.Minute)
		tell(kind, informer)
		go informer.Run(ctx.Done())
		synced = append(synced, informer.HasSynced)
	}
	cache.WaitForCacheSync(ctx.Done(), synced...)
	say("synced")
	return nil
}

// listable are the preferred kinds that a SelfSubjectAccessReview allows to list and watch everywhere.
func listable(ctx context.Context, server discovery.DiscoveryInterface, objects dynamic.Interface) ([]schema.GroupVersionResource, error) {
	lists, err := server.ServerPreferredResources()
	if err != nil {
		return nil, err
	}
	served, err := discovery.GroupVersionResources(
		discovery.FilteredBy(discovery.SupportsAllVerbs{Verbs: []string{"list", "watch"}}, lists))
	if err != nil {
		return nil, err
	}
	var kinds []schema.GroupVersionResource
	for kind := range served {
		mayList, err := may(ctx, objects, "list", kind)
		if err != nil {
			return nil, err
		}
		mayWatch, err := may(ctx, objects, "watch", kind)
		if err != nil {
			return nil, err
		}
		if mayList && mayWatch {
			say("may %s", nameOf(kind))
			kinds = append(kinds, kind)
		}
	}
	return kinds, nil
}

var reviews = schema.GroupVersionResource{Group: "authorization.k8s.io", Version: "v1", Resource: "selfsubjectaccessreviews"}

func may(ctx context.Context, objects dynamic.Interface, verb string, kind schema.GroupVersionResource) (bool, error) {
	review := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "authorization.k8s.io/v1",
		"kind":       "SelfSubjectAccessReview",
		"spec": map[string]any{"resourceAttributes": map[string]any{
			"verb": verb, "group": kind.Group, "version": kind.Version, "resource": kind.Resource,
		}},
	}}
	answer, err := objects.Resource(reviews).Create(ctx, review, meta.CreateOptions{})
	if err != nil {
		return false, err
	}
	isAllowed, _, err := unstructured.NestedBool(answer.Object, "status", "allowed")
	return isAllowed, err
}

// tell says what an informer is told.
func tell(kind string, informer cache.SharedInformer) {
	_ = informer.SetWatchErrorHandlerWithContext(func(_ context.Context, _ *cache.Reflector, err error) {
		say("failed %s %v", kind, err)
	})
	_, _ = informer.AddEventHandler(cache.ResourceEventHandlerFuncs{AddFunc: func(object any) {
		key, _ := cache.MetaNamespaceKeyFunc(object)
		say("added %s %s", kind, key)
	}})
}

var output sync.Mutex

func say(format string, arguments ...any) {
	output.Lock()
	defer output.Unlock()
	fmt.Printf(format+"\n", arguments...)
}

// nameOf is the plural name with its group, as kubectl writes it.
func nameOf(kind schema.GroupVersionResource) string {
	return kind.GroupResource().String()
}
