package main

import (
	"os"
	"syscall"
	"time"
)

// childOf lets a child process run as another user and end with this process.
func childOf(as *syscall.Credential, stopBy syscall.Signal) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: as, Pdeathsig: stopBy}
}

func datasync(file *os.File) error { return syscall.Fdatasync(int(file.Fd())) }

// threadSleep sleeps in the kernel; a signal may end it early.
func threadSleep(length time.Duration) {
	t := syscall.NsecToTimespec(int64(length))
	_ = syscall.Nanosleep(&t, nil)
}
