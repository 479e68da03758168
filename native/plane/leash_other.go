//go:build !linux

package main

func dieWithParent() error { return nil }
