package main

import (
	"bytes"
	"encoding/json"
	"path"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/kustomize/kyaml/openapi"
	"sigs.k8s.io/yaml"
)

// build runs kustomize on a directory of an artifact, with the overlay's files laid over it.
//
// The first attachment of the response is a JSON array of the objects, numbers as they are in the
// manifests. With "yaml", the second is a JSON array with the YAML text of each object that holds
// a `$`, and null for the others.
func (e *engine) build(params json.RawMessage, _ [][]byte) (any, [][]byte, error) {
	var asked struct {
		Artifact string            `json:"artifact"`
		Path     string            `json:"path"`
		Overlay  map[string]string `json:"overlay"`
		YAML     bool              `json:"yaml"`
	}
	if err := decode(params, &asked); err != nil {
		return nil, nil, err
	}
	base, err := e.artifacts.get(asked.Artifact)
	if err != nil {
		return nil, nil, err
	}
	source, err := newView(base, asked.Overlay)
	if err != nil {
		return nil, nil, err
	}
	built, err := e.kustomize(source, asked.Path)
	if err != nil {
		return nil, nil, err
	}
	objects, texts, err := encode(built, asked.YAML)
	if err != nil {
		return nil, nil, err
	}
	replies := [][]byte{objects}
	if asked.YAML {
		replies = append(replies, texts)
	}
	return map[string]any{"objects": built.Size()}, replies, nil
}

func (e *engine) kustomize(source *view, asked string) (resmap.ResMap, error) {
	folder, err := source.folder(asked)
	if err != nil {
		return nil, err
	}
	survey := survey{view: source, allowRemote: e.settings.allowRemote, counted: map[string]int{}}
	if _, err := survey.visit(folder); err != nil {
		return nil, err
	}
	if e.settings.allowRemote {
		source.clones = clones{filesys.MakeFsOnDisk()}
	}
	// A custom schema stays in the process; the next build, maybe another tenant's, must not see it.
	if survey.usesOpenAPI || e.settings.allowRemote {
		resetSchema()
		defer resetSchema()
	}
	built, err := krusty.MakeKustomizer(&krusty.Options{
		// The view is the restriction: any file of the source, none outside.
		LoadRestrictions: types.LoadRestrictionsNone,
		PluginConfig:     types.DisabledPluginConfig(),
	}).Run(source, path.Join(jail, folder))
	if err == nil {
		return built, nil
	}
	if source.escaped != "" {
		return nil, faultf(codePathEscape, "the kustomization refers to %q, which is outside the source", shorten(withoutJail(source.escaped)))
	}
	if refused := takeRefusedURL(); refused != "" {
		return nil, faultf(codeRemoteBase, "the kustomization refers to %q; remote bases are not allowed, copy it into the source", shorten(refused))
	}
	return nil, faultf(codeBuildFailed, "%s", describe(err))
}

// resetSchema drops what kustomize knows of kinds and reads the built-in schema again, to which a
// custom one of the next build is added.
func resetSchema() {
	openapi.ResetOpenAPI()
	_ = openapi.Schema()
}

func encode(built resmap.ResMap, withYAML bool) (objects, texts []byte, err error) {
	var all bytes.Buffer
	lines := make([]*string, 0, built.Size())
	all.WriteByte('[')
	for i, object := range built.Resources() {
		if object.GetName() == "" || object.GetKind() == "" || object.GetApiVersion() == "" {
			return nil, nil, faultf(codeBuildFailed, "an object lacks apiVersion, kind or metadata.name: %s %q",
				shorten(object.GetKind()), shorten(object.GetName()))
		}
		encoded, err := object.MarshalJSON()
		if err != nil {
			return nil, nil, faultf(codeBuildFailed, "%s %q cannot be written as JSON", object.GetKind(), object.GetName())
		}
		if i > 0 {
			all.WriteByte(',')
		}
		all.Write(bytes.TrimSpace(encoded))
		if !withYAML {
			continue
		}
		if !bytes.ContainsRune(encoded, '$') {
			lines = append(lines, nil)
			continue
		}
		text, err := yaml.JSONToYAML(encoded)
		if err != nil {
			return nil, nil, faultf(codeBuildFailed, "%s %q cannot be written as YAML", object.GetKind(), object.GetName())
		}
		line := string(text)
		lines = append(lines, &line)
	}
	all.WriteByte(']')
	if withYAML {
		texts, err = json.Marshal(lines)
	}
	return all.Bytes(), texts, err
}
