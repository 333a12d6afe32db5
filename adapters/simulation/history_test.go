package simulation_test

import (
	"fmt"
	"time"

	kept "github.com/onhand/onhand/domain/answer"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
	"github.com/onhand/onhand/ports"
)

// history is what a log leads to, every state on the way included.
type history struct {
	log          []ports.Recorded
	items        map[stock.Key]stock.Item
	reservations map[string]reservation.Reservation
	transfers    map[string]transfer.Transfer
	states       map[event.StreamID][]state // by version, from 1
	reliances    []reliance
}

// state is a stream's after one version.
type state struct {
	at        event.Position
	text      string
	available int64 // of an item
	expiry    bool  // it says that a deadline came
	when      time.Time
}

// reliance is a commit that is only right while a hold was live.
type reliance struct {
	at       event.Position
	deadline time.Time
}

func newHistory() *history {
	return &history{
		items: map[stock.Key]stock.Item{}, reservations: map[string]reservation.Reservation{},
		transfers: map[string]transfer.Transfer{}, states: map[event.StreamID][]state{},
	}
}

// textOf is all that counts of an aggregate.
func textOf(aggregate any) []byte {
	switch a := aggregate.(type) {
	case *stock.Item:
		return stock.Item{Key: a.Key, Levels: a.Levels}.AppendJSON(nil)
	case *reservation.Reservation:
		return reservation.Reservation{ID: a.ID, State: a.State}.AppendJSON(nil)
	case *transfer.Transfer:
		return transfer.Transfer{ID: a.ID, State: a.State}.AppendJSON(nil)
	}
	panic(fmt.Sprintf("textOf does not know %T", aggregate))
}

func streamOf(t transfer.Transfer) event.StreamID { return transfer.Stream(t.ID) }

// take folds the next commit.
func (h *history) take(c ports.Recorded) error {
	if want := event.Position(len(h.log) + 1); c.Position != want {
		return fmt.Errorf("position %d follows %d", c.Position, want-1)
	}
	h.log = append(h.log, c)
	for i := range c.Events {
		e := &c.Events[i]
		s := state{at: c.Position, when: e.Time}
		if err := h.fold(e, &s); err != nil {
			return err
		}
		if e.Version != event.Version(len(h.states[e.Stream])+1) {
			return fmt.Errorf("version %d of %s follows %d", e.Version, e.Stream, len(h.states[e.Stream]))
		}
		h.states[e.Stream] = append(h.states[e.Stream], s)
	}
	return nil
}

func (h *history) fold(e *ports.Event, s *state) error {
	if key, ok := stock.KeyOf(e.Stream); ok {
		fact, err := stock.Decode(e.Type, e.Time, e.Data)
		if err != nil {
			return err
		}
		item, known := h.items[key]
		if !known {
			item.Key = key
		}
		item.Apply(fact)
		h.items[key] = item
		_, s.expiry = fact.Change.(stock.Expired)
		s.text, s.available = string(textOf(&item)), item.Available()
		return nil
	}
	if id, ok := reservation.IDOf(e.Stream); ok {
		fact, err := reservation.Decode(e.Type, e.Time, e.Data)
		if err != nil {
			return err
		}
		r := h.reservations[id]
		r.ID = id
		if _, expired := fact.Change.(reservation.Expired); !expired && r.Open() && !r.ExpiresAt.IsZero() {
			if _, returned := fact.Change.(reservation.Returned); !returned {
				h.reliances = append(h.reliances, reliance{at: s.at, deadline: r.ExpiresAt})
			}
		}
		if c, extended := fact.Change.(reservation.Extended); extended {
			h.prolong(&r, c.ExpiresAt)
		}
		r.Apply(fact)
		h.reservations[id] = r
		s.text = string(textOf(&r))
		return nil
	}
	if id, ok := transfer.IDOf(e.Stream); ok {
		fact, err := transfer.Decode(e.Type, e.Time, e.Data)
		if err != nil {
			return err
		}
		t := h.transfers[id]
		t.ID = id
		t.Apply(fact)
		h.transfers[id] = t
		s.text = string(textOf(&t))
		return nil
	}
	if _, ok := kept.IDOf(e.Stream); ok {
		_, err := kept.Decode(e.Type, e.Data)
		return err
	}
	return fmt.Errorf("%s is a stream of nobody's", e.Stream)
}

// prolong gives the holds of a reservation another deadline, of which the items have no events.
func (h *history) prolong(r *reservation.Reservation, until time.Time) {
	for _, l := range r.Lines {
		item := h.items[l.Key]
		item.Prolong(r.ID, r.ExpiresAt, until)
		h.items[l.Key] = item
	}
}

// shows reports whether the log leads to a state that a client was shown.
func (h *history) shows(s sight) error {
	states := h.states[s.stream]
	if int(s.version) <= len(states) {
		is := states[s.version-1]
		switch {
		case is.text != s.text:
			return fmt.Errorf("%s instead of %s", s.text, is.text)
		case s.exactly > 0 && is.at != s.exactly:
			return fmt.Errorf("by position %d, but it is of position %d", s.exactly, is.at)
		}
		return nil
	}
	// What a deadline has done may be shown before the log says so.
	text := ""
	if key, ok := stock.KeyOf(s.stream); ok {
		item, _ := h.items[key].AtVersion(s.version, s.now)
		text = string(textOf(&item))
	} else if id, ok := reservation.IDOf(s.stream); ok {
		r := h.reservations[id].At(s.now)
		text = string(textOf(&r))
	}
	if text != s.text {
		return fmt.Errorf("%s; the log has %d versions and leads to %s", s.text, len(states), text)
	}
	return nil
}

// hadAvailable reports whether so much was available at a version from one on that was
// durable up to a position, overdue holds expired.
func (h *history) hadAvailable(line stock.Shortage, from event.Version, upto event.Position, now time.Time) bool {
	states := h.states[line.Stream()]
	if from == 0 && line.Available == 0 {
		return true
	}
	for i := max(0, int(from)-1); i < len(states); i++ {
		s := states[i]
		if s.at > upto && (!s.expiry || s.when.After(now)) {
			return false
		}
		if s.available == line.Available {
			return true
		}
	}
	item := h.items[line.Key].At(now)
	return item.Available() == line.Available
}
