package overlay

import (
	"fmt"
	"os"
	"time"
)

// Kind is a fault of a process's disk, or of the process at a place in its own work.
type Kind string

// The kinds of faults. All but the last two happen once, to the next call that they are
// about on a file of the log, and use their order up.
const (
	SyncFails     Kind = "sync-fails"     // EIO; the content of the disk is unknown
	WriteFails    Kind = "write-fails"    // EIO after half of the bytes
	DieTorn       Kind = "die-torn"       // half of the bytes, then SIGKILL
	DieWritten    Kind = "die-written"    // all of the bytes, then SIGKILL before the sync
	DieSynced     Kind = "die-synced"     // SIGKILL after the sync, before the acknowledgement
	FreezeTorn    Kind = "freeze-torn"    // half of the bytes, then SIGSTOP; the rest after SIGCONT
	FreezeWritten Kind = "freeze-written" // SIGSTOP between write and sync
	FreezeSynced  Kind = "freeze-synced"  // SIGSTOP after the sync
	Full          Kind = "full"           // ENOSPC for every write, until it is lifted
	Slow          Kind = "slow"           // syncs take 30 ms longer, until it is lifted
)

// Order tells a process its next fault, through the file that FaultsVariable names.
func Order(file string, kind Kind) error { return put(file, string(kind)) }

// Lift takes an order back, if it was not used up.
func Lift(file string) error {
	if err := os.Remove(file); err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("lift a fault: %w", err)
	}
	return nil
}

// Pending reports whether an order was not used up yet.
func Pending(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// SetClock sets how far a process's wall clock is off, by the file that its variable
// ClockVariable names.
func SetClock(file string, off time.Duration) error { return put(file, off.String()) }

// put replaces a file in one step.
func put(file, content string) error {
	if err := os.WriteFile(file+".new", []byte(content), 0o600); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}
