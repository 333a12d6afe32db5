package ports

import "time"

// LogTime says how the time of a log follows the clock of a machine. Log time is the time that
// decisions are made at: it never runs backwards, and the wall clock is not asked for it between
// two starts of the machine.
type LogTime struct {
	Boot string    // names the start of the machine
	Zero time.Time // log time when that machine's clock was zero, in whole microseconds
	// Ahead is by how much log time is ahead of the wall clock with an operator's consent, and Since
	// the log time of the consent. Both are in whole microseconds.
	Ahead time.Duration
	Since time.Time
	// Seen is a log time that had come when this was saved, in whole microseconds.
	Seen time.Time
}

// LogTimeStore keeps the LogTime of a log beside it, for later starts and for other processes.
// All methods may be called at the same time, by several processes too: a Load finds what some
// Save kept whole.
type LogTimeStore interface {
	// Load returns what was kept last; false if nothing was. A *CorruptError means that it is
	// damaged: it can be replaced. A *NewerFormatError means that it must stay as it is.
	Load() (LogTime, bool, error)

	// Save keeps t, also after the process has been killed. A power loss may damage it.
	// ErrReadOnly means that the disk has no room.
	Save(t LogTime) error
}
