package centralview

import (
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// worthCaching is the size from which a page is cached, in bytes: some twelve stores. To make a
// smaller page takes less time than the rest of its request.
const worthCaching = 4 << 10

// Page is the view's answer about one SKU, as JSON.
type Page struct {
	Members  []byte         // "totals":{…},"stores":[…]; must not be changed
	Position event.Position // that this reflects
}

func makePage(found SKU) (page Page, known bool) {
	members := make([]byte, 0, 128+320*len(found.Stores))
	members = found.Totals.AppendJSON(append(members, `"totals":`...))
	members = append(members, `,"stores":[`...)
	for i := range found.Stores {
		if i > 0 {
			members = append(members, ',')
		}
		members = found.Stores[i].AppendJSON(members)
	}
	return Page{Members: append(members, ']'), Position: found.Position}, len(found.Stores) > 0
}

// pageCache caches the pages of one view.
type pageCache struct {
	cache  ports.Cache
	prefix string // of this view's keys
}

// get returns the cached page of a SKU, or a ticket for put.
func (c *pageCache) get(sku string) (members []byte, ticket ports.CacheTicket, ok bool) {
	return c.cache.Get(c.prefix + sku)
}

// put caches a page if it is worth that.
func (c *pageCache) put(ticket ports.CacheTicket, members []byte) {
	if len(members) >= worthCaching {
		c.cache.Put(ticket, members)
	}
}

// invalidate removes the page of a SKU. A nil cache has none.
func (c *pageCache) invalidate(sku string) {
	if c != nil {
		c.cache.Invalidate(c.prefix + sku)
	}
}
