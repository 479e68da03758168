package main

import (
	"encoding/json"
	"path"
	"strings"

	"sigs.k8s.io/kustomize/api/provider"
	"sigs.k8s.io/kustomize/api/resource"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/yaml"
)

// inspection is what the client needs to know of a directory to generate its kustomization.
type inspection struct {
	// The directory, clean and relative to the root of the artifact.
	Folder string `json:"folder"`
	// The kustomization file of the directory, and what it says in the fields kustomize knows.
	File          string               `json:"file,omitempty"`
	Kustomization *types.Kustomization `json:"kustomization,omitempty"`
	// Without one: the manifests and kustomizations found below the directory, relative to it.
	Resources []string `json:"resources,omitempty"`
	// Those of the paths asked about that do not exist, relative to the directory.
	Missing []string `json:"missing,omitempty"`
}

func (e *engine) inspect(params json.RawMessage, _ [][]byte) (any, [][]byte, error) {
	var asked struct {
		Artifact string   `json:"artifact"`
		Path     string   `json:"path"`
		Exists   []string `json:"exists"`
	}
	if err := decode(params, &asked); err != nil {
		return nil, nil, err
	}
	base, err := e.artifacts.get(asked.Artifact)
	if err != nil {
		return nil, nil, err
	}
	source, err := newView(base, nil)
	if err != nil {
		return nil, nil, err
	}
	folder, err := source.folder(asked.Path)
	if err != nil {
		return nil, nil, err
	}
	found := inspection{Folder: folder}
	for _, entry := range asked.Exists {
		if target := path.Join(folder, entry); !source.Exists(path.Join(jail, target)) {
			found.Missing = append(found.Missing, entry)
		}
	}
	survey := survey{view: source}
	file, content := survey.kustomizationIn(folder)
	if content == nil {
		found.Resources, err = source.manifestsBelow(folder)
		return found, nil, err
	}
	found.File, found.Kustomization = file, &types.Kustomization{}
	if err := yaml.Unmarshal(content, found.Kustomization); err != nil {
		return nil, nil, faultf(codeBuildFailed, "%s: %s", path.Join(folder, file), describe(err))
	}
	return found, nil, nil
}

// folder resolves spec.path, where a leading slash means the root of the source.
func (v *view) folder(asked string) (string, error) {
	folder := path.Clean("./" + asked)
	if folder == ".." || strings.HasPrefix(folder, "../") {
		return "", faultf(codePathEscape, "path %q leads outside the source", shorten(asked))
	}
	if v.hasFolder(folder) {
		return folder, nil
	}
	if _, isFile := v.file(folder); isFile {
		return "", faultf(codePathNotFound, "path %q is a file; it must be a directory of the source", shorten(asked))
	}
	return "", faultf(codePathNotFound, "path %q is not in the source", shorten(asked))
}

// manifestsBelow lists, in order, the YAML files below a directory. A directory with a
// kustomization of its own is listed instead of what it holds.
func (v *view) manifestsBelow(folder string) (found []string, err error) {
	manifests := provider.NewDefaultDepProvider().GetResourceFactory()
	survey := survey{view: v}
	var walk func(relative string) error
	walk = func(relative string) error {
		names, err := v.ReadDir(path.Join(jail, folder, relative))
		if err != nil {
			return err
		}
		for _, name := range names {
			below := path.Join(relative, name)
			full := path.Join(folder, below)
			if v.hasFolder(full) {
				if file, _ := survey.kustomizationIn(full); file != "" {
					found = append(found, "./"+below)
				} else if err := walk(below); err != nil {
					return err
				}
				continue
			}
			if extension := path.Ext(name); extension != ".yaml" && extension != ".yml" {
				continue
			}
			content, _ := v.file(full)
			if err := checkManifests(manifests, full, content); err != nil {
				return err
			}
			found = append(found, "./"+below)
		}
		return nil
	}
	err = walk(".")
	return found, err
}

// checkManifests fails for a file that kustomize cannot read as Kubernetes objects, and names it.
func checkManifests(manifests *resource.Factory, file string, content []byte) (err error) {
	defer func() {
		if recover() != nil {
			err = faultf(codeBuildFailed, "%s holds a malformed Kubernetes object", file)
		}
	}()
	if _, err := manifests.SliceFromBytes(content); err != nil {
		return faultf(codeBuildFailed, "%s does not hold Kubernetes objects in YAML: %s", file, describe(err))
	}
	return nil
}
