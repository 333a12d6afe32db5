package jsonevents

import (
	"path/filepath"
	"time"

	"github.com/google/uuid"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/adapters/internal/snapfile"
	"github.com/onhand/onhand/adapters/jsonevents/internal/logindex"
	"github.com/onhand/onhand/adapters/jsonevents/internal/processlock"
	"github.com/onhand/onhand/adapters/jsonevents/internal/segment"
	"github.com/onhand/onhand/ports"
)

// Options are what Open can be told; the zero value is good.
type Options struct {
	Disk         durablefile.Disk // the machine's file system by default
	Limits       Limits
	KeyTTL       time.Duration // how long a key is remembered after its commit; 5 minutes by default
	SegmentBytes int64         // a segment that reached this size is followed by a new one; 64 MiB by default
	IdleAfter    time.Duration // quiet after which HEAD is written; 50 ms by default
	ProbeEvery   time.Duration // how often a full disk is tried again; 1 s by default

	// Shared lets several processes use the directory, all of which say so. What one of
	// them has acknowledged, the others see. Files of a network cannot be shared.
	Shared bool
	// LockWait is how long commits wait for the log while other processes have it; 2 s by default.
	LockWait time.Duration
	// FollowEvery is how often a store looks for what other processes wrote, for those who
	// wait for the log to grow; 10 ms by default. Refresh does not wait for that.
	FollowEvery time.Duration
	// Raise is told of times that other processes have used, so that decisions here are not
	// made at earlier ones.
	Raise func(time.Time)

	// Now is the clock that decisions are made by; the wall clock by default.
	Now func() time.Time
	// LastUsed gives the latest time that any decision was made at, so that HEAD
	// can remember it. By default it is the last commit's.
	LastUsed func() time.Time
	// Writes guards the write and sync of each group commit, Reads and ReadPlaces the reading
	// of segments while the store runs; what is nil does not guard.
	Writes     ports.Breaker
	Reads      ports.Breaker
	ReadPlaces ports.Bulkhead
	// Observe is told of each group commit: how many commits and bytes, and how
	// long their write and sync took.
	Observe func(commits, bytes int, took time.Duration)
	// Report is told of repairs and faults.
	Report ports.Reporter
	// Fatal is called once, in a goroutine of its own, when the store can no
	// longer work: the process should end.
	Fatal func(error)
}

// Limits bound the tables in memory and the queue. At a table's limit new work
// of its kind is refused; nothing is forgotten.
type Limits struct {
	Streams int // 10,000,000 by default
	Keys    int // idempotency keys remembered at a time; 5,000,000 by default
	Waiting int // commits that wait for the committer; 10,000 by default
}

func (o Options) withDefaults() Options {
	if o.Disk == nil {
		o.Disk = durablefile.OS{}
	}
	setDefault(&o.Limits.Streams, 10_000_000)
	setDefault(&o.Limits.Keys, 5_000_000)
	setDefault(&o.Limits.Waiting, 10_000)
	setDefault(&o.KeyTTL, 5*time.Minute)
	setDefault(&o.SegmentBytes, 64<<20)
	setDefault(&o.IdleAfter, 50*time.Millisecond)
	setDefault(&o.ProbeEvery, time.Second)
	setDefault(&o.LockWait, 2*time.Second)
	setDefault(&o.FollowEvery, 10*time.Millisecond)
	if o.Raise == nil {
		o.Raise = func(time.Time) {}
	}
	if o.Now == nil {
		o.Now = time.Now //nolint:forbidigo // only where nobody has a clock of decisions
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

func setDefault[T comparable](option *T, value T) {
	var zero T
	if *option == zero {
		*option = value
	}
}

// SnapshotsName is the directory, in the data directory, of saved indexes and other snapshots.
const SnapshotsName = "snapshots"

// Names returns the names of what the store keeps in its data directory.
func Names() []string {
	return []string{
		processlock.LockName, processlock.QueueName, headName, segment.LogName, segment.AsideName, SnapshotsName,
	}
}

// indexFiles returns the saved indexes of a data directory.
func (o *Options) indexFiles(dir string) snapfile.Series {
	return snapfile.Series{Disk: o.Disk, Dir: filepath.Join(dir, SnapshotsName), Kind: logindex.FileKind}
}

// newStoreID names a store once, when it is created.
func newStoreID() string { return uuid.NewString() }
