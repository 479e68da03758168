package main

import (
	"errors"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"
)

// confine takes from the process what a render does not need, before the first request. The files
// kustomize reads are in memory, so nothing of the host is left to reach.
func confine(settings settings) error {
	// A render is single-threaded; the second processor is for the garbage collector.
	runtime.GOMAXPROCS(min(2, runtime.NumCPU()))
	debug.SetMaxStack(256 << 20)
	if err := os.Chdir("/"); err != nil {
		return err
	}
	if !settings.allowRemote {
		// kustomize finds git on PATH, generators read the environment, and both must find nothing.
		os.Clearenv()
		http.DefaultTransport = refusingTransport{}
		http.DefaultClient = &http.Client{Transport: refusingTransport{}}
	}
	return confineBySystem(settings)
}

// refusingTransport is the network: it answers nothing, and remembers what was asked for.
type refusingTransport struct{}

var refusedURL string

func (refusingTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	refusedURL = request.URL.Redacted()
	return nil, errors.New("remote bases are not allowed")
}

func takeRefusedURL() string {
	refused := refusedURL
	refusedURL = ""
	return refused
}

// idle is held while no request is worked on, so that nothing is watched then.
var idle sync.Mutex

// watchMemory keeps the process under its ceiling: near it the collector works harder, at it the
// process ends with exitMemory, which costs the one request that needed so much.
func watchMemory(ceiling int64) {
	debug.SetMemoryLimit(ceiling / 4 * 3)
	// What stays between requests is small, and a build leaves a lot behind: by default the collector
	// would take more than a third of the time.
	debug.SetGCPercent(400)
	idle.Lock()
	go func() {
		for range time.Tick(10 * time.Millisecond) {
			idle.Lock()
			idle.Unlock()
			if residentBytes() > uint64(ceiling) {
				os.Exit(exitMemory)
			}
		}
	}()
}

// residentBytes is what the process holds of the system's memory, near enough.
func residentBytes() uint64 {
	samples := []metrics.Sample{
		{Name: "/memory/classes/total:bytes"},
		{Name: "/memory/classes/heap/released:bytes"},
	}
	metrics.Read(samples)
	return samples[0].Value.Uint64() - samples[1].Value.Uint64()
}

// giveMemoryBack after a request that needed much, so that an idle process is a small one.
func giveMemoryBack() {
	if residentBytes() > settledBytes+32<<20 {
		debug.FreeOSMemory()
		settledBytes = residentBytes()
	}
}

// settledBytes is what the process held when it last gave memory back: artifacts and schemas stay.
var settledBytes = residentBytes()
