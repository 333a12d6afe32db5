package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/onhand/onhand/adapters/jsonevents"
	"github.com/onhand/onhand/adapters/queryindex"
	"github.com/onhand/onhand/application/closed"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

// targetClosed is how many closed reservations the targets speak of.
const targetClosed = 10_000_000

// The closed reservations are spread over so many of each.
const (
	closedSKUs   = 10_000
	closedOwners = 9_973
	closedStores = 97
)

// closedTogether is how many reservations one commit closes, to save space on disk.
const closedTogether = 100

// withClosed is a store like million, and reservations that are all closed.
func (p *prepared) withClosed() (string, error) {
	if p.over != "" {
		return p.over, nil
	}
	dir := filepath.Join(p.dir, "closed")
	if err := writeClosed(dir, p.closed); err != nil {
		return "", err
	}
	if err := write(dir, p.items, func(n int) (string, event.Version) { return sku(n * 7919 % p.items), 1 }); err != nil {
		return "", err
	}
	if err := saveView(dir); err != nil {
		return "", err
	}
	debug.FreeOSMemory()
	p.over = dir
	return dir, nil
}

// doubtOfClosed is about goals for as many closed reservations as the targets speak of.
func (p *prepared) doubtOfClosed() string {
	if p.closed < targetClosed || p.items < targetItems {
		return fmt.Sprintf("the store had %s closed reservations and %s items only", count(p.closed), count(p.items))
	}
	return ""
}

// writeClosed appends closed reservations to a store, and puts them into its index.
func writeClosed(data string, reservations int) error {
	if err := os.MkdirAll(filepath.Dir(data), 0o750); err != nil {
		return err
	}
	store, err := jsonevents.Open(data, jsonevents.Options{})
	if err != nil {
		return err
	}
	index, err := queryindex.Open(filepath.Join(data, "index", "closed"))
	if err != nil {
		return errors.Join(err, store.Close())
	}
	begin := time.Now().Add(-time.Duration(reservations) * closedEvery).UTC().Truncate(time.Microsecond)
	const atOnce = 40 * closedTogether
	for n := 0; n < reservations && err == nil; n += atOnce {
		err = closeSome(store, index, begin, n, min(n+atOnce, reservations))
	}
	return errors.Join(err, index.Close(), store.Close())
}

// closeSome appends some of the reservations, then indexes them.
func closeSome(store *jsonevents.Store, index ports.QueryIndex, begin time.Time, from, to int) error {
	var commits []ports.Commit
	var entries []ports.ClosedEntry
	for n := from; n < to; n++ {
		r := nthClosed(n, begin)
		if n%closedTogether == 0 {
			commits = append(commits, ports.Commit{
				ID: fmt.Sprintf("0190a3c0-968c-79da-8e45-%012d", n), Time: r.UpdatedAt, RequestID: someID,
			})
		}
		// The newest event tells all of a reservation, so it has no other.
		e := reservation.Event{Change: reservation.Expired{}, After: r.State, At: r.UpdatedAt}
		last := &commits[len(commits)-1]
		last.Events = append(last.Events, ports.Event{
			Stream: reservation.Stream(r.ID), Version: 1, Type: e.Change.Type(), Time: r.UpdatedAt, Data: e.AppendJSON(nil),
		})
		entries = append(entries, closed.FromReservation(&r))
	}
	if err := appendAll(store, commits); err != nil {
		return err
	}
	mark := ports.IndexMark{Position: store.Head().Position, Commit: commits[len(commits)-1].ID}
	return index.Put(context.Background(), entries, mark)
}

// closedEvery is the time between two reservations.
const closedEvery = 10 * time.Millisecond

// nthClosed is a closed reservation of one unit: seven in ten committed, two expired, one released.
func nthClosed(n int, begin time.Time) reservation.Reservation {
	at := begin.Add(time.Duration(n) * closedEvery)
	line := reservation.Line{Key: stock.Key{Store: closedStore(n), SKU: sku(n * 7919 % closedSKUs)}, Quantity: 1}
	switch n % 10 {
	case 0:
		line.Released = 1
	case 1, 2: // a unit that came to the deadline is in none of the numbers
	default:
		line.Committed = 1
	}
	return reservation.Reservation{
		ID: fmt.Sprintf("0190a3c0-968c-79da-8e46-%012d", n), UpdatedAt: at.Add(time.Second),
		State: reservation.State{
			Lines: []reservation.Line{line}, ExpiresAt: at.Add(time.Second), Owner: closedOwner(n),
			Reference: fmt.Sprintf("order-%08d", n), Version: 1, CreatedAt: at,
		},
	}
}

func closedStore(n int) string { return fmt.Sprintf("store-%02d", n%closedStores) }
func closedOwner(n int) string { return fmt.Sprintf("customer-%05d", n%closedOwners) }

// The lists of closed reservations that are measured; each call asks about other ones.
var closedLists = []struct {
	name string
	path func() string
}{
	{"of a SKU", func() string { return "sku=" + sku(rand.IntN(closedSKUs)) }},
	{"of a store, committed, newest first", func() string {
		return "status=committed&sort=createdAt&order=desc&store=" + closedStore(rand.IntN(closedStores))
	}},
	{"of an owner", func() string { return "owner=" + closedOwner(rand.IntN(closedOwners)) }},
}

// closedPages are requests for pages of 100.
func closedPages(several int, path func() string) [][]byte {
	requests := make([][]byte, several)
	for n := range requests {
		requests[n] = get(closedPage(path))
	}
	return requests
}

func closedPage(path func() string) string { return "/v1/reservations?limit=100&" + path() }
