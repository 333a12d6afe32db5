package jsonevents

import (
	"time"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/adapters/internal/orderedkv"
	"github.com/onhand/onhand/ports"
)

// Options configure Open. The zero value is good.
type Options struct {
	Disk         durablefile.Disk // the machine's file system by default
	Limits       Limits
	KeyTTL       time.Duration // how long a key lives after its commit; 5 minutes by default
	SegmentBytes int64         // a segment of this size is followed by a new one; 64 MiB by default
	IdleAfter    time.Duration // quiet after which HEAD is saved; 50 ms by default
	ProbeEvery   time.Duration // how often a full disk is tried again; 1 s by default

	// Index opens the store of the index of the log in a data directory. It belongs to this process,
	// and may be empty, older or newer than the log, or of another one. By default it is on disk if
	// Disk is the machine's, else in memory.
	Index func(dir string) (orderedkv.Store, error)
	// The index is flushed at these intervals, and after so many changes; 5 s and 50,000 by default.
	// While four times as many wait, commits wait for the flush at work; for one flush, FlushWait at
	// most, 5 s by default.
	FlushEvery time.Duration
	FlushAfter int
	FlushWait  time.Duration

	// Shared lets several processes use the directory. All of them must set it. Commits that one
	// process has acknowledged are visible through the others. Files on a network cannot be shared.
	Shared bool
	// LockWait is how long commits wait for the log while other processes have it; 2 s by default.
	LockWait time.Duration
	// StartWait is how long Open waits for locks that other processes hold: that of the directory,
	// which ends with a process that is draining, and that of the log. By default Open fails at once
	// without the former, and waits LockWait for the latter.
	StartWait time.Duration
	// FollowEvery is how often a store looks for commits of other processes on behalf of callers
	// that wait for the log to grow; 10 ms by default. CatchUp does not wait for that.
	FollowEvery time.Duration
	// Raise is told of times that other processes have used, so that no decision here is made at
	// an earlier one.
	Raise func(time.Time)

	// Now is the clock that decisions are made by; the wall clock by default.
	Now func() time.Time
	// LastUsed returns the latest time at which any decision was made, so that HEAD can remember
	// it. By default it is the time of the last commit.
	LastUsed func() time.Time
	// Writes guards the write and sync of each group commit, Reads and ReadPermits guard the reading
	// of segments while the store runs. Each may be nil.
	Writes      ports.Breaker
	Reads       ports.Breaker
	ReadPermits ports.Bulkhead
	// Observe is told of each group commit: its commits, its bytes, and how long its write and
	// sync took.
	Observe func(commits, bytes int, took time.Duration)
	// Report is told of repairs and faults.
	Report ports.Reporter
	// Fatal is called once, in a goroutine of its own, when the store can no longer work: the
	// process should end.
	Fatal func(error)
}

// Limits bound the tables in memory and the queue. If a table is full, new entries are refused and
// no entry is forgotten.
type Limits struct {
	Keys    int // idempotency keys, and streams, that the index on disk does not have yet; 5,000,000 each by default
	Tails   int // streams in the cache of the index; 2,000,000 by default
	Waiting int // commits that wait for the committer; 10,000 by default
}

func (o Options) withDefaults() Options {
	if o.Disk == nil {
		o.Disk = durablefile.OS{}
	}
	setDefault(&o.Limits.Keys, 5_000_000)
	setDefault(&o.Limits.Tails, 2_000_000)
	setDefault(&o.Limits.Waiting, 10_000)
	setDefault(&o.KeyTTL, 5*time.Minute)
	setDefault(&o.SegmentBytes, 64<<20)
	setDefault(&o.IdleAfter, 50*time.Millisecond)
	setDefault(&o.ProbeEvery, time.Second)
	setDefault(&o.FlushEvery, 5*time.Second)
	setDefault(&o.FlushAfter, 50_000)
	setDefault(&o.FlushWait, 5*time.Second)
	setDefault(&o.LockWait, 2*time.Second)
	setDefault(&o.FollowEvery, 10*time.Millisecond)
	if o.Index == nil {
		o.Index = o.defaultIndex
	}
	if o.Raise == nil {
		o.Raise = func(time.Time) {}
	}
	if o.Now == nil {
		o.Now = time.Now //nolint:forbidigo // only if the caller has no clock of decisions
	}
	if o.LastUsed == nil {
		o.LastUsed = func() time.Time { return time.Time{} }
	}
	if o.Observe == nil {
		o.Observe = func(int, int, time.Duration) {}
	}
	if o.Report == nil {
		o.Report = func(ports.Incident) {}
	}
	if o.Fatal == nil {
		o.Fatal = func(error) {}
	}
	return o
}

func (o *Options) lockMode() durablefile.LockMode {
	if o.Shared {
		return durablefile.Shared
	}
	return durablefile.Exclusive
}

// flushAfter returns after how many changes the index is flushed: soon enough that its keys stay
// within their limit.
func (o *Options) flushAfter() int { return max(1, min(o.FlushAfter, o.Limits.Keys/8)) }

// mostChanges returns how many changes wait before commits wait for the flush of the index.
func (o *Options) mostChanges() int { return max(1, min(4*o.FlushAfter, o.Limits.Keys/2)) }

func setDefault[T comparable](option *T, value T) {
	var zero T
	if *option == zero {
		*option = value
	}
}

// knowsKeysFor returns how long the store knows a key after its commit.
func (o *Options) knowsKeysFor() time.Duration { return 2 * o.KeyTTL }
