package command_test

import (
	"maps"
	"slices"
	"time"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
)

// world is what the commands should make of everything. It has no history and
// keeps no sum: units on hand, reserved and on their way are added up again, over
// all carts and trips, at each look.
type world struct {
	now   time.Time
	bins  map[stock.Key]bin
	carts map[string]cart
	trips map[string]trip

	// What the last command did beside that.
	touched map[event.StreamID]bool // the streams that have another version after it
	created bool                    // it made a reservation
	atRisk  int64                   // promised units that a count left without stock
}

// bin is what people say about an item. It is there if the item exists.
type bin struct {
	brought int64 // units that came from outside by hand, less those that went there
	broken  int64 // units moved to damaged by hand, less those moved back
	checked int64 // units in quality control
	policy  stock.Policy
}

// cart is a reservation: its request and its fate. The held units
// is the rest, as long as its time is not over.
type cart struct {
	lines    []cartLine
	deadline time.Time
	owner    string
}

type cartLine struct {
	item                      stock.Key
	wanted, gone, freed, back int64
}

// trip is a transfer.
type trip struct {
	from, to string
	lines    []tripLine
}

type tripLine struct {
	sku                               string
	sent, good, damaged, lost, turned int64
}

func newWorld(now time.Time) *world {
	return &world{
		now: now, bins: map[stock.Key]bin{}, carts: map[string]cart{}, trips: map[string]trip{},
		touched: map[event.StreamID]bool{},
	}
}

// copied is the world for a command that may be refused halfway.
func (w *world) copied() *world {
	next := *w
	next.bins, next.touched = maps.Clone(w.bins), maps.Clone(w.touched)
	next.carts, next.trips = maps.Clone(w.carts), maps.Clone(w.trips)
	for id, c := range next.carts {
		c.lines = slices.Clone(c.lines)
		next.carts[id] = c
	}
	for id, t := range next.trips {
		t.lines = slices.Clone(t.lines)
		next.trips[id] = t
	}
	next.created, next.atRisk = false, 0
	return &next
}

func (w *world) over(c cart) bool { return !c.deadline.IsZero() && !c.deadline.After(w.now) }

// rest returns the units neither taken nor given back.
func rest(l cartLine) int64 { return l.wanted - l.gone - l.freed }

// left returns the held units of a line.
func (w *world) left(c cart, l cartLine) int64 {
	if w.over(c) {
		return 0
	}
	return rest(l)
}

// out is what left for a reservation and is not back.
func out(l cartLine) int64 { return l.gone - l.back }

func (c cart) sum(units func(cartLine) int64) (sum int64) {
	for _, l := range c.lines {
		sum += units(l)
	}
	return sum
}

func (w *world) live(c cart) bool   { return !w.over(c) && c.sum(rest) > 0 }
func (w *world) lapsed(c cart) bool { return w.over(c) && c.sum(rest) > 0 }

func (w *world) cartStatus(c cart) reservation.Status {
	switch {
	case w.live(c):
		return reservation.HeldStatus
	case c.sum(func(l cartLine) int64 { return l.gone }) > 0:
		return reservation.CommittedStatus
	case w.lapsed(c):
		return reservation.ExpiredStatus
	default:
		return reservation.ReleasedStatus
	}
}

func (l tripLine) pending() int64 { return l.sent - l.good - l.damaged - l.lost - l.turned }

func tripStatus(t trip) transfer.Status {
	status := transfer.ReceivedStatus
	for _, l := range t.lines {
		if l.pending() > 0 {
			return transfer.InTransitStatus
		}
		if l.turned > 0 {
			status = transfer.CancelledStatus
		}
	}
	return status
}

// look adds up an item's numbers; the version is not the model's to know.
func (w *world) look(key stock.Key) stock.Levels {
	b := w.bins[key]
	sum := stock.Levels{OnHand: b.brought, Damaged: b.broken, QualityControl: b.checked, Policy: b.policy}
	for _, c := range w.carts {
		for _, l := range c.lines {
			if l.item == key {
				sum.OnHand -= out(l)
				sum.Reserved += w.left(c, l)
			}
		}
	}
	for _, t := range w.trips {
		for _, l := range t.lines {
			if l.sku != key.SKU {
				continue
			}
			if t.from == key.Store {
				sum.OnHand += l.turned - l.sent
			}
			if t.to == key.Store {
				sum.OnHand += l.good + l.damaged
				sum.Damaged += l.damaged
				sum.Incoming += l.pending()
			}
		}
	}
	return sum
}

func sellable(l stock.Levels) int64  { return l.OnHand - l.Damaged - l.QualityControl }
func available(l stock.Levels) int64 { return sellable(l) - l.Reserved - l.Policy.SafetyStock }

// touchItem notes that an item has a new version, and exists.
func (w *world) touchItem(key stock.Key) {
	if _, there := w.bins[key]; !there {
		w.bins[key] = bin{}
	}
	w.touched[key.Stream()] = true
}

// short is the refusal of a single demand.
func short(key stock.Key, wanted, there int64) stock.Shortage {
	return stock.Shortage{Key: key, Requested: wanted, Available: there, Shortfall: wanted - there}
}

func tooMany(field string) error {
	return &stock.QuantityError{Field: field, Limit: stock.MaxQuantity}
}

// refuse returns the refusal for short lines. It explains each negative number of available units.
func (w *world) refuse(lines []stock.Shortage) error {
	refusal := &stock.InsufficientError{Lines: lines}
	for _, line := range lines {
		if line.Available < 0 {
			l := w.look(line.Key)
			refusal.Terms = append(refusal.Terms, stock.Terms{
				Key: line.Key, OnHand: l.OnHand, Damaged: l.Damaged, QualityControl: l.QualityControl,
				Reserved: l.Reserved, SafetyStock: l.Policy.SafetyStock,
			})
		}
	}
	return refusal
}
