package bootstrap

import (
	"github.com/onhand/onhand/adapters/bulkhead"
	"github.com/onhand/onhand/adapters/httpapi"
	"github.com/onhand/onhand/ports"
)

// maxOrders is how many orders to projections and changes of webhooks may be under way,
// and wait: operators make few, and each may wait for a receiver that hangs.
const maxOrders = 16

// bulkheads are those of the program, in the order in which they are shown.
type bulkheads struct {
	all []ports.Bulkhead

	api, waits, pages, orders, tests, sync, reads ports.Bulkhead
}

// newBulkheads makes all of them.
func newBulkheads(c Config) *bulkheads {
	b := &bulkheads{}
	b.api = b.add(bulkhead.Options{Name: "api", Places: c.ConcurrencyAPI, Room: c.LoadShedQueueMax, Kept: keptShare(c.LoadShedQueueMax)})
	b.waits = b.add(bulkhead.Options{Name: "api-waits", Places: c.FeedMaxConnections})
	b.pages = b.add(bulkhead.Options{
		Name: "feed-pages", Places: c.ConcurrencyAPI, Room: c.LoadShedQueueMax + c.FeedMaxConnections, Kept: c.FeedMaxConnections,
	})
	b.orders = b.add(bulkhead.Options{Name: "api-orders", Places: maxOrders, Room: maxOrders})
	b.tests = b.add(bulkhead.Options{Name: "webhook-tests", Places: c.ConcurrencySync, Room: c.ConcurrencySync})
	// Each webhook has so many deliveries waiting at most, so nobody is turned away.
	b.sync = b.add(bulkhead.Options{Name: "sync", Places: c.ConcurrencySync, Room: c.MaxWebhooks * c.ConcurrencySync})
	b.reads = b.add(bulkhead.Options{Name: "filesystem-reads", Places: c.ConcurrencyFS, Room: c.LoadShedQueueMax})
	return b
}

// keptShare is how much of a waiting room is for the urgent alone: a tenth, and one
// place of a small room that has two.
func keptShare(room int) int {
	if room < 2 {
		return 0
	}
	return max(1, room/10)
}

// add makes a bulkhead that is shown with the others.
func (b *bulkheads) add(o bulkhead.Options) ports.Bulkhead {
	made := bulkhead.New(o)
	b.all = append(b.all, made)
	return made
}

// status tells how all of them stand.
func (b *bulkheads) status() []ports.BulkheadStatus {
	list := make([]ports.BulkheadStatus, len(b.all))
	for i, one := range b.all {
		list[i] = one.Status()
	}
	return list
}

// overload is how the API keeps too much out.
func overload(c Config, b *bulkheads, circuits *breakers) httpapi.Overload {
	return httpapi.Overload{
		Work: b.api, Waits: b.waits, Pages: b.pages, Control: b.orders, Tests: b.tests, Bulkheads: b.status,
		BodyBytes: int64(c.BodiesMaxMB) << 20,
		Breaker:   circuits.api, Breakers: circuits.Status,
	}
}
