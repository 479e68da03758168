package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"errors"
	"hash"
	"io"
	"path"
	"strings"
)

const (
	maxPathLength = 4096
	maxPathDepth  = 256
	// What an entry costs beside its content: names, map slots, slice headers.
	entryOverhead = 256
)

// artifact is an unpacked source: regular files and directories, by clean paths relative to its
// root, which is ".". It never changes once made.
type artifact struct {
	files map[string][]byte
	// Names in each directory, in the order they came.
	folders map[string][]string
	// Links that the archive held. They are not followed, only remembered for the error message.
	links map[string]bool
	size  int64
}

// load takes an artifact's bytes and keeps it under its digest. Loading it again is harmless.
func (e *engine) load(params json.RawMessage, attachments [][]byte) (any, [][]byte, error) {
	var asked struct {
		Digest string `json:"digest"`
	}
	if err := decode(params, &asked); err != nil {
		return nil, nil, err
	}
	if len(attachments) != 1 {
		return nil, nil, faultf(codeBadRequest, "load takes one attachment: the artifact")
	}
	if err := verify(asked.Digest, attachments[0]); err != nil {
		return nil, nil, err
	}
	unpacked, err := unpack(attachments[0], e.settings)
	if err != nil {
		return nil, nil, err
	}
	e.artifacts.add(asked.Digest, unpacked)
	return map[string]any{"files": len(unpacked.files), "bytes": unpacked.size}, nil, nil
}

// verify checks content against a digest such as sha256:<hex>.
func verify(digest string, content []byte) error {
	algorithm, want, _ := strings.Cut(digest, ":")
	var sum hash.Hash
	switch algorithm {
	case "sha256":
		sum = sha256.New()
	case "sha384":
		sum = sha512.New384()
	case "sha512":
		sum = sha512.New()
	default:
		return faultf(codeBadArtifact, "digest algorithm %q is not supported", algorithm)
	}
	sum.Write(content)
	if hex.EncodeToString(sum.Sum(nil)) != want {
		return faultf(codeBadArtifact, "the artifact's content does not match its digest")
	}
	return nil
}

// unpack reads a tar.gz under our own policy: regular files and directories, clean relative paths,
// bounded count and size; links are left out; anything else refuses the whole archive.
func unpack(archive []byte, limits settings) (*artifact, error) {
	unzipped, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		return nil, faultf(codeBadArtifact, "the artifact is not a gzip archive")
	}
	unpacked := &artifact{
		files:   map[string][]byte{},
		folders: map[string][]string{".": nil},
		links:   map[string]bool{},
	}
	entries := tar.NewReader(unzipped)
	for count := 0; ; count++ {
		entry, err := entries.Next()
		if errors.Is(err, io.EOF) {
			return unpacked, nil
		}
		if err != nil {
			return nil, faultf(codeBadArtifact, "the artifact is not a tar archive")
		}
		if count >= limits.maxFiles {
			return nil, faultf(codeBadArtifact, "the artifact has more than %d entries", limits.maxFiles)
		}
		if err := unpacked.take(entry, entries, limits.maxArtifact); err != nil {
			return nil, err
		}
	}
}

func (a *artifact) take(entry *tar.Header, content io.Reader, maxBytes int64) error {
	if entry.Typeflag == tar.TypeXGlobalHeader {
		return nil
	}
	name, err := cleanName(entry.Name)
	if err != nil {
		return err
	}
	a.size += entryOverhead
	switch entry.Typeflag {
	case tar.TypeDir:
		return a.addFolder(name)
	case tar.TypeSymlink, tar.TypeLink:
		a.links[name] = true
		return nil
	case tar.TypeReg:
	default:
		return faultf(codeBadArtifact, "the artifact holds %q, which is neither a file nor a directory", name)
	}
	if entry.Size < 0 || a.size+entry.Size > maxBytes {
		return faultf(codeBadArtifact, "the artifact unpacks to more than %d bytes", maxBytes)
	}
	body := make([]byte, entry.Size)
	if _, err := io.ReadFull(content, body); err != nil {
		return faultf(codeBadArtifact, "the artifact is not a tar archive")
	}
	a.size += entry.Size
	return a.addFile(name, body)
}

// cleanName is an entry's path relative to the root, or an error for one that would leave it.
func cleanName(name string) (string, error) {
	unsafe := faultf(codeBadArtifact, "the artifact holds an entry with an unsafe path")
	if len(name) > maxPathLength || strings.ContainsRune(name, 0) || strings.HasPrefix(name, "/") {
		return "", unsafe
	}
	parts := strings.Split(name, "/")
	for _, part := range parts {
		if part == ".." {
			return "", unsafe
		}
	}
	if len(parts) > maxPathDepth {
		return "", unsafe
	}
	return path.Clean(name), nil
}

func (a *artifact) addFolder(name string) error {
	if _, taken := a.files[name]; taken {
		return faultf(codeBadArtifact, "the artifact holds %q as a file and as a directory", name)
	}
	if _, known := a.folders[name]; known {
		return nil
	}
	a.folders[name] = nil
	return a.enlist(name)
}

func (a *artifact) addFile(name string, content []byte) error {
	if _, taken := a.folders[name]; taken {
		return faultf(codeBadArtifact, "the artifact holds %q as a file and as a directory", name)
	}
	_, known := a.files[name]
	a.files[name] = content
	if known {
		return nil
	}
	return a.enlist(name)
}

// enlist names an entry in its directory, which it creates as needed.
func (a *artifact) enlist(name string) error {
	folder, base := path.Split(name)
	folder = path.Clean(folder)
	if err := a.addFolder(folder); err != nil {
		return err
	}
	a.folders[folder] = append(a.folders[folder], base)
	return nil
}
