package bootstrap

import (
	"github.com/onhand/onhand/adapters/bulkhead"
	"github.com/onhand/onhand/adapters/httpapi"
	"github.com/onhand/onhand/ports"
)

// maxControl is how many control requests (to projections, and changes of webhooks) may be
// under way, and how many may wait: operators make few, and each may wait for a receiver that
// hangs.
const maxControl = 16

// fewReaders are the projections besides webhooks, and scrapes of their lag.
const fewReaders = 64

// bulkheads are all bulkheads of the service, in the order in which they are shown.
type bulkheads struct {
	all []interface{ Status() ports.BulkheadStatus }

	// api admits writes, apiReads reads of one thing, and apiLists requests that visit many.
	api, apiReads, apiLists ports.Bulkhead

	waits, pages, control, tests, reads ports.Bulkhead

	sync ports.Bulkhead // before projections that read the log

	deliveries *bulkhead.Shares // to webhooks: each has one permit of its own
}

// newBulkheads makes all of them.
func newBulkheads(c Config) *bulkheads {
	b := &bulkheads{}
	queue := c.LoadShedQueueMax
	b.api = b.add(bulkhead.Options{Name: "api", Permits: c.ConcurrencyAPI, Queue: queue, Reserved: keptShare(queue)})
	b.apiReads = b.add(bulkhead.Options{Name: "api-reads", Permits: c.ConcurrencyReads, Queue: queue})
	b.apiLists = b.add(bulkhead.Options{Name: "api-lists", Permits: c.ConcurrencyLists, Queue: queue})
	b.waits = b.add(bulkhead.Options{Name: "api-waits", Permits: c.FeedMaxConnections})
	b.pages = b.add(bulkhead.Options{
		Name: "feed-pages", Permits: c.ConcurrencyAPI,
		Queue: queue + c.FeedMaxConnections, Reserved: c.FeedMaxConnections,
	})
	b.control = b.add(bulkhead.Options{Name: "api-control", Permits: maxControl, Queue: maxControl})
	b.tests = b.add(bulkhead.Options{Name: "webhook-tests", Permits: c.ConcurrencySync, Queue: c.ConcurrencySync})
	b.sync = b.add(bulkhead.Options{
		Name: "sync", Permits: c.ConcurrencySync, Queue: c.MaxWebhooks + c.ConcurrencyReads + fewReaders,
	})
	b.deliveries = bulkhead.NewShares(bulkhead.SharesOptions{
		Name: "webhooks", Shares: c.MaxWebhooks, Common: c.WebhookParallel, Most: 1 + c.WebhookParallel/2,
	})
	b.all = append(b.all, b.deliveries)
	b.reads = b.add(bulkhead.Options{Name: "filesystem-reads", Permits: c.ConcurrencyFS, Queue: c.LoadShedQueueMax})
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

// status returns the status of each bulkhead.
func (b *bulkheads) status() []ports.BulkheadStatus {
	list := make([]ports.BulkheadStatus, len(b.all))
	for i, one := range b.all {
		list[i] = one.Status()
	}
	return list
}

// overload says how the API refuses more than the service can do.
func overload(c Config, b *bulkheads, circuits *breakers) httpapi.Overload {
	return httpapi.Overload{
		Work: b.api, Reads: b.apiReads, Lists: b.apiLists,
		Waits: b.waits, Pages: b.pages, Control: b.control, Tests: b.tests, Bulkheads: b.status,
		BodyBytes: int64(c.BodiesMaxMB) << 20,
		Breaker:   circuits.api, Breakers: circuits.Status,
	}
}
