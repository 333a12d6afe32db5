//go:build !linux

package main

import (
	"os"
	"syscall"
	"time"
)

// childOf lets a child process run as another user. Only Linux can end it with this
// process.
func childOf(as *syscall.Credential, _ syscall.Signal) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: as}
}

func datasync(file *os.File) error { return file.Sync() }

func threadSleep(length time.Duration) { time.Sleep(length) }
