package durablefile

import (
	"os"
	"strings"
	"syscall"
	"time"
)

// tortureOrders is where the orders for this process are.
var tortureOrders = os.Getenv("TORTURE_FAULTS")

// ordered tells which of some faults is ordered, and uses the order up unless it is to
// stay.
func ordered(stays bool, faults ...string) string {
	if tortureOrders == "" {
		return ""
	}
	content, err := os.ReadFile(tortureOrders)
	if err != nil {
		return ""
	}
	for _, fault := range faults {
		if string(content) != fault {
			continue
		}
		if stays || os.Remove(tortureOrders) == nil {
			return fault
		}
	}
	return ""
}

func tortureSignal(signal syscall.Signal) {
	_ = syscall.Kill(syscall.Getpid(), signal)
	time.Sleep(20 * time.Millisecond) // until it has come to every thread
}

// ofLog reports whether a path is a file or the directory of the log.
func ofLog(path string) bool {
	return strings.HasSuffix(path, "/log") || strings.Contains(path, "/log/")
}

// torturedSync syncs what path names.
func torturedSync(path string, sync func() error) error {
	if !ofLog(path) {
		return sync()
	}
	switch ordered(false, "sync-fails", "die-written", "freeze-written") {
	case "sync-fails":
		return syscall.EIO
	case "die-written":
		tortureSignal(syscall.SIGKILL)
	case "freeze-written":
		tortureSignal(syscall.SIGSTOP)
	}
	if ordered(true, "slow") != "" {
		time.Sleep(30 * time.Millisecond)
	}
	err := sync()
	switch ordered(false, "die-synced", "freeze-synced") {
	case "die-synced":
		tortureSignal(syscall.SIGKILL)
	case "freeze-synced":
		tortureSignal(syscall.SIGSTOP)
	}
	return err
}

// WriteAt is that of the file, but for the faults that are ordered.
func (f osFile) WriteAt(p []byte, off int64) (int, error) {
	if info, err := f.Stat(); err == nil && off+int64(len(p)) > info.Size() && ordered(true, "full") != "" {
		return 0, syscall.ENOSPC // what overwrites needs no room
	}
	if !ofLog(f.Name()) {
		return f.File.WriteAt(p, off)
	}
	fault := ordered(false, "write-fails", "die-torn", "freeze-torn")
	if fault == "" {
		return f.File.WriteAt(p, off)
	}
	half := len(p) / 2
	n, err := f.File.WriteAt(p[:half], off)
	if err != nil {
		return n, err
	}
	switch fault {
	case "write-fails":
		return n, syscall.EIO
	case "die-torn":
		tortureSignal(syscall.SIGKILL)
	case "freeze-torn":
		tortureSignal(syscall.SIGSTOP)
	}
	rest, err := f.File.WriteAt(p[half:], off+int64(half))
	return n + rest, err
}
