package feed_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/application/feed"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

// fixture is a log with a Tail.
type fixture struct {
	log      *memory.EventStore
	tail     *feed.Tail
	versions map[event.StreamID]event.Version
	// unpublished are commits in the log that the writer has not handed over yet.
	unpublished []ports.Recorded
}

// publish hands over one of the commits that wait for it.
func (f *fixture) publish(at int) {
	f.tail.Publish(f.unpublished[at])
	f.unpublished = slices.Delete(f.unpublished, at, at+1)
}

// encodeID stands for the wire form.
func encodeID(dst []byte, e *ports.StreamEvent) []byte {
	return fmt.Appendf(dst, `"%d.%d"`, e.Position, e.Index)
}

func newFixture(opts feed.Options) *fixture {
	log := memory.NewEventStore(time.Minute, time.Now)
	if opts.Encode == nil {
		opts.Encode = encodeID
	}
	return &fixture{
		log: log, versions: map[event.StreamID]event.Version{},
		tail: feed.NewTail(log, func() event.Position { return log.Head().Position }, opts),
	}
}

// append adds one commit with an event for each stream and type.
func (f *fixture) append(t require.TestingT, events ...ports.Event) {
	for i := range events {
		e := &events[i]
		f.versions[e.Stream]++
		e.Version, e.Data = f.versions[e.Stream], []byte(`{}`)
	}
	results, err := f.log.Append(context.Background(), []ports.Commit{{Events: events}})
	require.NoError(t, err)
	require.NoError(t, results[0].Err)
	f.unpublished = append(f.unpublished,
		ports.Recorded{Position: results[0].Position, Commit: ports.Commit{Events: events, Time: results[0].Time}})
}

func of(store, sku string, kind event.Type) ports.Event {
	return ports.Event{Stream: stock.Key{Store: store, SKU: sku}.Stream(), Type: kind}
}

var (
	stores = []string{"S1", "S2"}
	skus   = []string{"A", "B", "C"}
	kinds  = []event.Type{"stock.adjusted.v1", "stock.counted.v1"}
)

// drawEvent draws one about an item, or now and then one about none.
func drawEvent(t *rapid.T) ports.Event {
	if rapid.IntRange(0, 5).Draw(t, "about") == 0 {
		return ports.Event{Stream: "reservation/R", Type: "reservation.created.v1"}
	}
	return of(rapid.SampledFrom(stores).Draw(t, "store"), rapid.SampledFrom(skus).Draw(t, "sku"),
		rapid.SampledFrom(kinds).Draw(t, "type"))
}

func drawFilter(t *rapid.T) feed.Filter {
	return feed.Filter{
		Store: rapid.SampledFrom(append(stores, "")).Draw(t, "of store"),
		SKU:   rapid.SampledFrom(append(skus, "")).Draw(t, "of sku"),
		Type:  rapid.SampledFrom(append(kinds, "", "reservation.created.v1")).Draw(t, "of type"),
	}
}

// expected is what a follower must see: naively, from the log.
func (f *fixture) expected(t require.TestingT, filter feed.Filter, after, until event.Position) []string {
	seen := []string{}
	for c, err := range f.log.Commits(context.Background(), after) {
		require.NoError(t, err)
		text := ""
		for i, e := range c.Events {
			key, _ := stock.KeyOf(e.Stream)
			if (filter.Store == "" || filter.Store == key.Store) && (filter.SKU == "" || filter.SKU == key.SKU) &&
				(filter.Type == "" || filter.Type == e.Type) {
				text += fmt.Sprintf(`,"%d.%d"`, c.Position, i)
			}
		}
		if text != "" && c.Position <= until {
			seen = append(seen, fmt.Sprintf(`{"position":%d,"time":"0001-01-01T00:00:00.000000Z","events":[%s]}`, c.Position, text[1:]))
		}
	}
	return seen
}

// reader is a follower with the commits that it has seen.
type reader struct {
	*feed.Follower
	filter feed.Filter
	began  event.Position
	seen   []string
}

// read takes up to most commits.
func (r *reader) read(t require.TestingT, most int) (more bool) {
	before := r.Position()
	more, err := r.Read(context.Background(), func(c *feed.Commit) bool {
		r.seen = append(r.seen, string(c.AppendJSON(nil, r.filter)))
		most--
		return most > 0
	})
	require.NoError(t, err)
	require.GreaterOrEqual(t, r.Position(), before)
	return more
}

// TestEveryFollowerSeesWhatItWantsOnceInOrder interleaves appends with followers
// that come, read a little or much, wait, fall off a tiny ring, and go.
func TestEveryFollowerSeesWhatItWantsOnceInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := newFixture(feed.Options{
			Commits: rapid.IntRange(1, 12).Draw(t, "ring"), Bytes: rapid.SampledFrom([]int{1, 5000, 1 << 20}).Draw(t, "bytes"), Rest: time.Nanosecond,
		})
		f.tail.Start(context.Background())
		defer func() { require.NoError(t, f.tail.Stop(context.Background())) }()
		var readers []*reader
		end := func() event.Position { return f.log.Head().Position }
		t.Repeat(map[string]func(*rapid.T){
			"append": func(t *rapid.T) {
				for range rapid.IntRange(1, 9).Draw(t, "commits") {
					f.append(t, rapid.SliceOfN(rapid.Custom(drawEvent), 1, 4).Draw(t, "events")...)
				}
			},
			"publish": func(t *rapid.T) {
				if len(f.unpublished) > 0 {
					f.publish(rapid.IntRange(0, len(f.unpublished)-1).Draw(t, "which"))
				}
			},
			"follow": func(t *rapid.T) {
				r := &reader{filter: drawFilter(t), began: event.Position(rapid.IntRange(0, int(end())).Draw(t, "after"))}
				r.Follower = f.tail.Follow(r.filter, r.began)
				readers = append(readers, r)
			},
			"read": func(t *rapid.T) {
				if len(readers) > 0 {
					rapid.SampledFrom(readers).Draw(t, "reader").read(t, rapid.IntRange(1, 5).Draw(t, "most"))
				}
			},
			"wait": func(t *rapid.T) {
				if len(readers) > 0 {
					select {
					case <-rapid.SampledFrom(readers).Draw(t, "waits").Ready():
					default:
					}
				}
			},
			"settle": func(t *rapid.T) { require.NoError(t, f.tail.Reach(context.Background(), end())) },
			"leave": func(t *rapid.T) {
				if len(readers) > 0 {
					r := readers[0]
					readers = readers[1:]
					require.Equal(t, f.expected(t, r.filter, r.began, r.Position()), append([]string{}, r.seen...))
					r.Close()
				}
			},
		})
		require.NoError(t, f.tail.Reach(context.Background(), end()))
		for _, r := range readers {
			for r.read(t, 7) {
			}
			require.Equal(t, end(), r.Position())
			require.Equal(t, f.expected(t, r.filter, r.began, end()), append([]string{}, r.seen...))
			r.Close()
		}
	})
}
