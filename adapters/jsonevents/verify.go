package jsonevents

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/adapters/internal/snapfile"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// Report is what Verify found in a log that holds all that was acknowledged.
type Report struct {
	Store    string         // id of the store
	Segments int            //
	Position event.Position // of the last commit
	Hash     string         // of the last commit, empty if there is none
	Events   int
	Streams  int
	Indexes  int // saved indexes, all of which are what the log says
	// Tail is what a start would cut off behind the last commit, in bytes: a
	// write that nothing shows to have been durable. It is no damage.
	Tail int64
}

// Verify reads the whole log in dir and checks every line, its hash, its place
// in the chain, its versions and its links, and HEAD. It shows each commit to
// visit, whose error ends it, and changes nothing, so that it also checks what cannot be written. The saved
// indexes must be what the log leads to at their positions. Damage is a
// *ports.CorruptError; a directory that a process uses, an *InUseError.
func Verify(dir string, opts Options, visit func(ports.Recorded) error) (_ Report, err error) {
	opts = opts.withDefaults()
	d := directory{disk: opts.Disk, path: dir}
	lock, err := d.takeLock(durablefile.Exclusive)
	if err != nil {
		return Report{}, fmt.Errorf("lock data directory: %w", err)
	}
	defer func() { err = errors.Join(err, lock.release()) }()
	firsts, err := d.segments()
	if err != nil {
		return Report{}, err
	}
	if len(firsts) == 0 {
		return Report{}, &ports.CorruptError{File: d.log(), Problem: "there is no log"}
	}
	known, hasHead, err := d.readHead()
	if err != nil {
		return Report{}, err
	}
	files := snapfile.Series{Disk: opts.Disk, Dir: d.snapshots(), Kind: indexKind}
	saved, err := files.Positions()
	if err != nil {
		return Report{}, err
	}
	r := &recovered{scanner: scanner{dir: d, index: newIndex(longestTTL(files, saved)), head: known}}
	r.visit = func(l *line) error {
		if slices.Contains(saved, l.Position) {
			if err := r.compare(files); err != nil {
				return err
			}
		}
		return visit(l.Recorded)
	}
	cut, poisoned, err := lock.readPoison()
	if err != nil {
		return Report{}, err
	}
	if poisoned {
		cut = cut.notBefore(known)
		firsts, r.limit = slices.DeleteFunc(firsts, func(first event.Position) bool { return first > cut.Segment }), &cut
	}
	torn, err := r.scan(firsts)
	if err != nil {
		return Report{}, err
	}
	if err := r.vouched(hasHead, torn); err != nil {
		return Report{}, err
	}
	if len(saved) > 0 && saved[0] > r.positions.Last {
		return Report{}, &ports.CorruptError{File: files.File(saved[0]), Problem: fmt.Sprintf("the log ends at position %d", r.positions.Last)}
	}
	report := Report{
		Indexes:  len(saved),
		Store:    r.store,
		Segments: len(r.segments),
		Position: r.positions.Last,
		Events:   int(r.index.events),
		Streams:  len(r.index.streams),
		Tail:     r.beyond,
	}
	if torn != nil {
		report.Tail += int64(len(torn.rest))
	}
	if report.Position > 0 {
		report.Hash = r.positions.Hash.String()
	}
	return report, nil
}

// compare checks that the index that was saved at the last commit is the one
// that the log leads to.
func (r *recovered) compare(files snapfile.Series) error {
	at := r.positions.Last
	damage := func(problem string) error {
		return &ports.CorruptError{File: files.File(at), Problem: problem}
	}
	kept, err := readSaved(files, at, 0)
	if damaged, ok := errors.AsType[*ports.CorruptError](err); ok {
		return damaged
	}
	if err != nil {
		return damage(err.Error())
	}
	// At the next commit's beginning its segment counts already.
	if n := len(kept.segments); n > len(r.segments)+1 || !slices.Equal(kept.segments[:min(n, len(r.segments))], r.segments[:min(n, len(r.segments))]) {
		return damage("it names other segments than the log has")
	}
	if kept.store != r.store || kept.last.Hash != r.positions.Hash || !kept.last.Time.Equal(r.positions.Time) || kept.events != r.index.events {
		return damage("it is not of this log at its position")
	}
	same := maps.EqualFunc(kept.index.streams, r.index.streams, func(a, b tail) bool {
		return a.version == b.version && a.last == b.last && slices.Equal(a.anchors, b.anchors)
	})
	if !same || !maps.Equal(kept.index.epochs, r.index.epochs) || kept.index.highest != r.index.highest {
		return damage("its streams are not those of the log")
	}
	if !slices.Equal(kept.index.keys.live(r.positions.Time, kept.keyTTL), r.index.keys.live(r.positions.Time, kept.keyTTL)) {
		return damage("its idempotency keys are not those of the log")
	}
	return nil
}

// longestTTL is how long the saved indexes remember keys, the most of them. One
// that cannot be read says nothing here and is found when its turn comes.
func longestTTL(files snapfile.Series, saved []event.Position) time.Duration {
	longest := int64(0)
	for _, at := range saved {
		for record, err := range files.Records(context.Background(), at) {
			if err != nil {
				break
			}
			if b, err := decodeSaved(record); err == nil {
				if begun, ok := b.(*beginning); ok {
					longest = max(longest, begun.keyTTL)
				}
			}
			break
		}
	}
	return time.Duration(longest) * time.Microsecond
}
