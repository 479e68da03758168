package main

import (
	"archive/tar"
	"errors"
	"io"
	"path"
	"slices"
	"strings"
	"sync"
)

// files of a container, by absolute path. What goes in and out is packed by tar, as kubectl cp does it.
type files struct {
	mutex   sync.Mutex
	content map[string][]byte
}

func newFiles() *files {
	return &files{content: map[string][]byte{}}
}

// tar takes `xmf - -C FOLDER` and `cf - FILE`, whatever other letters come with them.
func (f *files) tar(arguments []string, in io.Reader, out io.Writer) error {
	if len(arguments) < 3 {
		return exit(2)
	}
	last := arguments[len(arguments)-1]
	if strings.Contains(arguments[0], "x") {
		folder := "/"
		if at := slices.Index(arguments, "-C"); at > 0 {
			folder = last
		}
		return f.unpack(folder, in)
	}
	return f.pack(last, out)
}

func (f *files) unpack(folder string, in io.Reader) error {
	for reader := tar.NewReader(in); ; {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		content, err := io.ReadAll(reader)
		if err != nil {
			return err
		}
		f.mutex.Lock()
		f.content[path.Join(folder, header.Name)] = content
		f.mutex.Unlock()
	}
}

func (f *files) pack(name string, out io.Writer) error {
	f.mutex.Lock()
	content, known := f.content[path.Join("/", name)]
	f.mutex.Unlock()
	if !known {
		return exit(2)
	}
	writer := tar.NewWriter(out)
	header := &tar.Header{Typeflag: tar.TypeReg, Name: strings.TrimPrefix(name, "/"), Mode: 0o600, Size: int64(len(content))}
	if err := writer.WriteHeader(header); err != nil {
		return err
	}
	if _, err := writer.Write(content); err != nil {
		return err
	}
	return writer.Close()
}
