package main

import (
	"net/http"
	"time"

	"k8s.io/cri-streaming/pkg/streaming/portforward"
	"k8s.io/cri-streaming/pkg/streaming/remotecommand"
)

const (
	idleTimeout   = 4 * time.Hour
	streamTimeout = remotecommand.DefaultStreamCreationTimeout
)

// routes are those of a kubelet that the API server uses for the subresources of Pods.
func routes(node *node) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/exec/{namespace}/{pod}/{container}", func(w http.ResponseWriter, r *http.Request) {
		stream(w, r, func(options *remotecommand.Options) {
			container := node.container(r)
			remotecommand.ServeExec(w, r, container, r.PathValue("pod"), "", r.PathValue("container"),
				r.Form["command"], options, idleTimeout, streamTimeout, remotecommand.SupportedStreamingProtocols)
		})
	})
	mux.HandleFunc("/attach/{namespace}/{pod}/{container}", func(w http.ResponseWriter, r *http.Request) {
		stream(w, r, func(options *remotecommand.Options) {
			container := node.container(r)
			remotecommand.ServeAttach(w, r, container, r.PathValue("pod"), "", r.PathValue("container"),
				options, idleTimeout, streamTimeout, remotecommand.SupportedStreamingProtocols)
		})
	})
	mux.HandleFunc("/portForward/{namespace}/{pod}", func(w http.ResponseWriter, r *http.Request) {
		options, err := portforward.NewV4Options(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		portforward.ServePortForward(w, r, node.container(r), r.PathValue("pod"), "",
			options, idleTimeout, streamTimeout, portforward.SupportedProtocols)
	})
	mux.HandleFunc("/containerLogs/{namespace}/{pod}/{container}", func(w http.ResponseWriter, r *http.Request) {
		node.container(r).log.serve(w, r)
	})
	return mux
}

func stream(w http.ResponseWriter, r *http.Request, serve func(*remotecommand.Options)) {
	options, err := remotecommand.NewOptions(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	serve(options)
}
