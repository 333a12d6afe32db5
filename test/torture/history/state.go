package history

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
)

// state is an item. It is a value: holds are copied before they are changed.
type state struct {
	version, onHand int64
	passed          int64 // the latest deadline at which something expired
	holds           []hold
}

// hold is a line of a reservation, also one of which nothing is held any more.
type hold struct {
	id       string
	deadline int64
	Line
}

func (s state) reserved() (units int64) {
	for _, h := range s.holds {
		units += h.Remaining
	}
	return units
}

func (s state) available() int64 { return s.onHand - s.reserved() }

func (s state) shown() Item {
	return Item{OnHand: s.onHand, Reserved: s.reserved(), Available: s.available(), Version: s.version}
}

func (s state) find(id string) (hold, bool) {
	i := slices.IndexFunc(s.holds, func(h hold) bool { return h.id == id })
	if i < 0 {
		return hold{id: id}, false
	}
	return s.holds[i], true
}

// with is the state with a hold as it is now.
func (s state) with(h hold) state {
	s.holds = slices.Clone(s.holds)
	i := slices.IndexFunc(s.holds, func(other hold) bool { return other.id >= h.id })
	switch {
	case i < 0:
		s.holds = append(s.holds, h)
	case s.holds[i].id == h.id:
		s.holds[i] = h
	default:
		s.holds = slices.Insert(s.holds, i, h)
	}
	return s
}

// next is the deadline that comes first, 0 if there is none.
func (s state) next() (deadline int64) {
	for _, h := range s.holds {
		if h.Remaining > 0 && h.deadline > 0 && (deadline == 0 || h.deadline < deadline) {
			deadline = h.deadline
		}
	}
	return deadline
}

// expire is the state when the next deadline has come: each hold whose deadline it is
// counts as one event.
func (s state) expire() state {
	at := s.next()
	s.holds = slices.Clone(s.holds)
	for i := range s.holds {
		if h := &s.holds[i]; h.Remaining > 0 && h.deadline == at {
			h.Remaining = 0
			s.version++
		}
	}
	s.passed = at
	return s
}

// at returns the states that the item may be in for a decision from one time
// until another: each has had all deadlines up to some moment of that.
func (s state) at(from, until int64) (all []state) {
	for {
		next := s.next()
		latest := until
		if next > 0 {
			latest = min(until, next-1)
		}
		if max(from, s.passed) <= latest {
			all = append(all, s)
		}
		if next == 0 || next > until {
			return all
		}
		s = s.expire()
	}
}

func (s state) equal(o state) bool {
	return s.version == o.version && s.onHand == o.onHand && s.passed == o.passed && slices.Equal(s.holds, o.holds)
}

func (s state) hash() uint64 {
	h := fnv.New64a()
	_, _ = fmt.Fprint(h, s.version, s.onHand, s.passed, len(s.holds))
	return h.Sum64()
}

func (s state) String() string {
	var held []string
	for _, h := range s.holds {
		if h.Remaining > 0 {
			held = append(held, fmt.Sprintf("%s:%d<%d", h.id, h.Remaining, h.deadline))
		}
	}
	return fmt.Sprintf("v%d on hand %d reserved %d {%s}", s.version, s.onHand, s.reserved(), strings.Join(held, " "))
}
