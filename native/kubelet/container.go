package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"k8s.io/cri-streaming/pkg/streaming/remotecommand"
	"k8s.io/utils/exec"
)

// node holds the containers that somebody has asked for, by namespace and Pod.
type node struct {
	mutex      sync.Mutex
	containers map[string]*container
}

func newNode() *node {
	return &node{containers: map[string]*container{}}
}

func (n *node) container(r *http.Request) *container {
	key := r.PathValue("namespace") + "/" + r.PathValue("pod")
	n.mutex.Lock()
	defer n.mutex.Unlock()
	if n.containers[key] == nil {
		n.containers[key] = &container{name: key, log: newLog("started " + key), files: newFiles()}
	}
	return n.containers[key]
}

// container is what a Pod has running: a log, files, a main program that greets whoever attaches, and
// an echo on every port.
type container struct {
	name  string
	log   *log
	files *files
}

// ExecInContainer knows a few commands, so that each stream, and the exit code, is used by one.
func (c *container) ExecInContainer(_ context.Context, _, _, _ string, command []string, in io.Reader, out, stderr io.WriteCloser, tty bool, resize <-chan remotecommand.TerminalSize, _ time.Duration) error {
	switch arguments := command[1:]; command[0] {
	case "hostname":
		_, err := fmt.Fprintln(out, c.name)
		return err
	case "cat":
		_, err := io.Copy(out, in)
		return err
	case "log":
		c.log.add(strings.Join(arguments, " "))
		return nil
	case "size":
		size := <-resize
		_, err := fmt.Fprintf(out, "%dx%d\n", size.Width, size.Height)
		return err
	case "tar":
		return c.files.tar(arguments, in, out)
	case "test":
		return exit(1)
	}
	if stderr != nil {
		_, _ = fmt.Fprintf(stderr, "%s: not found\n", command[0])
	}
	return exit(127)
}

func exit(code int) error {
	return exec.CodeExitError{Err: fmt.Errorf("exit status %d", code), Code: code}
}

// AttachContainer greets, and says back line by line what it is told, which is logged too.
func (c *container) AttachContainer(_ context.Context, _, _, _ string, in io.Reader, out, _ io.WriteCloser, _ bool, _ <-chan remotecommand.TerminalSize) error {
	if _, err := fmt.Fprintf(out, "attached to %s\n", c.name); err != nil || in == nil {
		return err
	}
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		c.log.add(lines.Text())
		if _, err := fmt.Fprintf(out, "heard %s\n", lines.Text()); err != nil {
			return err
		}
	}
	return lines.Err()
}

// PortForward says back what it is told, but for port 1, where nothing listens.
func (c *container) PortForward(_ context.Context, _, _ string, port int32, stream io.ReadWriteCloser) error {
	if port == 1 {
		return errors.New("connection refused")
	}
	_, err := io.Copy(stream, stream)
	return err
}
