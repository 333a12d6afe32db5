package simulation_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/application/query"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/transfer"
	"github.com/onhand/onhand/ports"
)

// walk is a list, page after page.
type walk struct {
	of    string         // the beginning of the names of its streams
	whole bool           // everything is on one page or another, in the order of ids
	pages [][]any        // of reservation.Reservation or transfer.Transfer
	at    event.Position // of the first page
}

const (
	reservations = "reservation/"
	transfers    = "transfer/"
)

// walk draws a list.
func (d *drawer) walk() task {
	listing := query.Listing{Limit: 1 + d.rng.IntN(4), Descending: d.rng.IntN(2) == 0}
	of := pick(d.rng, reservations, reservations, transfers)
	var statuses []reservation.Status
	if d.share(50) {
		listing.Sort = pick(d.rng, ports.ByUpdated, ports.ByCreated)
	}
	if d.share(30) && of == reservations {
		statuses = []reservation.Status{
			pick(d.rng, reservation.HeldStatus, reservation.ExpiredStatus, reservation.ReleasedStatus), reservation.CommittedStatus,
		}
	}
	return task{name: fmt.Sprint("list ", of, listing, statuses), make: func() attempt {
		return func(ctx context.Context, p *process, _ command.Call) (answer, error) {
			if err := p.ledger.CatchUpToRead(ctx); err != nil {
				return answer{}, err
			}
			w, err := walkThrough(ctx, p.ledger, of, statuses, listing)
			return answer{seen: w, position: w.at}, err
		}
	}}
}

// walkThrough reads all pages of a list.
func walkThrough(
	ctx context.Context, l *ledger.Ledger, of string, statuses []reservation.Status, listing query.Listing,
) (w walk, err error) {
	w = walk{of: of, whole: listing.Sort == "" && statuses == nil}
	for more := true; more && err == nil; more = listing.Cursor != "" {
		var page []any
		var at event.Position
		if of == reservations {
			var p query.ReservationPage
			p, err = query.ListReservations{Statuses: statuses, Listing: listing}.Handle(ctx, l)
			at, listing.Cursor = p.Position, p.NextCursor
			for _, r := range p.Reservations {
				page = append(page, r)
			}
		} else {
			var p query.TransferPage
			p, err = query.ListTransfers{Listing: listing}.Handle(ctx, l)
			at, listing.Cursor = p.Position, p.NextCursor
			for _, t := range p.Transfers {
				page = append(page, t)
			}
		}
		if w.pages == nil {
			w.at = at
		}
		w.pages = append(w.pages, page)
	}
	return w, err
}

// everything is both lists, and each entry of them by its id.
func everything(ctx context.Context, l *ledger.Ledger) (all around, err error) {
	for _, of := range []string{reservations, transfers} {
		w, err := walkThrough(ctx, l, of, nil, query.Listing{Limit: 3})
		if err != nil {
			return nil, err
		}
		all = append(all, w)
		for _, page := range w.pages {
			for _, entry := range page {
				one, err := byID(ctx, l, entry)
				if err != nil {
					return nil, err
				}
				all = append(all, one)
			}
		}
	}
	return all, nil
}

// byID looks an entry up that a list shows.
func byID(ctx context.Context, l *ledger.Ledger, entry any) (any, error) {
	switch e := entry.(type) {
	case reservation.Reservation:
		r, _, err := l.Reservation(ctx, e.ID)
		return r, err
	case transfer.Transfer:
		t, _, err := l.Transfer(ctx, e.ID)
		return t, err
	}
	return nil, fmt.Errorf("a list has a %T", entry)
}

// streamShown is the stream of an entry of a list.
func streamShown(entry any) event.StreamID {
	if r, ok := entry.(reservation.Reservation); ok {
		return reservation.Stream(r.ID)
	}
	return streamOf(entry.(transfer.Transfer))
}

// walked judges a list: no page has an entry twice, and the pages of a whole one have every entry
// once that any client knew before.
func (c *checks) walked(one *call, w walk) {
	all := map[event.StreamID]bool{}
	for _, page := range w.pages {
		onPage := map[event.StreamID]bool{}
		for _, entry := range page {
			stream := streamShown(entry)
			if onPage[stream] || w.whole && all[stream] {
				c.fail("%s (%s) lists %s twice", one.id, one.task.name, stream)
			}
			onPage[stream], all[stream] = true, true
			c.look(one, entry, 0)
		}
	}
	if !w.whole {
		return
	}
	for stream, version := range one.versions {
		if version > 0 && strings.HasPrefix(string(stream), w.of) && !all[stream] {
			c.fail("%s (%s) does not list %s, which was known before it began", one.id, one.task.name, stream)
		}
	}
	if one.task.name == lookAround {
		c.listed = append(c.listed, listed{by: one.id, of: w.of, all: all})
	}
}

// listed is the entries that a process lists when all is done.
type listed struct {
	by, of string
	all    map[event.StreamID]bool
}

// everyEntry finds each reservation and transfer of the log in the lists of each process.
func (c *checks) everyEntry(past *history) error {
	for _, l := range c.listed {
		for stream := range past.states {
			if strings.HasPrefix(string(stream), l.of) && !l.all[stream] {
				return fmt.Errorf("%s does not list %s in the end", l.by, stream)
			}
		}
	}
	return nil
}
