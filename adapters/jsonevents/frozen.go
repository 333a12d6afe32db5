package jsonevents

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"

	"github.com/onhand/onhand/adapters/internal/snapfile"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// indexKind ends the names of saved indexes.
const indexKind = "index"

// copied is how many tails are copied at a time. Only meanwhile the committer
// has to wait before it shows a group.
const copied = 512

// frozen is the index as it was after one commit, while later ones go on: it
// shares what cannot change and keeps what does.
type frozen struct {
	origin
	keys    []remembered
	epochs  map[event.StreamID]int64
	changed map[event.StreamID]tail // as they were; the store's lock protects it
}

// origin says of which log, and up to where, an index is.
type origin struct {
	store    string
	last     position
	segments []event.Position // up to the one that the next commit goes to
	events   int64
	streams  int
	keyTTL   int64 // how long keys are remembered, in microseconds
}

// keep notes a tail that is about to change, as it was; none is version 0.
func (f *frozen) keep(id event.StreamID, before tail) {
	if _, already := f.changed[id]; !already {
		f.changed[id] = before
	}
}

// freeze makes the index a frozen one for whoever waits for that. HEAD must
// vouch for what a saved index says.
func (w *committer) freeze(answer chan<- *frozen) {
	defer close(answer)
	if w.failed() || w.enter() != nil {
		return
	}
	defer w.leave()
	if w.inPlace() != nil || !w.vouched() && !w.tryHead() || w.failed() {
		return
	}
	s := w.store
	s.mu.Lock()
	defer s.mu.Unlock()
	x := s.state.index
	x.frozen = &frozen{
		origin: origin{
			store:    w.storeID,
			last:     s.state.last,
			segments: slices.Clone(s.state.segments),
			events:   x.events,
			streams:  len(x.streams),
			keyTTL:   x.keys.ttl,
		},
		keys:    x.keys.queue,
		epochs:  maps.Clone(x.epochs),
		changed: map[event.StreamID]tail{},
	}
	answer <- x.frozen
}

// SaveIndex saves the index of the log as it is now, so that the next start need not read
// the whole log. No other method waits for it. It rests between pieces of work for as
// long as pace says. After an error, also the context's, what was saved earlier still
// serves.
func (s *Store) SaveIndex(ctx context.Context, pace ports.Pace) error {
	s.saving.Lock()
	defer s.saving.Unlock()
	answer := make(chan *frozen, 1)
	select {
	case s.freezes <- answer:
	case <-s.stopped:
		return fmt.Errorf("save index: %w: closed", ports.ErrUnavailable)
	case <-ctx.Done():
		return ctx.Err()
	}
	f := <-answer
	if f == nil {
		return fmt.Errorf("save index: %w", ports.ErrUnavailable)
	}
	defer s.thaw()
	if f.last.Last == 0 {
		return nil
	}
	if _, err := s.indexFiles().Write(ctx, f.last.Last, f.records(s), pace); err != nil {
		return fmt.Errorf("save index: %w", err)
	}
	return nil
}

// thaw lets the index go on without noting what changes.
func (s *Store) thaw() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.index.frozen = nil
}

func (s *Store) indexFiles() snapfile.Series {
	return snapfile.Series{Disk: s.dir.disk, Dir: s.dir.snapshots(), Kind: indexKind}
}

// records are the lines of a saved index: what it is of, then the streams, the
// fencing tokens and the idempotency keys.
func (f *frozen) records(s *Store) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		line := f.append(nil, len(f.keys))
		if !yield(line, nil) {
			return
		}
		seen := 0
		for _, t := range f.tails(s) {
			for i := range t {
				seen++
				if line = t[i].append(line[:0]); !yield(line, nil) {
					return
				}
			}
		}
		if seen != f.streams {
			yield(nil, errors.New("the index lost a stream")) // cannot happen; if it does, better no snapshot
			return
		}
		for _, id := range slices.Sorted(maps.Keys(f.epochs)) {
			if !yield(appendEpoch(line[:0], id, f.epochs[id]), nil) {
				return
			}
		}
		for i := range f.keys {
			if !yield(f.keys[i].append(line[:0]), nil) {
				return
			}
		}
	}
}

// named is a stream with its tail.
type named struct {
	id   event.StreamID
	tail tail
}

// tails are the frozen tails, some at a time. The map goes on changing between
// two steps, which iterating over it allows: streams are only ever added, and
// one that is there from the beginning comes exactly once.
func (f *frozen) tails(s *Store) iter.Seq2[int, []named] {
	return func(yield func(int, []named) bool) {
		step := make([]named, 0, copied)
		steps := 0
		s.mu.RLock()
		defer s.mu.RUnlock()
		for id, t := range s.state.index.streams {
			if before, changed := f.changed[id]; changed {
				t = before
			}
			if t.version == 0 {
				continue // it is younger
			}
			if step = append(step, named{id, t}); len(step) < copied {
				continue
			}
			s.mu.RUnlock()
			more := yield(steps, step)
			s.mu.RLock()
			if !more {
				return
			}
			step = step[:0]
			steps++
		}
		s.mu.RUnlock()
		yield(steps, step)
		s.mu.RLock()
	}
}

func (o *origin) append(dst []byte, keys int) []byte {
	dst = event.AppendString(append(dst, `{"v":1,"store":`...), o.store)
	dst = strconv.AppendInt(append(dst, `,"position":`...), int64(o.last.Last), 10)
	dst = event.AppendTime(append(dst, `,"time":`...), o.last.Time)
	dst = hex.AppendEncode(append(dst, `,"line":"`...), o.last.Hash[:])
	dst = strconv.AppendInt(append(dst, `","events":`...), o.events, 10)
	dst = strconv.AppendInt(append(dst, `,"streams":`...), int64(o.streams), 10)
	dst = strconv.AppendInt(append(dst, `,"keys":`...), int64(keys), 10)
	dst = strconv.AppendInt(append(dst, `,"keyTTL":`...), o.keyTTL, 10)
	dst = append(dst, `,"segments":[`...)
	for i, first := range o.segments {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = strconv.AppendInt(dst, int64(first), 10)
	}
	return append(dst, "]}"...)
}

func (n *named) append(dst []byte) []byte {
	dst = event.AppendString(append(dst, `{"stream":`...), string(n.id))
	dst = strconv.AppendInt(append(dst, `,"version":`...), int64(n.tail.version), 10)
	dst = n.tail.last.append(append(dst, `,"last":`...))
	for i, p := range n.tail.anchors {
		if i == 0 {
			dst = append(dst, `,"anchors":[`...)
		} else {
			dst = append(dst, ',')
		}
		dst = p.append(dst)
	}
	if len(n.tail.anchors) > 0 {
		dst = append(dst, ']')
	}
	return append(dst, '}')
}

func (p place) append(dst []byte) []byte {
	dst = strconv.AppendInt(append(dst, '['), int64(p.segment), 10)
	dst = strconv.AppendInt(append(dst, ','), int64(p.offset), 10)
	return append(dst, ']')
}

func appendEpoch(dst []byte, id event.StreamID, token int64) []byte {
	dst = event.AppendString(append(dst, `{"epoch":`...), string(id))
	return append(strconv.AppendInt(append(dst, `,"token":`...), token, 10), '}')
}

func (r *remembered) append(dst []byte) []byte {
	dst = hex.AppendEncode(append(dst, `{"key":"`...), r.hash[:])
	dst = r.place.append(append(dst, `","at":`...))
	return append(strconv.AppendInt(append(dst, `,"time":`...), r.at, 10), '}')
}
