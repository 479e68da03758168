package main

import (
	"os"
	"runtime"
	"syscall"
)

// Locked from the start: the kernel keeps the parent-death signal per thread, and the first thread
// of a Go program is the one that lives as long as the process.
func init() {
	runtime.LockOSThread()
}

// dieWithParent covers what the pipe cannot: a program too busy, or stopped, to notice its input's end.
func dieWithParent() error {
	parent := os.Getppid()
	if _, _, errno := syscall.RawSyscall(syscall.SYS_PRCTL, syscall.PR_SET_PDEATHSIG, uintptr(syscall.SIGKILL), 0); errno != 0 {
		return errno
	}
	if os.Getppid() != parent {
		os.Exit(1)
	}
	return nil
}
