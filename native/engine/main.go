// Program engine does the work of a render that has no honest TypeScript equivalent: reference
// kustomize, behind a framed request/response protocol on standard input and output (frame.go).
//
// It decides nothing, keeps everything in memory, and is made to be killed: it never opens a file
// of the host, never dials, never executes (confine.go), and ends with its parent.
package main

import (
	"flag"
	"log"
	"os"
)

func main() {
	log.SetFlags(0)
	settings := settings{}
	flag.Int64Var(&settings.maxMemory, "max-memory", 1<<30, "bytes of memory at which the process ends itself")
	flag.Int64Var(&settings.maxArtifact, "max-artifact", 256<<20, "unpacked bytes one artifact may have")
	flag.Int64Var(&settings.artifactCache, "artifact-cache", 256<<20, "bytes of unpacked artifacts kept between requests")
	flag.IntVar(&settings.maxFiles, "max-artifact-files", 100_000, "files and directories one artifact may have")
	flag.Int64Var(&settings.maxRequest, "max-request", 128<<20, "bytes of one request")
	flag.Int64Var(&settings.maxResponse, "max-response", 64<<20, "bytes of one response")
	flag.BoolVar(&settings.allowRemote, "allow-remote", false, "let kustomizations fetch bases over the network, with git")
	flag.Parse()

	if err := confine(settings); err != nil {
		log.Printf("cannot confine the process: %v", err)
		os.Exit(exitUnconfined)
	}
	watchMemory(settings.maxMemory)
	serve(os.Stdin, os.Stdout, newEngine(settings))
}

// settings are the limits of a process; its parent sets them all.
type settings struct {
	maxMemory, maxArtifact, artifactCache int64
	maxRequest, maxResponse               int64
	maxFiles                              int
	allowRemote                           bool
}

// Exit codes; src/engines/render/engine-process.ts gives them their meaning for a request.
const (
	exitProtocol   = 64 // the parent broke the protocol
	exitUnconfined = 78 // the process could not be confined, so it serves nothing
	exitMemory     = 86 // the memory ceiling was reached
)
