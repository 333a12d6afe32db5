package centralview_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/onhand/onhand/adapters/ottercache"
	"github.com/onhand/onhand/application/centralview"
	"github.com/onhand/onhand/ports"
)

func caching(t require.TestingT) (*centralview.Pages, *ottercache.Cache) {
	cache, err := ottercache.New(ottercache.Options{Name: "pages", MaxBytes: 16 << 20, TTL: time.Hour})
	require.NoError(t, err)
	return centralview.NewPages(cache, func(i ports.Incident) { t.Errorf("%s: %v", i.Message, i.Err) }), cache
}

func status(t *testing.T, cache ports.Cache) ports.CacheStatus {
	s, err := cache.Status(ctx)
	require.NoError(t, err)
	return s
}

// page is a SKU's page as text.
func page(v *centralview.View, sku string) string {
	p, known := v.Page(ctx, sku)
	return fmt.Sprint(known, p.Position, string(p.Members))
}

func TestACachedPageIsThePageOfNow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pages, cache := caching(t)
		defer cache.Close()
		h, plain, cached := newHistory(), centralview.New(), pages.New()
		stores := rapid.IntRange(1, 40).Draw(t, "stores") // below and above the size of a cached page
		for range rapid.IntRange(1, 80).Draw(t, "events") {
			sku := rapid.SampledFrom([]string{"a", "aa"}).Draw(t, "sku")
			events := h.adjust(t, fmt.Sprint("S", rapid.IntRange(1, stores).Draw(t, "store")), sku, 1)
			take(t, plain, events)
			take(t, cached, events)
			if rapid.IntRange(0, 19).Draw(t, "restored") == 0 {
				old := cached
				cached = readInto(t, pages.New(), plain)
				take(t, old, newHistory().adjust(t, "elsewhere", "aa", 5)) // its pages are not those of the new view
				_ = page(old, "aa")
			}
			for _, sku := range []string{"a", "aa", "unknown"} {
				require.Equal(t, page(plain, sku), page(cached, sku))
			}
		}
	})
}

// readInto restores the snapshot of a view into an empty one.
func readInto(t require.TestingT, empty, from *centralview.View) *centralview.View {
	require.NoError(t, empty.Restore(copied(from.Snapshot())))
	return empty
}

func TestOnlyPagesOfManyStoresAreCached(t *testing.T) {
	pages, cache := caching(t)
	defer cache.Close()
	h, v := newHistory(), pages.New()
	for n := range 100 {
		take(t, v, h.adjust(t, fmt.Sprint("S", n), "wide", 1))
	}
	take(t, v, h.adjust(t, "S1", "narrow", 1))
	first, _ := v.Page(ctx, "wide")
	second, _ := v.Page(ctx, "wide")
	require.Same(t, &first.Members[0], &second.Members[0], "the same bytes")
	for range 2 {
		_, known := v.Page(ctx, "narrow")
		require.True(t, known)
	}
	require.Equal(t, 1, status(t, cache).Entries)

	take(t, v, h.adjust(t, "S1", "narrow", 1))
	third, _ := v.Page(ctx, "wide")
	require.Same(t, &first.Members[0], &third.Members[0], "an event of another SKU")
	require.Greater(t, third.Position, first.Position)
	take(t, v, h.adjust(t, "S1", "wide", 1))
	fourth, _ := v.Page(ctx, "wide")
	require.NotEqual(t, string(first.Members), string(fourth.Members))
}

