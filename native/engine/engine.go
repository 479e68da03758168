package main

import (
	"encoding/json"
	"fmt"
	"log"
	"runtime/debug"
	"slices"
)

// fault is a failure the client can tell apart by its code; its message is for the tenant.
type fault struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

func (f *fault) Error() string { return f.Message }

func faultf(code, format string, args ...any) *fault {
	return &fault{code, fmt.Sprintf(format, args...)}
}

// Codes of faults; src/engines/render/render-error.ts lists them all.
const (
	codeBadRequest      = "bad-request"
	codeUnknownArtifact = "unknown-artifact"
	codeBadArtifact     = "bad-artifact"
	codePathNotFound    = "path-not-found"
	codePathEscape      = "path-escape"
	codeRemoteBase      = "remote-base"
	codeBuildFailed     = "build-failed"
	codeResultTooLarge  = "result-too-large"

	codeBadKey           = "bad-key"
	codeKeyUnavailable   = "key-unavailable"
	codeDecryptionFailed = "decryption-failed"
)

// operation answers one kind of request. params is its JSON; the result becomes the response's.
type operation func(e *engine, params json.RawMessage, attachments [][]byte) (result any, replies [][]byte, err error)

// operations is the seam for what else belongs into this process: a new name, a new function.
var operations = map[string]operation{
	"load":     (*engine).load,
	"inspect":  (*engine).inspect,
	"build":    (*engine).build,
	"evaluate": (*engine).evaluate,
	"template": (*engine).template,
}

// engine is the state between requests: limits, artifacts and compiled expressions, nothing of any
// tenant's request.
type engine struct {
	settings  settings
	artifacts *artifactCache
	programs  *celPrograms
}

func newEngine(settings settings) *engine {
	return &engine{settings, newArtifactCache(settings.artifactCache), newCelPrograms()}
}

func (e *engine) operations() []string {
	names := make([]string, 0, len(operations))
	for name := range operations {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// answer turns a request into the header and attachments of its response; it never panics.
func (e *engine) answer(received frame) (header response, replies [][]byte) {
	var asked request
	if err := json.Unmarshal(received.header, &asked); err != nil {
		return response{Error: faultf(codeBadRequest, "the header is not a request")}, nil
	}
	result, replies, err := e.run(asked, received.attachments)
	if err == nil && sizeOf(replies) > e.settings.maxResponse {
		err = faultf(codeResultTooLarge, "the result has %d bytes, more than the %d allowed; split it into several Kustomizations",
			sizeOf(replies), e.settings.maxResponse)
	}
	if err != nil {
		return response{ID: asked.ID, Error: asFault(err)}, nil
	}
	sizes := make([]int64, len(replies))
	for i, reply := range replies {
		sizes[i] = int64(len(reply))
	}
	return response{ID: asked.ID, Result: result, Attachments: sizes}, replies
}

func (e *engine) run(asked request, attachments [][]byte) (result any, replies [][]byte, err error) {
	run, known := operations[asked.Op]
	if !known {
		return nil, nil, faultf(codeBadRequest, "unknown operation %q", asked.Op)
	}
	// kustomize panics on some malformed objects; a panic may quote them, so it is not passed on.
	defer func() {
		if panicked := recover(); panicked != nil {
			log.Printf("%s panicked: %v\n%s", asked.Op, panicked, debug.Stack())
			err = faultf(codeBuildFailed, "kustomize gave up on these files: an object in them is malformed")
		}
	}()
	return run(e, asked.Params, attachments)
}

func asFault(err error) *fault {
	if known, ok := err.(*fault); ok {
		return known
	}
	return faultf(codeBuildFailed, "%s", err.Error())
}

// decode reads the parameters of an operation.
func decode(params json.RawMessage, into any) error {
	if err := json.Unmarshal(params, into); err != nil {
		return faultf(codeBadRequest, "malformed parameters")
	}
	return nil
}
