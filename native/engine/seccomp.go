//go:build linux && (amd64 || arm64)

package main

import (
	"log"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The system calls by which a process reaches beyond itself: files by path, programs, the network,
// other processes. A render needs none of them; what was open before stays usable.
var refusedCalls = append([]uint32{
	unix.SYS_OPENAT, unix.SYS_OPENAT2, unix.SYS_UNLINKAT, unix.SYS_RENAMEAT2, unix.SYS_MKDIRAT,
	unix.SYS_LINKAT, unix.SYS_SYMLINKAT, unix.SYS_MKNODAT, unix.SYS_FCHMODAT, unix.SYS_FCHOWNAT,
	unix.SYS_TRUNCATE, unix.SYS_MOUNT, unix.SYS_UMOUNT2, unix.SYS_CHROOT, unix.SYS_PIVOT_ROOT,
	unix.SYS_EXECVE, unix.SYS_EXECVEAT,
	unix.SYS_SOCKET, unix.SYS_SOCKETPAIR, unix.SYS_CONNECT, unix.SYS_BIND,
	unix.SYS_PTRACE, unix.SYS_PROCESS_VM_READV, unix.SYS_PROCESS_VM_WRITEV, unix.SYS_KILL,
	unix.SYS_PIDFD_OPEN, unix.SYS_PIDFD_GETFD, unix.SYS_BPF, unix.SYS_IO_URING_SETUP,
	unix.SYS_OPEN_BY_HANDLE_AT, unix.SYS_UNSHARE, unix.SYS_SETNS,
}, oldRefusedCalls...)

const (
	// Offsets into struct seccomp_data.
	offsetOfCall = 0
	offsetOfArch = 4
	refuse       = unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)
)

// refuseCalls asks the kernel to refuse these calls to every thread, from now on. It is the last of
// several walls, so a kernel without it is no reason not to serve.
func refuseCalls() {
	load := func(offset uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: offset}
	}
	jump := func(code uint16, value uint32, ifTrue, ifFalse int) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_K | code, K: value, Jt: uint8(ifTrue), Jf: uint8(ifFalse)}
	}
	verdict := func(value uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: value}
	}
	calls := len(refusedCalls)
	program := []unix.SockFilter{
		load(offsetOfArch),
		jump(unix.BPF_JEQ, nativeArch, 1, 0),
		verdict(refuse),
		load(offsetOfCall),
		// Calls of the x32 convention, which would go by other numbers.
		jump(unix.BPF_JGE, 0x40000000, calls+1, 0),
	}
	for i, call := range refusedCalls {
		program = append(program, jump(unix.BPF_JEQ, call, calls-i, 0))
	}
	program = append(program, verdict(unix.SECCOMP_RET_ALLOW), verdict(refuse))
	filter := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER,
		unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&filter)))
	if errno != 0 {
		log.Printf("the kernel does not filter system calls: %v", errno)
	}
}
