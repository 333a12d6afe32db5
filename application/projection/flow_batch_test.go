package projection_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/application/projection"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// upTo returns the positions from one to another.
func upTo(from, to event.Position) (list []event.Position) {
	for p := from; p <= to; p++ {
		list = append(list, p)
	}
	return list
}

func TestDeliveriesOfSeveralEvents(t *testing.T) {
	inBubble(t, "a full one goes at once, in the order of the log; the others wait no longer than they may", func(o *outside) {
		c := newCourier(o)
		r := o.start(c.to(2, 10, time.Minute))
		for n := range 13 {
			o.adjust("S1", sku(n%3), 1)
		}
		time.Sleep(time.Second)
		require.Equal(o, [][]event.Position{upTo(1, 10)}, c.seen().taken)
		time.Sleep(58 * time.Second)
		require.Len(o, c.seen().taken, 1)
		time.Sleep(2 * time.Second)
		require.Equal(o, [][]event.Position{upTo(1, 10), upTo(11, 13)}, c.seen().taken)
		require.Zero(o, r.Status(ctx).Lag)
		o.stop(r)
	})
	inBubble(t, "an item with more events than single deliveries could carry keeps up", func(o *outside) {
		c := newCourier(o)
		c.takes = 300 * time.Millisecond
		r := o.start(c.to(4, 50, 100*time.Millisecond))
		for range 600 {
			o.adjust("S1", "hot", 1)
			time.Sleep(time.Second / 30)
		}
		time.Sleep(time.Second)
		require.Len(o, c.seen().versions[stream("hot")], 600)
		require.True(o, slices.IsSorted(c.seen().versions[stream("hot")]))
		require.Zero(o, r.Status(ctx).Lag)
		o.stop(r)
	})
	inBubble(t, "if one is refused its events go alone, and only the bad one's stream is blocked", func(o *outside) {
		c := newCourier(o)
		for n := range 30 {
			if id := o.adjust("S1", sku(n%10), 1); n == 4 {
				c.refuses[id] = poison
			}
		}
		r := o.start(c.to(2, 100, 0))
		time.Sleep(500 * time.Millisecond)
		require.Len(o, c.seen().taken, 27, "each of the other streams")
		require.Equal(o, []event.Version(nil), c.seen().versions[stream(sku(4))])
		for range 5 {
			o.adjust("S1", sku(1), 1)
		}
		time.Sleep(time.Millisecond * 100)
		require.Equal(o, upTo(31, 35), c.seen().taken[27], "later ones go together again")
		time.Sleep(time.Hour)
		require.Len(o, o.letterIDs(), 1)
		c.mend()
		require.NoError(o, r.Redrive(ctx, ports.EventID{Position: 5}))
		require.Equal(o, []event.Version{1, 2, 3}, c.seen().versions[stream(sku(4))])
		o.stop(r)
	})
	inBubble(t, "a receiver that is called too often gets the same one again after the time that it names", func(o *outside) {
		c := newCourier(o)
		first := o.adjust("S1", "a", 1)
		o.adjust("S1", "b", 1)
		c.refuses[first] = &ports.DeliveryError{Status: 429, RetryAfter: time.Hour}
		r := o.start(c.to(2, 10, 0))
		time.Sleep(59 * time.Minute)
		require.Equal(o, [][]event.Position{{1, 2}}, c.seen().calls)
		require.Equal(o, projection.Blocked, r.Status(ctx).State)
		c.mend()
		time.Sleep(2 * time.Minute)
		require.Equal(o, [][]event.Position{{1, 2}}, c.seen().taken)
		o.stop(r)
	})
	inBubble(t, "a receiver that is down is called for a few streams only", func(o *outside) {
		c := newCourier(o)
		for n := range 100 {
			c.refuses[o.adjust("S1", sku(n), 1)] = &ports.DeliveryError{Reason: "down", RetryAfter: 10 * time.Second}
		}
		r := o.start(c.to(4, 100, 0), func(_ *projection.Dependencies, opts *projection.Options) { opts.MaxBlocked = 4 })
		time.Sleep(9 * time.Second)
		require.Len(o, c.seen().calls, 1, "it has named a time")
		time.Sleep(10 * time.Second)
		require.LessOrEqual(o, len(c.seen().calls), 1+8)
		require.Equal(o, projection.Blocked, r.Status(ctx).State)
		c.mend()
		time.Sleep(time.Hour)
		require.Len(o, c.seen().versions, 100)
		o.stop(r)
	})
	inBubble(t, "a target that panics gets its events one by one, and only the bad one's stream is blocked", func(o *outside) {
		id := poisoned(o, panics)
		p := &receiver{o: o}
		r := o.start(publishing(p, func(opts *projection.Options) { opts.MaxEvents = 100 }))
		time.Sleep(time.Hour)
		require.Equal(o, []string{letterID(id)}, o.letterIDs())
		o.mend()
		require.NoError(o, r.Redrive(ctx, id))
		require.Zero(o, r.Status(ctx).Lag)
		o.stop(r)
	})
}
