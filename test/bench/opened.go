package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/onhand/onhand/adapters/jsonevents"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

// targetOpen is how many open reservations the targets speak of: the default of MAX_OPEN.
const targetOpen = 1_000_000

// openedSKUs is over how many items the open reservations are spread.
const openedSKUs = 100_000

// doubtOfOpen is about goals for as many open reservations as the targets speak of.
func doubtOfOpen(b *bench) string {
	if b.open < targetOpen {
		return fmt.Sprintf("the store had %s open reservations only", count(b.open))
	}
	return ""
}

// writeOpen appends reservations of one unit straight to a new store, each with a commit of its own.
func writeOpen(data string, reservations, items int) error {
	defer debug.FreeOSMemory()
	store, err := jsonevents.Open(data, jsonevents.Options{})
	if err != nil {
		return err
	}
	o := opener{begin: time.Now().UTC().Truncate(time.Microsecond), items: make([]stock.Item, items)}
	for n := range o.items {
		o.items[n].Key = stock.Key{Store: "S1", SKU: sku(n)}
	}
	const together = 500
	for n := 0; n < items && err == nil; n += together {
		err = o.append(store, n, min(n+together, items), func(n int) (ports.Commit, error) {
			return o.deliver(n, int64(reservations))
		})
	}
	for n := 0; n < reservations && err == nil; n += together {
		err = o.append(store, n, min(n+together, reservations), o.reserve)
	}
	return errors.Join(err, store.Close())
}

// opener makes the commits of a store of open reservations.
type opener struct {
	begin time.Time
	items []stock.Item
}

func (o *opener) append(store *jsonevents.Store, from, to int, nth func(int) (ports.Commit, error)) error {
	commits := make([]ports.Commit, 0, to-from)
	for n := from; n < to; n++ {
		c, err := nth(n)
		if err != nil {
			return err
		}
		commits = append(commits, c)
	}
	return appendAll(store, commits)
}

// deliver is the commit that brings units of the n-th item.
func (o *opener) deliver(n int, units int64) (ports.Commit, error) {
	facts, err := o.items[n].Adjust(units, stock.Note{Reason: "delivery", Reference: "PO-4711"}, o.begin)
	return o.commit(o.begin, o.change(n, facts)...), err
}

// reserve is the commit of the n-th reservation.
func (o *opener) reserve(n int) (ports.Commit, error) {
	at, item := o.begin.Add(time.Duration(n)*time.Microsecond), n*7919%len(o.items)
	hold := stock.Hold{
		ReservationID: fmt.Sprintf("0190a3c0-968c-79da-8e46-%012d", n), Quantity: 1, ExpiresAt: at.Add(24 * time.Hour),
	}
	r := reservation.Reservation{ID: hold.ReservationID}
	terms := reservation.Terms{
		Lines:     []stock.Part{{Key: o.items[item].Key, Quantity: 1}},
		ExpiresAt: hold.ExpiresAt, Owner: closedOwner(n), Reference: fmt.Sprintf("order-%08d", n),
	}
	placed, err := r.Place(terms, at)
	if err != nil {
		return ports.Commit{}, err
	}
	facts, err := o.items[item].Reserve(hold, nil, at)
	events := o.change(item, facts)
	for _, e := range placed {
		r.Apply(e)
		events = append(events, ports.Event{
			Stream: reservation.Stream(r.ID), Version: r.Version, Type: e.Change.Type(), Time: e.At, Data: e.AppendJSON(nil),
		})
	}
	return o.commit(at, events...), err
}

// change lets an item change, and returns the events of that.
func (o *opener) change(n int, facts []stock.Event) []ports.Event {
	var events []ports.Event
	item := &o.items[n]
	for _, f := range facts {
		item.Apply(f)
		events = append(events, ports.Event{
			Stream: item.Stream(), Version: item.Version, Type: f.Change.Type(), Time: f.At, Data: f.AppendJSON(nil),
		})
	}
	return events
}

func (o *opener) commit(at time.Time, events ...ports.Event) ports.Commit {
	return ports.Commit{ID: someID, Time: at, RequestID: someID, Events: events}
}

// openOpenStart measures starts with as many open reservations as the default of MAX_OPEN allows.
func openOpenStart(b *bench, at *site) ([]row, error) {
	at.note("From exec to 200 of /readyz, files in the page cache. Each reservation holds a unit and has a deadline.")
	var rows []row
	for _, items := range []int{openedSKUs, 1} {
		s := &starts{b: b, dir: filepath.Join(at.dir, fmt.Sprint(items))}
		s.data = filepath.Join(s.dir, "data")
		if err := os.Mkdir(s.dir, 0o750); err != nil {
			return nil, err
		}
		if err := writeOpen(s.data, b.open, items); err != nil {
			return nil, err
		}
		what := "open reservations on " + count(items) + " items"
		if items == 1 {
			what = "open reservations on one item"
		}
		log := row{name: count(b.open) + " " + what + ", no snapshot", measure: s.without}
		rows = append(rows, log, row{
			name: count(b.open) + " " + what + ", snapshot", against: log.name, measure: s.with,
			doubt: func() string { return cmp.Or(doubtOfOpen(b), s.noSnapshot()) },
			goals: []goal{valueAtMost(10, "s", "start, 1,000,000 "+what)},
		})
	}
	return rows, nil
}
