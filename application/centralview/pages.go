package centralview

import (
	"context"
	"strconv"
	"sync/atomic"

	"github.com/onhand/onhand/ports"
)

// component names this package in incidents.
const component = "central-view"

// Pages creates views that cache long pages: those of a SKU in many stores, until an event of
// the SKU.
type Pages struct {
	cache    ports.Cache
	report   ports.Reporter
	prefixes atomic.Int64 // given so far
	reported [operations]atomic.Bool
}

// operation is a call of the cache.
type operation int

const (
	getPage operation = iota
	putPage
	invalidatePage
	operations // how many there are
)

// NewPages creates views that share a cache, which no other process may use: the keys say
// nothing about the process. A failure of the cache is reported once, until the same call works
// again; meanwhile each page is made when it is read.
func NewPages(cache ports.Cache, report ports.Reporter) *Pages {
	return &Pages{cache: cache, report: report}
}

// New creates an empty view. It does not share pages with other views.
func (p *Pages) New() *View {
	v := New()
	v.pages = &pageCache{all: p}
	v.pages.renew()
	return v
}

// worked reports whether a call of the cache succeeded, and tells the reporter of the first
// failure.
func (p *Pages) worked(what operation, err error) bool {
	failed := &p.reported[what]
	if err == nil {
		if failed.Load() {
			failed.Store(false)
		}
		return true
	}
	if failed.CompareAndSwap(false, true) {
		p.report(ports.Incident{
			Component: component, Message: "the cache of pages fails: the service builds each page when a client reads it", Err: err, Severe: true,
		})
	}
	return false
}

// pageCache caches the pages of one view. A nil one caches nothing.
type pageCache struct {
	all    *Pages
	prefix atomic.Pointer[string] // of this view's keys
}

// renew gives the view new keys: no page that was cached before is found any more.
func (c *pageCache) renew() {
	prefix := strconv.FormatInt(c.all.prefixes.Add(1), 10) + " "
	c.prefix.Store(&prefix)
}

// get returns the cached page of a SKU, or a ticket for put; that is nil if the cache does not
// work.
func (c *pageCache) get(ctx context.Context, sku string) (members []byte, ticket *ports.CacheTicket, found bool) {
	members, missed, found, err := c.all.cache.Get(ctx, *c.prefix.Load()+sku)
	if ctx.Err() != nil || !c.all.worked(getPage, err) {
		return nil, nil, false
	}
	return members, &missed, found
}

// put caches a page if it is worth that.
func (c *pageCache) put(ctx context.Context, ticket *ports.CacheTicket, members []byte) {
	if ticket == nil || len(members) < worthCaching {
		return
	}
	if err := c.all.cache.Put(ctx, *ticket, members); ctx.Err() == nil {
		c.all.worked(putPage, err)
	}
}

// invalidate removes the page of a SKU. If the cache cannot do that, the view gets new keys.
func (c *pageCache) invalidate(ctx context.Context, sku string) {
	if c == nil {
		return
	}
	err := c.all.cache.Invalidate(ctx, *c.prefix.Load()+sku)
	if err != nil {
		c.renew()
	}
	if ctx.Err() == nil {
		c.all.worked(invalidatePage, err)
	}
}
