// Package subscriptionstoretest is the contract of ports.SubscriptionStore as
// tests, for every adapter to pass.
package subscriptionstoretest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// Limit is the number of subscriptions that a store under test takes.
const Limit = 40

// Run runs the whole contract; place makes a new empty store, which takes Limit subscriptions, for
// each test.
func Run(t *testing.T, place func(t *testing.T) Place) {
	for name, test := range map[string]func(*testing.T, Place){
		"an empty store has nothing":                                       testNone,
		"what was put is there whole, secrets too, also after a reopening": testPut,
		"a subscription takes the place of one with its ID":                testReplace,
		"IDs are any text and keep apart":                                  testNames,
		"beyond the limit nothing changes":                                 testLimit,
		"what was removed is gone":                                         testRemove,
		"a cancelled context changes nothing":                              testCancelled,
		"what callers do with their slices has no effect":                  testSlices,
		"subscriptions are put and removed at the same time":               testConcurrent,
		"a closed store is unavailable, and closing twice harmless":        testClose,
		"two instances show the same, or the second is refused":            testTwo,
		"two instances keep the limit together":                            testTwoAtTheLimit,
	} {
		t.Run(name, func(t *testing.T) { test(t, place(t)) })
	}
}

var made = time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)

// subscription is a whole one; what it says follows from its ID.
func subscription(id string) ports.Subscription {
	n := len(id)
	return ports.Subscription{
		ID: id, URL: "https://shop.example/hook?a=1&b=<" + fmt.Sprint(n) + ">", Description: "the \"shop\"\n é",
		Types: []string{"onhand.stock.low.v1", "onhand.stock.reserved.v1"}, Stores: []string{"S1", "S2"},
		After: event.Position(n), MaxInFlight: n, Batch: ports.Batch{MaxEvents: 1 + n, MaxWait: 2 * time.Millisecond},
		Secrets: []ports.Secret{
			{Key: []byte("\x00\xff new " + id)},
			{Key: []byte("old " + id), Until: made.Add(24 * time.Hour)},
		},
		CreatedAt: made, RotatedAt: made.Add(time.Minute), MadeFrom: "fingerprint", Disabled: "the receiver is gone",
		DisabledAt: made.Add(time.Hour),
	}
}

func put(t *testing.T, s ports.SubscriptionStore, all ...ports.Subscription) {
	t.Helper()
	for _, one := range all {
		require.NoError(t, s.Put(context.Background(), one))
	}
}

func expect(t *testing.T, s ports.SubscriptionStore, want ...ports.Subscription) {
	t.Helper()
	got, err := s.List(context.Background())
	require.NoError(t, err)
	require.Len(t, got, len(want))
	for i := range want {
		require.Equal(t, want[i], got[i])
	}
}

func testNone(t *testing.T, p Place) {
	s := p.Must(t)
	expect(t, s)
	require.NoError(t, s.Remove(context.Background(), "1"))
}

func testPut(t *testing.T, p Place) {
	s := p.Must(t)
	bare := ports.Subscription{ID: "bare", URL: "https://shop.example", CreatedAt: made}
	put(t, s, subscription("b"), bare, subscription("a"))
	p.Everywhere(t, s, func(s ports.SubscriptionStore) {
		expect(t, s, subscription("a"), subscription("b"), bare)
	})
}

func testReplace(t *testing.T, p Place) {
	s := p.Must(t)
	put(t, s, subscription("a"), subscription("b"))
	changed := ports.Subscription{
		ID: "a", URL: "http://other", CreatedAt: made, Secrets: []ports.Secret{{Key: []byte("k")}},
	}
	put(t, s, changed)
	p.Everywhere(t, s, func(s ports.SubscriptionStore) {
		expect(t, s, changed, subscription("b"))
	})
}

