package jsonevents

import (
	"errors"
	"fmt"
	"slices"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/adapters/internal/snapfile"
	"github.com/onhand/onhand/adapters/jsonevents/internal/logindex"
	"github.com/onhand/onhand/adapters/jsonevents/internal/logline"
	"github.com/onhand/onhand/adapters/jsonevents/internal/processlock"
	"github.com/onhand/onhand/adapters/jsonevents/internal/segment"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// Report is the result of Verify for a log that has all acknowledged commits.
type Report struct {
	Store    string         // the id of the store
	Segments int            //
	Position event.Position // of the last commit
	Hash     string         // of the last commit, empty if there is none
	Events   int
	Streams  int
	Indexes  int // saved indexes, all of which agree with the log
	// Tail is the number of bytes after the last commit that a start would cut off: nothing shows
	// that they were durable. They are no damage.
	Tail int64
}

// Verify reads the whole log in dir and checks every line, its hash, its place in the chain, its
// versions and its skip pointers, and HEAD. It shows each commit to visit, whose error ends it. It
// changes nothing, so it also checks a log that cannot be written. The saved indexes must agree with
// the log at their positions. Damage is a *ports.CorruptError; a directory that a process
// uses, an *InUseError.
func Verify(dir string, opts Options, visit func(ports.Recorded) error) (_ Report, err error) {
	opts = opts.withDefaults()
	lock, err := processlock.Take(opts.Disk, dir, durablefile.Exclusive)
	if err != nil {
		return Report{}, fmt.Errorf("lock data directory: %w", err)
	}
	defer func() { err = errors.Join(err, lock.Release()) }()
	v := verification{
		logScan: logScan{dir: segment.Directory{Disk: opts.Disk, Path: dir}},
		files:   opts.indexFiles(dir),
	}
	firsts, err := v.begin(lock, newHeadFile(opts.Disk, dir))
	if err != nil {
		return Report{}, err
	}
	v.visit = func(l *logline.Line) error {
		if slices.Contains(v.saved, l.Position) {
			if err := v.compare(); err != nil {
				return err
			}
		}
		return visit(l.Recorded)
	}
	torn, err := v.run(firsts)
	if err == nil {
		err = v.checkHead(newHeadFile(opts.Disk, dir), torn)
	}
	if err != nil {
		return Report{}, err
	}
	return v.conclude(torn)
}

// verification is one Verify.
type verification struct {
	logScan
	files snapfile.Series
	saved []event.Position // of the saved indexes, the newest first
}

// begin reads HEAD, POISON and the list of saved indexes, and returns the segments that a start would read.
func (v *verification) begin(lock *processlock.Lock, file headFile) (firsts []event.Position, err error) {
	if firsts, err = v.dir.List(); err != nil {
		return nil, err
	}
	if len(firsts) == 0 {
		return nil, &ports.CorruptError{Location: v.dir.Log(), Problem: "there is no log"}
	}
	if v.head, v.hasHead, err = file.read(); err != nil {
		return nil, err
	}
	if v.saved, err = v.files.Positions(); err != nil {
		return nil, err
	}
	v.log = &logState{index: logindex.New(logindex.LongestKeyTTL(v.files, v.saved))}
	poison, found, err := lock.Poison()
	if err != nil {
		return nil, err
	}
	if found {
		poison = v.head.notBefore(poison)
		v.limit = &poison
		firsts = slices.DeleteFunc(firsts, func(first event.Position) bool { return first > poison.Segment })
	}
	return firsts, nil
}

// compare checks that the index that was saved at the last commit is the one to which the log leads.
func (v *verification) compare() error {
	at := v.log.last.Position
	saved, err := logindex.ReadSaved(v.files, at, 0)
	if damaged, ok := errors.AsType[*ports.CorruptError](err); ok {
		return damaged
	}
	if err == nil {
		of := logindex.Origin{Store: v.log.store, Last: v.log.last, Segments: v.log.segments}
		err = saved.Matches(of, v.log.index)
	}
	if err != nil {
		return &ports.CorruptError{Location: v.files.File(at), Problem: err.Error()}
	}
	return nil
}

func (v *verification) conclude(torn *badLine) (Report, error) {
	last := v.log.last
	if len(v.saved) > 0 && v.saved[0] > last.Position {
		return Report{}, &ports.CorruptError{
			Location: v.files.File(v.saved[0]), Problem: fmt.Sprintf("the log ends at position %d", last.Position),
		}
	}
	report := Report{
		Indexes:  len(v.saved),
		Store:    v.log.store,
		Segments: len(v.log.segments),
		Position: last.Position,
		Events:   int(v.log.index.Events()),
		Streams:  v.log.index.Streams(),
		Tail:     v.beyond,
	}
	if torn != nil {
		report.Tail += int64(len(torn.rest))
	}
	if report.Position > 0 {
		report.Hash = last.Hash.String()
	}
	return report, nil
}
