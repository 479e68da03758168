package main

import (
	"fmt"
	"net/http"
	"strconv"
	"sync"
)

// log holds what a container has printed, and tells those who follow it what it prints next.
type log struct {
	mutex sync.Mutex
	lines []string
	grown chan struct{}
}

func newLog(lines ...string) *log {
	return &log{lines: lines, grown: make(chan struct{})}
}

func (l *log) add(line string) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.lines = append(l.lines, line)
	close(l.grown)
	l.grown = make(chan struct{})
}

// after returns the lines from one on, and what is closed when there are more.
func (l *log) after(from int) ([]string, <-chan struct{}) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.lines[from:], l.grown
}

// serve answers `follow` and `tailLines` of a kubelet's containerLogs.
func (l *log) serve(w http.ResponseWriter, r *http.Request) {
	lines, grown := l.after(0)
	told := 0
	if tail, err := strconv.Atoi(r.FormValue("tailLines")); err == nil && tail < len(lines) {
		told = len(lines) - tail
	}
	w.Header().Set("Content-Type", "text/plain")
	for lines = lines[told:]; ; lines, grown = l.after(told) {
		for _, line := range lines {
			if _, err := fmt.Fprintln(w, line); err != nil {
				return
			}
		}
		told += len(lines)
		if r.FormValue("follow") != "true" {
			return
		}
		w.(http.Flusher).Flush()
		select {
		case <-grown:
		case <-r.Context().Done():
			return
		}
	}
}
