package main

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// jail is where kustomize sees an artifact. The name is new in every process, so that no path in a
// source can climb out of the artifact and find its way back in; it is cut from every message.
var jail = "/" + randomName()

func randomName() string {
	name := make([]byte, 16)
	_, _ = rand.Read(name)
	return hex.EncodeToString(name)
}

var errReadOnly = errors.New("the source is read-only")

// view is an artifact with files laid over it, as a file system for kustomize: read-only, in
// memory, without links. A path outside the artifact does not exist in it, and is remembered.
type view struct {
	*artifact
	overlay map[string][]byte
	// The first path outside the artifact that was asked for.
	escaped string
	// Where clones of remote bases are read from; nil unless they are allowed.
	clones filesys.FileSystem
}

var _ filesys.FileSystem = (*view)(nil)

// newView refuses an overlay whose files would not lie in directories of the artifact.
func newView(base *artifact, overlay map[string]string) (*view, error) {
	v := &view{artifact: base, overlay: map[string][]byte{}}
	for name, content := range overlay {
		if path.Clean(name) != name || !v.hasFolder(path.Dir(name)) {
			return nil, faultf(codeBadRequest, "an overlay file lies in no directory of the artifact")
		}
		v.overlay[name] = []byte(content)
	}
	return v, nil
}

func (v *view) hasFolder(name string) bool {
	_, found := v.folders[name]
	return found
}

func (v *view) file(name string) (content []byte, found bool) {
	if content, found = v.overlay[name]; found {
		return content, true
	}
	content, found = v.files[name]
	return content, found
}

// within gives a path of kustomize's relative to the artifact's root.
func (v *view) within(asked string) (string, error) {
	clean := filepath.Clean(asked)
	if !filepath.IsAbs(clean) {
		clean = filepath.Join(jail, clean)
	}
	if clean == jail {
		return ".", nil
	}
	if name, inside := strings.CutPrefix(clean, jail+"/"); inside {
		return name, nil
	}
	if v.escaped == "" {
		v.escaped = asked
	}
	return "", fmt.Errorf("'%s' is outside the source", clean)
}

// missing is the error for a path that is not there, and says so when a link used to be.
func (v *view) missing(name string) error {
	for at := name; at != "." && at != "/"; at = path.Dir(at) {
		if v.links[at] {
			return fmt.Errorf("'%s' is a symbolic link; links are not part of a source, use the file it points to", at)
		}
	}
	return fmt.Errorf("'%s' is not in the source (symbolic links are never part of it)", name)
}

func (v *view) isClone(asked string) bool {
	return v.clones != nil && strings.HasPrefix(filepath.Clean(asked), clonePrefix())
}

func (v *view) ReadFile(asked string) ([]byte, error) {
	if v.isClone(asked) {
		return v.clones.ReadFile(asked)
	}
	name, err := v.within(asked)
	if err != nil {
		return nil, err
	}
	if content, found := v.file(name); found {
		// Callers may keep and change what they get.
		return slices.Clone(content), nil
	}
	if v.hasFolder(name) {
		return nil, fmt.Errorf("'%s' is a directory", name)
	}
	return nil, v.missing(name)
}

func (v *view) IsDir(asked string) bool {
	if v.isClone(asked) {
		return v.clones.IsDir(asked)
	}
	name, err := v.within(asked)
	return err == nil && v.hasFolder(name)
}

func (v *view) Exists(asked string) bool {
	if v.isClone(asked) {
		return v.clones.Exists(asked)
	}
	name, err := v.within(asked)
	if err != nil {
		return false
	}
	_, isFile := v.file(name)
	return isFile || v.hasFolder(name)
}

func (v *view) CleanedAbs(asked string) (filesys.ConfirmedDir, string, error) {
	if v.isClone(asked) {
		return v.clones.CleanedAbs(asked)
	}
	name, err := v.within(asked)
	if err != nil {
		return "", "", err
	}
	full := filepath.Join(jail, name)
	if v.hasFolder(name) {
		return filesys.ConfirmedDir(full), "", nil
	}
	if _, found := v.file(name); found {
		return filesys.ConfirmedDir(path.Dir(full)), path.Base(full), nil
	}
	return "", "", v.missing(name)
}

// ReadDir names the files and directories in a directory, sorted.
func (v *view) ReadDir(asked string) ([]string, error) {
	if v.isClone(asked) {
		return v.clones.ReadDir(asked)
	}
	name, err := v.within(asked)
	if err != nil {
		return nil, err
	}
	if !v.hasFolder(name) {
		return nil, v.missing(name)
	}
	names := slices.Clone(v.folders[name])
	for laid := range v.overlay {
		if _, hidden := v.files[laid]; !hidden && path.Dir(laid) == name {
			names = append(names, path.Base(laid))
		}
	}
	slices.Sort(names)
	return names, nil
}

// Only clones of remote bases are ever removed; everything else of a source stays as it is.
func (v *view) RemoveAll(asked string) error {
	if v.isClone(asked) {
		return v.clones.RemoveAll(asked)
	}
	return errReadOnly
}

func (v *view) Create(string) (filesys.File, error)      { return nil, errReadOnly }
func (v *view) Mkdir(string) error                       { return errReadOnly }
func (v *view) MkdirAll(string) error                    { return errReadOnly }
func (v *view) WriteFile(string, []byte) error           { return errReadOnly }
func (v *view) Open(string) (filesys.File, error)        { return nil, errReadOnly }
func (v *view) Glob(string) ([]string, error)            { return nil, errReadOnly }
func (v *view) Walk(_ string, _ filepath.WalkFunc) error { return errReadOnly }

// clonePrefix is how the temporary directories begin into which kustomize clones remote bases.
func clonePrefix() string { return filepath.Join(os.TempDir(), "kustomize-") }

// clones reads the working trees of remote bases, and nothing a link in one of them points to.
type clones struct{ filesys.FileSystem }

func (c clones) resolve(asked string) (string, error) {
	real, err := filepath.EvalSymlinks(asked)
	if err != nil {
		return "", fs.ErrNotExist
	}
	if !strings.HasPrefix(real, clonePrefix()) {
		return "", errors.New("a remote base may not link to files outside itself")
	}
	return real, nil
}

func (c clones) ReadFile(asked string) ([]byte, error) {
	real, err := c.resolve(asked)
	if err != nil {
		return nil, err
	}
	return c.FileSystem.ReadFile(real)
}

func (c clones) ReadDir(asked string) ([]string, error) {
	real, err := c.resolve(asked)
	if err != nil {
		return nil, err
	}
	return c.FileSystem.ReadDir(real)
}

func (c clones) CleanedAbs(asked string) (filesys.ConfirmedDir, string, error) {
	real, err := c.resolve(asked)
	if err != nil {
		return "", "", err
	}
	return c.FileSystem.CleanedAbs(real)
}