func testNames(t *testing.T, p Place) {
	names := []string{
		"", " ", ".", "..", "../a", "../../etc/passwd", "/a", "a/", "a/b", `a\b`, "a", "A", "a.json", "a.json.tmp", "a\n",
		"a\x00", "*", "-", "wéb",
		"we\u0301b", "在庫", strings.Repeat("n", 64), strings.Repeat("n", 65), strings.Repeat("n", 1000),
		strings.Repeat("é", 300),
	}
	s := p.Must(t)
	var all []ports.Subscription
	for _, name := range names {
		put(t, s, subscription(name))
		all = append(all, subscription(name))
	}
	slices.SortFunc(all, func(a, b ports.Subscription) int { return strings.Compare(a.ID, b.ID) })
	s = p.Reopen(t, s)
	expect(t, s, all...)
	for i, one := range all {
		require.NoError(t, s.Remove(context.Background(), one.ID))
		expect(t, s, all[i+1:]...)
	}
}

func testLimit(t *testing.T, p Place) {
	s := p.Must(t)
	for i := range Limit {
		put(t, s, subscription(fmt.Sprint(i)))
	}
	s = p.Everywhere(t, s, func(s ports.SubscriptionStore) {
		before, err := s.List(context.Background())
		require.NoError(t, err)
		var full *ports.LimitError
		require.ErrorAs(t, s.Put(context.Background(), subscription("more")), &full)
		require.Equal(t, ports.LimitError{Table: ports.SubscriptionsTable, Limit: Limit}, *full)
		expect(t, s, before...)
		put(t, s, subscription("0"))
	})
	require.NoError(t, s.Remove(context.Background(), "0"))
	put(t, s, subscription("more"))
}

func testRemove(t *testing.T, p Place) {
	s := p.Must(t)
	put(t, s, subscription("a"), subscription("b"))
	require.NoError(t, s.Remove(context.Background(), "a"))
	require.NoError(t, s.Remove(context.Background(), "a"), "again")
	s = p.Everywhere(t, s, func(s ports.SubscriptionStore) {
		expect(t, s, subscription("b"))
	})
	put(t, s, subscription("a"))
	expect(t, p.Reopen(t, s), subscription("a"), subscription("b"))
}

func testCancelled(t *testing.T, p Place) {
	s := p.Must(t)
	put(t, s, subscription("a"))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.ErrorIs(t, s.Put(ctx, subscription("b")), context.Canceled)
	require.ErrorIs(t, s.Remove(ctx, "a"), context.Canceled)
	_, err := s.List(ctx)
	require.ErrorIs(t, err, context.Canceled)
	p.Everywhere(t, s, func(s ports.SubscriptionStore) {
		expect(t, s, subscription("a"))
	})
}

func testSlices(t *testing.T, p Place) {
	s := p.Must(t)
	spoil := func(one ports.Subscription) {
		one.Types[0], one.Stores[0] = "spoilt", "spoilt"
		clear(one.Secrets[0].Key)
		one.Secrets[1] = ports.Secret{}
	}
	given := subscription("a")
	put(t, s, given)
	spoil(given)
	expect(t, s, subscription("a"))
	got, err := s.List(context.Background())
	require.NoError(t, err)
	spoil(got[0])
	expect(t, s, subscription("a"))
	expect(t, p.Reopen(t, s), subscription("a"))
}

func testConcurrent(t *testing.T, p Place) {
	s := p.Must(t)
	var done sync.WaitGroup
	for i := range 6 {
		done.Go(func() {
			for n := range 10 {
				keepOne(t, s, fmt.Sprint(i), n)
			}
		})
	}
	done.Wait()
	expect(t, s)
	expect(t, p.Reopen(t, s))
}

// keepOne puts a subscription, lists all and removes every third.
func keepOne(t *testing.T, s ports.SubscriptionStore, id string, n int) {
	one := subscription(id)
	one.After = event.Position(n)
	if err := s.Put(context.Background(), one); err != nil {
		t.Errorf("put %s: %v", id, err)
	}
	if _, err := s.List(context.Background()); err != nil {
		t.Errorf("list: %v", err)
	}
	if n%3 == 0 {
		if err := s.Remove(context.Background(), id); err != nil {
			t.Errorf("remove %s: %v", id, err)
		}
	}
}
