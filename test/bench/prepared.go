package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/onhand/onhand/adapters/jsonevents"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

// prepared are large stores, each written when the first comparison needs it and
// kept for the rest of the run.
type prepared struct {
	dir           string
	items, events int
	closed        int // reservations

	flat, grown string // data directories, empty until written
	keyed       string
	over        string  // that of closed reservations
	keyBytes    float64 // of live heap for each key of the keyed one
	running     *server // on the grown one
}

// The sizes that the targets speak of.
const (
	targetItems  = 1_000_000
	targetEvents = 5_000_000
)

// doubt is about goals for stores of the full size.
func (p *prepared) doubt() string {
	if p.items < targetItems || p.events < targetEvents {
		return fmt.Sprintf("the stores had %s items and %s events only", count(p.items), count(p.events))
	}
	return ""
}

// oldSKU is the item of the grown store that has a fifth of all events.
const oldSKU = "old"

// million is a store of one commit for each item.
func (p *prepared) million() (string, error) {
	if p.flat == "" {
		dir := filepath.Join(p.dir, "million")
		if err := write(dir, p.items, func(n int) (string, event.Version) { return sku(n * 7919 % p.items), 1 }); err != nil {
			return "", err
		}
		p.flat = dir
	}
	return p.flat, nil
}

// many is a store of many commits: every fifth on one old item, the others on
// all items in turn.
func (p *prepared) many() (string, error) {
	if p.grown == "" {
		dir := filepath.Join(p.dir, "grown")
		if err := write(dir, p.events, p.nth); err != nil {
			return "", err
		}
		if err := saveView(dir); err != nil {
			return "", err
		}
		debug.FreeOSMemory()
		p.grown = dir
	}
	return p.grown, nil
}

// nth is the item of the n-th commit of the grown store, and its version then.
func (p *prepared) nth(n int) (string, event.Version) {
	if n%5 == 4 {
		return oldSKU, event.Version(n/5 + 1)
	}
	n -= n / 5
	return sku(n % p.items), event.Version(n/p.items + 1)
}

func sku(n int) string { return fmt.Sprintf("sku-%07d", n) }

// server is the service on the grown store. It runs until the end of the bench,
// since only the comparisons that need it come after its start.
func (p *prepared) server(b *bench) (*server, error) {
	if p.running == nil {
		data, err := p.many()
		if err != nil {
			return nil, err
		}
		if p.running, err = b.onhand(p.dir, data); err != nil {
			return nil, err
		}
	}
	return p.running, nil
}

func (p *prepared) stop() error {
	if p.running == nil {
		return nil
	}
	s := p.running
	p.running = nil
	return s.stop()
}

// write appends adjustments by one straight to a new store, as the service would
// have written them, in appends of many commits. They are made while the ones
// before them are written.
func write(data string, commits int, nth func(int) (string, event.Version)) error {
	if err := os.MkdirAll(filepath.Dir(data), 0o750); err != nil {
		return err
	}
	store, err := jsonevents.Open(data, jsonevents.Options{})
	if err != nil {
		return err
	}
	defer debug.FreeOSMemory() // the measurements after this one shall not pay for it
	const together = 500
	made := make(chan []ports.Commit, 8)
	go func() {
		defer close(made)
		for n := 0; n < commits; n += together {
			some := make([]ports.Commit, 0, together)
			for i := n; i < min(n+together, commits); i++ {
				some = append(some, adjusted(nth(i)))
			}
			made <- some
		}
	}()
	for some := range made {
		if err == nil {
			err = appendAll(store, some)
		}
	}
	if err != nil {
		_ = store.Close()
		return err
	}
	return store.Close()
}

func appendAll(store *jsonevents.Store, commits []ports.Commit) error {
	fates, err := store.Append(context.Background(), commits)
	if err != nil {
		return err
	}
	for _, f := range fates {
		if f.Err != nil {
			return f.Err
		}
	}
	return nil
}

// adjusted is the commit that brings an item of only such commits to a version.
func adjusted(sku string, version event.Version) ports.Commit {
	before := stock.Item{
		Key:    stock.Key{Store: "S1", SKU: sku},
		Levels: stock.Levels{OnHand: int64(version) - 1, Version: version - 1},
	}
	now := time.Now().UTC().Truncate(time.Microsecond)
	facts, err := before.Adjust(1, stock.Note{Reason: "delivery", Reference: "PO-4711"}, now)
	if err != nil {
		panic(err) // cannot happen: one more unit is always welcome
	}
	return ports.Commit{ID: someID, Time: now, RequestID: someID, Events: []ports.Event{{
		Stream: before.Stream(), Version: version, Type: facts[0].Change.Type(), Time: now, Data: facts[0].AppendJSON(nil),
	}}}
}
