package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/onhand/onhand/adapters/jsonevents"
	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

// someID is an id of the usual length, for commits that need no other.
const someID = "0190a3c0-968c-79da-8e45-5ebd5d89c4a3"

// service is a ledger on a store, in this process.
type service struct {
	store  *jsonevents.Store
	ledger *ledger.Ledger
	ahead  *atomic.Int64 // how far the clocks are set ahead, in nanoseconds
	named  *atomic.Int64 // reservations that got names of their own
}

// openService opens a data directory, folding its whole log.
func openService(data string) (service, error) {
	var ahead atomic.Int64
	begin := time.Now()
	clock := ledger.NewClock(func() (time.Time, time.Duration) {
		d := time.Duration(ahead.Load())
		return time.Now().Add(d), time.Since(begin) + d
	}, func(ports.Incident) {})
	store, err := jsonevents.Open(data, jsonevents.Options{Now: clock.Now})
	if err != nil {
		return service{}, err
	}
	l := ledger.New(store, store, clock, func() string { return someID }, ledger.Options{})
	return service{store, l, &ahead, &atomic.Int64{}}, l.Open(context.Background())
}

func (s service) call() command.Call {
	return command.Call{NewID: func() string { return fmt.Sprintf("0190a3c0-968c-79da-8e45-%012d", s.named.Add(1)) }}
}

func (s service) adjust(key stock.Key, delta int64) error {
	_, err := (&command.AdjustStock{Item: key, Delta: delta}).Handle(context.Background(), s.ledger, s.call())
	return err
}

// fill makes holds of one unit on an item, a thousand in each batch.
func (s service) fill(key stock.Key, holds int, ttlSeconds int64) error {
	if err := s.adjust(key, int64(holds)); err != nil {
		return err
	}
	for made := 0; made < holds; made += command.MaxOperations {
		batch := &command.Batch{Atomic: true}
		for range command.MaxOperations {
			batch.Operations = append(batch.Operations, oneUnit(key, ttlSeconds))
		}
		if _, err := batch.Handle(context.Background(), s.ledger, s.call()); err != nil {
			return err
		}
	}
	return nil
}

func oneUnit(key stock.Key, ttlSeconds int64) *command.ReserveStock {
	return &command.ReserveStock{Lines: []stock.Part{{Key: key, Quantity: 1}}, TTLSeconds: &ttlSeconds}
}

// heap is the live heap, in bytes.
func heap() float64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}

// heap stays live while the service is, which without this would be over
// for the collector after the last request.
func (s service) heap() float64 {
	defer runtime.KeepAlive(s)
	return heap()
}

// close ends the service, and with it everything that holds on to its memory.
func (s service) close() error {
	return errors.Join(s.ledger.Close(context.Background()), s.store.Close())
}
