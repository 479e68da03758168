package main

import (
	"bytes"
	"encoding/json"
	"path"
	"slices"

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
		// Absent where nothing is to be decrypted.
		Decryption *decryption `json:"decryption"`
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
	var keys *keyring
	if asked.Decryption != nil {
		if keys, err = newKeyring(asked.Decryption); err != nil {
			return nil, nil, err
		}
	}
	replies, err := e.buildObjects(source, asked.Path, asked.YAML, keys)
	if err != nil {
		return nil, nil, keys.withoutValues(err)
	}
	if keys == nil {
		return map[string]any{}, replies, nil
	}
	if len(keys.wanted) > 0 {
		return map[string]any{"wanted": keys.wanted}, nil, nil
	}
	values, err := json.Marshal(keys.values)
	return map[string]any{"seal": keys.seal()}, append(replies, values), err
}

// buildObjects gives nothing if keys has to ask for some first.
func (e *engine) buildObjects(source *view, asked string, withYAML bool, keys *keyring) ([][]byte, error) {
	built, err := e.kustomize(source, asked, keys)
	if err != nil || built == nil {
		return nil, err
	}
	encoded, err := encode(built)
	if err == nil && keys != nil {
		err = keys.decryptObjects(built, encoded)
	}
	if err != nil {
		return nil, err
	}
	replies := [][]byte{slices.Concat([]byte{'['}, bytes.Join(encoded, []byte{','}), []byte{']'})}
	if !withYAML {
		return replies, nil
	}
	texts, err := textsOf(built, encoded)
	return append(replies, texts), err
}

// kustomize gives nothing if keys has to ask for some first.
func (e *engine) kustomize(source *view, asked string, keys *keyring) (resmap.ResMap, error) {
	folder, err := source.folder(asked)
	if err != nil {
		return nil, err
	}
	survey := survey{view: source, allowRemote: e.settings.allowRemote, counted: map[string]int{}}
	files := encryptedFiles{}
	if keys != nil {
		survey.found = files.collect
	}
	if _, err := survey.visit(folder); err != nil {
		return nil, err
	}
	if keys != nil {
		if err := keys.decryptFiles(source, files); err != nil {
			return nil, err
		}
		if len(keys.wanted) > 0 {
			return nil, nil
		}
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

// encode gives each object as JSON.
func encode(built resmap.ResMap) ([][]byte, error) {
	all := make([][]byte, 0, built.Size())
	for _, object := range built.Resources() {
		if object.GetName() == "" || object.GetKind() == "" || object.GetApiVersion() == "" {
			return nil, faultf(codeBuildFailed, "an object lacks apiVersion, kind or metadata.name: %s %q",
				shorten(object.GetKind()), shorten(object.GetName()))
		}
		encoded, err := object.MarshalJSON()
		if err != nil {
			return nil, faultf(codeBuildFailed, "%s %q cannot be written as JSON", object.GetKind(), object.GetName())
		}
		all = append(all, bytes.TrimSpace(encoded))
	}
	return all, nil
}

// textsOf gives each object that holds a `$` as YAML, in a JSON array.
func textsOf(built resmap.ResMap, encoded [][]byte) ([]byte, error) {
	texts := make([]*string, 0, len(encoded))
	for i, object := range built.Resources() {
		if !bytes.ContainsRune(encoded[i], '$') {
			texts = append(texts, nil)
			continue
		}
		text, err := yaml.JSONToYAML(encoded[i])
		if err != nil {
			return nil, faultf(codeBuildFailed, "%s %q cannot be written as YAML", object.GetKind(), object.GetName())
		}
		line := string(text)
		texts = append(texts, &line)
	}
	return json.Marshal(texts)
}
