package main

import (
	"context"
	"path/filepath"
	"time"

	"github.com/onhand/onhand/adapters/jsondocuments"
	"github.com/onhand/onhand/adapters/jsonevents"
	inmemory "github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/application/centralview"
	"github.com/onhand/onhand/application/projection"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// saveView builds the central view of a store and saves it, as a service does that has
// run for long: one that rebuilds it would be measured while it catches up.
func saveView(data string) error {
	store, err := jsonevents.Open(data, jsonevents.Options{})
	if err != nil {
		return err
	}
	runner := projection.New(projection.Dependencies{
		Feed: store, Log: store, DeadLetters: &inmemory.DeadLetterStore{}, Now: time.Now, Report: func(ports.Incident) {},
		Checkpoints: jsondocuments.NewCheckpoints(filepath.Join(data, "checkpoints"), nil),
		Head:        func() event.Position { return store.Head().Position },
	}, projection.Options{
		Name: centralview.Name, New: func() projection.Target { return centralview.New() }, Retry: centralview.Retry,
		SaveBytes: 1 << 40,
	})
	runner.Start()
	err = runner.Sync(context.Background())
	if stopErr := runner.Stop(context.Background()); err == nil {
		err = stopErr
	}
	if closeErr := store.Close(); err == nil {
		err = closeErr
	}
	return err
}

// viewOf builds the central view of a store that is open.
func viewOf(store *jsonevents.Store) (*centralview.View, error) {
	view := centralview.New()
	var events []ports.StreamEvent
	for c, err := range store.Commits(context.Background(), 0) {
		if err != nil {
			return nil, err
		}
		events = events[:0]
		for i, e := range c.Events {
			events = append(events, ports.StreamEvent{Position: c.Position, Index: i, Event: e})
		}
		if _, err := view.Handle(context.Background(), events, c.Position); err != nil {
			return nil, err
		}
	}
	return view, nil
}
