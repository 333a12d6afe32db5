package jsonevents

import (
	"errors"
	"fmt"
	"slices"

	"github.com/onhand/onhand/adapters/internal/durablefile"
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
	Indexes  int      // on disk, all of which agree with the log
	Skipped  []string // why others were not compared
	Linked   []string // files that another directory has too (hard links), which a start copies
	// Tail is the number of bytes after the last commit that a start would cut off: nothing shows
	// that they were durable. They are no damage.
	Tail int64
}

// Verify reads the whole log in dir and checks every line, its hash, its place in the chain, its
// versions and its skip pointers, and HEAD. It shows each commit to visit, whose error ends it. It
// changes nothing, so it also checks a log that cannot be written. The indexes on disk must agree with
// the log at their positions. Damage is a *ports.CorruptError; a directory that a process
// uses, an *InUseError.
func Verify(dir string, opts Options, visit func(ports.Recorded) error) (_ Report, err error) {
	opts = opts.withDefaults()
	lock, err := processlock.Take(opts.Disk, dir, durablefile.Exclusive)
	if err != nil {
		return Report{}, fmt.Errorf("lock data directory: %w", err)
	}
	defer func() { err = errors.Join(err, lock.Release()) }()
	if err := refuseNewer(lock, newHeadFile(opts.Disk, dir)); err != nil {
		return Report{}, err
	}
	v := verification{logScan: logScan{dir: segment.Directory{Disk: opts.Disk, Path: dir}}}
	defer v.close()
	v.indexes, v.skipped = opts.openIndexes(dir)
	v.linked = linkedFiles(v.dir, newHeadFile(opts.Disk, dir))
	firsts, err := v.begin(lock, newHeadFile(opts.Disk, dir))
	if err != nil {
		return Report{}, err
	}
	v.visit = func(l *logline.Line, at logline.Offset) error {
		if err := v.compare(l, at); err != nil {
			return err
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
	indexes []savedIndex
	skipped []string
	linked  []string
}

// begin reads HEAD and POISON, and returns the segments that a start would read.
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
	v.log = &logState{index: logindex.New(nil, logindex.Options{NoKeys: true})}
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

// compare compares the indexes with a line of the log.
func (v *verification) compare(l *logline.Line, at logline.Offset) error {
	for _, one := range v.indexes {
		of := logindex.Origin{Store: v.log.store, Last: v.log.last, Segments: v.log.segments}
		if err := one.comparison.Next(l, at, of, v.log.index); err != nil {
			return &ports.CorruptError{Location: one.place, Problem: err.Error()}
		}
	}
	return nil
}

func (v *verification) close() {
	for _, one := range v.indexes {
		_ = one.store.Close() // it was only read
	}
}

func (v *verification) conclude(torn *badLine) (Report, error) {
	last := v.log.last
	for _, one := range v.indexes {
		if err := one.comparison.End(); err != nil {
			return Report{}, &ports.CorruptError{Location: one.place, Problem: err.Error()}
		}
	}
	report := Report{
		Indexes:  len(v.indexes),
		Skipped:  v.skipped,
		Linked:   v.linked,
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
