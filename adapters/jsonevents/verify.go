package jsonevents

import (
	"errors"
	"fmt"
	"slices"

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
	// Tail is what a start would cut off behind the last commit, in bytes: a
	// write that nothing shows to have been durable. It is no damage.
	Tail int64
}

// Verify reads the whole log in dir and checks every line, its hash, its place
// in the chain, its versions and its links, and HEAD. It shows each commit to
// visit, whose error ends it, and changes nothing, so that it also checks what cannot be written. Damage is a
// *ports.CorruptError; a directory that a process uses, an *InUseError.
func Verify(dir string, opts Options, visit func(ports.Recorded) error) (_ Report, err error) {
	opts = opts.withDefaults()
	d := directory{disk: opts.Disk, path: dir}
	lock, err := d.takeLock()
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
	r := &recovered{scanner: scanner{dir: d, index: newIndex(opts.KeyTTL), head: known}}
	r.visit = func(l *line) error { return visit(l.Recorded) }
	cut, poisoned, err := lock.readPoison()
	if err != nil {
		return Report{}, err
	}
	if poisoned {
		firsts, r.limit = slices.DeleteFunc(firsts, func(first event.Position) bool { return first > cut.Segment }), &cut
	}
	torn, err := r.scan(firsts)
	if err != nil {
		return Report{}, err
	}
	if err := r.vouched(hasHead, torn); err != nil {
		return Report{}, err
	}
	report := Report{
		Store:    r.store,
		Segments: len(r.segments),
		Position: r.positions.Last,
		Events:   r.events,
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
