package jsonevents_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"syscall"

	"github.com/onhand/onhand/adapters/internal/durablefile/simdisk"
)

// The answers of a disk.
const (
	noSpace = syscall.ENOSPC
	broken  = syscall.EIO
)

// fails makes every call of a kind on files whose name holds a text meet a
// fault, from now on.
func (s *site) fails(op, name string, fault simdisk.Fault) {
	s.disk.Plan(func(c simdisk.Call) simdisk.Fault {
		if c.Op == op && strings.Contains(c.Name, name) {
			return fault
		}
		return simdisk.Fault{}
	})
}

// heals ends all faults.
func (s *site) heals() { s.disk.Plan(nil) }

// full makes the disk full: no new files and no bytes, but for those that
// overwrite others, which is how LOCK is written; the first kept bytes of a
// write still fit. Another plan decides about other calls.
func full(keep int, others func(simdisk.Call) simdisk.Fault) func(simdisk.Call) simdisk.Fault {
	return func(c simdisk.Call) simdisk.Fault {
		switch {
		case c.Op == "create":
			return simdisk.Fault{Err: noSpace}
		case c.Op == "write" && c.Name != lockFile:
			return simdisk.Fault{Err: noSpace, Keep: keep}
		case others != nil:
			return others(c)
		}
		return simdisk.Fault{}
	}
}

// crashAt cuts the power in the n-th call from now; of a write, some of the
// bytes have got as far as the page cache.
func (s *site) crashAt(n int, rng *rand.Rand) {
	calls := 0
	s.disk.Plan(func(c simdisk.Call) simdisk.Fault {
		calls++
		if calls < n {
			return simdisk.Fault{}
		}
		keep := rng.IntN(1000)
		if c.Name == lockFile {
			keep -= keep % 512 // a block of LOCK relies on one sector being written as a whole
		}
		return simdisk.Fault{Err: simdisk.ErrCrashed, Keep: keep}
	})
}

// aftermath is a disk that the next start may find after a crash.
type aftermath struct {
	what string // survived
	disk *simdisk.Disk
}

// kept reports whether everything that was seen before the crash still is there.
func (a aftermath) kept() bool { return !strings.HasPrefix(a.what, "some") }

// afterwards are disks as they may be after a crash: with all that was in the
// page cache, after losses of power with some of it, and as the page cache
// itself, where the power may still fail.
func afterwards(disk *simdisk.Disk, rng *rand.Rand, losses int) []aftermath {
	disks := []aftermath{{"all", disk.Reboot(nil)}}
	for i := range losses {
		disks = append(disks, aftermath{fmt.Sprintf("some (try %d)", i), disk.Reboot(rng)})
	}
	return append(disks, aftermath{"the page cache", disk.Restart()})
}
