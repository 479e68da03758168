package main

import (
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// The kernel keeps the parent-death signal per thread, so the thread that sets it must live as long
// as the process: that is the first one, and main stays on it.
func init() {
	runtime.LockOSThread()
}

func confineBySystem(settings settings) error {
	parent := os.Getppid()
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0); err != nil {
		return fmt.Errorf("parent-death signal: %w", err)
	}
	if os.Getppid() != parent {
		os.Exit(0)
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("no-new-privileges: %w", err)
	}
	limits := map[int]uint64{
		unix.RLIMIT_CORE: 0,
		// Behind the watchdog, for an allocation too sudden for it: address space that was once
		// mapped counts although it was given back, hence the room.
		unix.RLIMIT_DATA: uint64(settings.maxMemory)*2 + 512<<20,
	}
	if !settings.allowRemote {
		limits[unix.RLIMIT_FSIZE] = 0
		limits[unix.RLIMIT_NOFILE] = 32
	}
	for resource, limit := range limits {
		if err := unix.Setrlimit(resource, &unix.Rlimit{Cur: limit, Max: limit}); err != nil {
			return fmt.Errorf("resource limit %d: %w", resource, err)
		}
	}
	if !settings.allowRemote {
		refuseCalls()
	}
	return nil
}
