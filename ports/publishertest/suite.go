// Package publishertest is the contract of ports.Publisher as tests, for every
// adapter and decorator to pass.
package publishertest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// Receiver is the receiver of a publisher under test.
type Receiver struct {
	Open func(t *testing.T) ports.Publisher // a new one at each call, to the same receiver
	// the events that it has, as CloudEvents in JSON, in the order in which they came
	Taken  func(t *testing.T) [][]byte
	Refuse func(refuse bool) // whether it takes nothing from now on
}

// Run runs the whole contract; place makes a new receiver for each test.
func Run(t *testing.T, place func(t *testing.T) Receiver) {
	for name, test := range map[string]func(*testing.T, Receiver){
		"events arrive whole and in order":                      testOrder,
		"nothing is handed over of nothing":                     testNothing,
		"what a receiver does not take can be tried again":      testRefused,
		"an event that comes twice has the same name":           testTwice,
		"a context that has ended hands over nothing":           testCancelled,
		"what callers do with their bytes has no effect":        testBytes,
		"events of different streams may come at the same time": testConcurrent,
	} {
		t.Run(name, func(t *testing.T) { test(t, place(t)) })
	}
}

// Events are events of one item, of commits with positions from first on.
func Events(first event.Position, n int) []ports.StreamEvent {
	events := make([]ports.StreamEvent, n)
	for i := range events {
		at := first + event.Position(i)
		events[i] = ports.StreamEvent{
			Position: at, Actor: "till \"7\"", RequestID: fmt.Sprint("r-", at),
			Event: ports.Event{
				Stream: "stock/S1/A&<B>", Version: event.Version(at), Type: "stock.adjusted.v1",
				Time: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).Add(time.Duration(at) * time.Second),
				Data: fmt.Appendf(nil, `{"delta":%d,"reason":"<é>"}`, at),
			},
		}
	}
	return events
}

// taken is what a receiver needs to know of an event.
type taken struct {
	SpecVersion, ID, Source, Type, Subject, Time, Sequence string
	Data                                                   struct {
		Actor, RequestID, Reason string
		Delta                    int64
	}
}

func received(t *testing.T, r Receiver) []taken {
	t.Helper()
	var all []taken
	for _, text := range r.Taken(t) {
		var one taken
		require.NoError(t, json.Unmarshal(text, &one), "%s", text)
		require.Equal(t, "1.0", one.SpecVersion)
		all = append(all, one)
	}
	return all
}

func ids(all []taken) []string {
	list := []string{}
	for _, one := range all {
		list = append(list, one.ID)
	}
	return list
}

// names are the IDs of n events from a position on.
func names(first, n int) []string {
	list := []string{}
	for i := range n {
		list = append(list, fmt.Sprintf("%d.0", first+i))
	}
	return list
}

func publish(t *testing.T, to ports.Publisher, events []ports.StreamEvent) {
	t.Helper()
	n, err := to.Publish(context.Background(), events)
	require.NoError(t, err)
	require.Equal(t, len(events), n)
}

func testOrder(t *testing.T, r Receiver) {
	to := r.Open(t)
	publish(t, to, Events(1, 5))
	publish(t, to, Events(6, 1))
	publish(t, r.Open(t), Events(7, 3))
	got := received(t, r)
	require.Equal(t, names(1, 9), ids(got))
	third := got[2]
	require.NotEmpty(t, third.Source)
	require.Equal(t, []string{"onhand.stock.adjusted.v1", "stores/S1/items/A&%3CB%3E", "2026-03-01T12:00:03.000000Z"},
		[]string{third.Type, third.Subject, third.Time})
	require.Equal(t, []string{"till \"7\"", "r-3", "<é>"},
		[]string{third.Data.Actor, third.Data.RequestID, third.Data.Reason})
	require.Equal(t, int64(3), third.Data.Delta)
	for i := range got[1:] {
		require.Less(t, got[i].Sequence, got[i+1].Sequence)
	}
}

func testNothing(t *testing.T, r Receiver) {
	publish(t, r.Open(t), nil)
	require.Empty(t, r.Taken(t))
}

func testRefused(t *testing.T, r Receiver) {
	to := r.Open(t)
	publish(t, to, Events(1, 2))
	r.Refuse(true)
	for range 3 {
		n, err := to.Publish(context.Background(), Events(3, 2))
		require.Zero(t, n)
		var why *ports.DeliveryError
		require.ErrorAs(t, err, &why)
		require.NotEmpty(t, why.Reason)
		require.LessOrEqual(t, len(err.Error()), 500)
	}
	require.Equal(t, names(1, 2), ids(received(t, r)))
	r.Refuse(false)
	publish(t, to, Events(3, 2))
	require.Equal(t, names(1, 4), ids(received(t, r)))
}

func testTwice(t *testing.T, r Receiver) {
	publish(t, r.Open(t), Events(1, 3))
	publish(t, r.Open(t), Events(2, 4))
	got := ids(received(t, r))
	slices.Sort(got)
	require.Equal(t, names(1, 5), slices.Compact(got))
}

func testCancelled(t *testing.T, r Receiver) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	n, err := r.Open(t).Publish(ctx, Events(1, 3))
	require.ErrorIs(t, err, context.Canceled)
	require.Zero(t, n)
	require.Empty(t, r.Taken(t))
}

func testBytes(t *testing.T, r Receiver) {
	to := r.Open(t)
	events := Events(1, 3)
	publish(t, to, events)
	for i := range events {
		clear(events[i].Data)
	}
	clear(events)
	publish(t, to, Events(4, 1))
	got := received(t, r)
	require.Equal(t, names(1, 4), ids(got))
	require.Equal(t, int64(3), got[2].Data.Delta)
}

func testConcurrent(t *testing.T, r Receiver) {
	const streams, each = 4, 20
	to := r.Open(t)
	var done sync.WaitGroup
	for s := range streams {
		events := Events(1, streams*each)
		done.Go(func() {
			for i := s; i < len(events); i += streams { // positions of all streams interleave
				events[i].Stream = event.StreamID(fmt.Sprintf("stock/S%d/A", s))
				if n, err := to.Publish(context.Background(), events[i:i+1]); n != 1 || err != nil {
					t.Errorf("publish: %d, %v", n, err)
				}
			}
		})
	}
	done.Wait()
	newest := map[string]string{}
	got := received(t, r)
	for _, one := range got {
		require.Less(t, newest[one.Subject], one.Sequence, "the order of each stream is kept")
		newest[one.Subject] = one.Sequence
	}
	require.Len(t, got, streams*each)
	require.Len(t, newest, streams)
}
