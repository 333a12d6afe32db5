package centralview

import (
	"strconv"
	"sync/atomic"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// worthKeeping is how many bytes a page must have to be kept: some twelve stores. To
// make a smaller one again takes less time than the rest of its request.
const worthKeeping = 4 << 10

// Page is what the view says about one SKU, as JSON.
type Page struct {
	Members  []byte         // "totals":{…},"stores":[…]; nobody may change them
	Position event.Position // that this reflects
}

// Pages makes views that keep pages which are costly to make: those of a SKU in many
// stores, until an event of the SKU is taken.
type Pages struct {
	cache ports.Cache
	made  atomic.Int64
}

// NewPages makes views that share a cache.
func NewPages(cache ports.Cache) *Pages { return &Pages{cache: cache} }

// New makes an empty view. It finds nothing that another has kept.
func (p *Pages) New() *View {
	v := New()
	v.kept, v.prefix = p.cache, strconv.FormatInt(p.made.Add(1), 10)+" "
	return v
}

// Page looks a SKU up; false if no store knows it.
func (v *View) Page(sku string) (Page, bool) {
	if v.kept == nil {
		return v.makePage(sku)
	}
	// The position is taken before the look: what an event up to it has made
	// untrue was forgotten before the view came to it.
	position := v.Position()
	members, ticket, ok := v.kept.Get(v.prefix + sku)
	if ok {
		return Page{Members: members, Position: position}, true
	}
	page, known := v.makePage(sku)
	if len(page.Members) >= worthKeeping {
		v.kept.Put(ticket, page.Members)
	}
	return page, known
}

func (v *View) makePage(sku string) (Page, bool) {
	found := v.Get(sku)
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

// forget drops a SKU's page, since an event of it is being taken. The lock is held, so
// that who makes the page anew sees the event.
func (v *View) forget(sku string) {
	if v.kept != nil {
		v.kept.Invalidate(v.prefix + sku)
	}
}
