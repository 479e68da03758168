package main

import (
	"io"
	"os"
)

// leashVariable asks a program to end when its standard input does. The parent holds the other end
// of that pipe; the kernel closes it however the parent ends, so no program outlives it.
const leashVariable = "TENANTRY_LEASH"

func leash() error {
	if os.Getenv(leashVariable) != "stdin" {
		return nil
	}
	if err := dieWithParent(); err != nil {
		return err
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(1)
	}()
	return nil
}