// TestReadersOfAPageNeverSeeLessThanItsPosition races readers with the runner: each event adds a
// unit to one SKU and moves the position by one, so a page never has fewer units than its
// position.
func TestReadersOfAPageNeverSeeLessThanItsPosition(t *testing.T) {
	pages, cache := caching(t)
	defer cache.Close()
	h, v := newHistory(), pages.New()
	var all [][]ports.StreamEvent
	for n := range 3000 {
		all = append(all, h.adjust(t, fmt.Sprint("S", n%50), "wide", 1))
	}
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for {
				p, known := v.Page(ctx, "wide")
				var units int64
				if known {
					if _, err := fmt.Sscanf(string(p.Members), `"totals":{"onHand":%d`, &units); err != nil {
						t.Error(err)
					}
				}
				if units < int64(p.Position) {
					t.Errorf("%d units at position %d", units, p.Position)
					return
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	for _, events := range all {
		take(t, v, events)
	}
	close(done)
	readers.Wait()
	for range 2 { // the readers may have had no turn between two events
		_, known := v.Page(ctx, "wide")
		require.True(t, known)
	}
	require.Positive(t, status(t, cache).Hits)
}

// unsound is a cache whose calls fail while they are told to.
type unsound struct {
	ports.Cache
	get, put, invalidate error
}

func (u *unsound) Get(ctx context.Context, key string) ([]byte, ports.CacheTicket, bool, error) {
	if u.get != nil {
		return nil, ports.CacheTicket{}, false, u.get
	}
	return u.Cache.Get(ctx, key)
}

func (u *unsound) Put(ctx context.Context, ticket ports.CacheTicket, value []byte) error {
	if u.put != nil {
		return u.put
	}
	return u.Cache.Put(ctx, ticket, value)
}

func (u *unsound) Invalidate(ctx context.Context, key string) error {
	if u.invalidate != nil {
		return u.invalidate
	}
	return u.Cache.Invalidate(ctx, key)
}

// TestACacheThatFailsCostsTimeOnly lets calls of the cache fail while events come, and requires
// that each page is the one of now all the same.
func TestACacheThatFailsCostsTimeOnly(t *testing.T) {
	down := fmt.Errorf("%w: the cache is down", ports.ErrUnavailable)
	for name, fail := range map[string]func(*unsound, error){
		"get":        func(u *unsound, err error) { u.get = err },
		"put":        func(u *unsound, err error) { u.put = err },
		"invalidate": func(u *unsound, err error) { u.invalidate = err },
	} {
		t.Run(name, func(t *testing.T) {
			_, cache := caching(t)
			defer cache.Close()
			flaky := &unsound{Cache: cache}
			var incidents []ports.Incident
			pages := centralview.NewPages(flaky, func(i ports.Incident) { incidents = append(incidents, i) })
			h, plain, cached := newHistory(), centralview.New(), pages.New()
			for n := range 240 {
				fail(flaky, nil)
				if n/40%2 == 1 {
					fail(flaky, down)
				}
				events := h.adjust(t, fmt.Sprint("S", n%30), "wide", 1)
				take(t, plain, events)
				take(t, cached, events)
				require.Equal(t, page(plain, "wide"), page(cached, "wide"))
				require.Equal(t, page(plain, "wide"), page(cached, "wide"), "again")
			}
			require.Len(t, incidents, 3, "each failure is reported once")
			require.ErrorIs(t, incidents[0].Err, down)
			require.Positive(t, status(t, cache).Hits)
		})
	}
}

func TestACallerThatLeavesIsNoFaultOfTheCache(t *testing.T) {
	pages, cache := caching(t)
	defer cache.Close()
	h, v := newHistory(), pages.New()
	for n := range 100 {
		take(t, v, h.adjust(t, fmt.Sprint("S", n), "wide", 1))
	}
	want := page(v, "wide")
	left, leave := context.WithCancel(ctx)
	leave()
	p, known := v.Page(left, "wide")
	require.Equal(t, want, fmt.Sprint(known, p.Position, string(p.Members)))
	n, err := v.Handle(left, h.adjust(t, "S1", "wide", 1), v.Position()+1)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.NotEqual(t, want, page(v, "wide"))
}

func BenchmarkPage(b *testing.B) {
	for _, stores := range []int{1, 10, 100, 1000} {
		for name, make := range map[string]func() *centralview.View{
			"uncached": centralview.New,
			"cached":   func() *centralview.View { pages, _ := caching(b); return pages.New() },
		} {
			b.Run(fmt.Sprintf("stores=%d/%s", stores, name), func(b *testing.B) {
				h, v := newHistory(), make()
				for n := range stores {
					take(b, v, h.adjust(b, fmt.Sprint("S", n), "sku", 1000))
				}
				b.ReportAllocs()
				for b.Loop() {
					_, _ = v.Page(ctx, "sku")
				}
			})
		}
	}
}
