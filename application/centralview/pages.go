package centralview

import (
	"strconv"
	"sync/atomic"

	"github.com/onhand/onhand/ports"
)

// Pages creates views that cache long pages: those of a SKU in many stores, until an event of
// the SKU.
type Pages struct {
	cache ports.Cache
	views atomic.Int64
}

// NewPages creates views that share a cache.
func NewPages(cache ports.Cache) *Pages { return &Pages{cache: cache} }

// New creates an empty view. It does not share pages with other views.
func (p *Pages) New() *View {
	v := New()
	v.pages = &pageCache{cache: p.cache, prefix: strconv.FormatInt(p.views.Add(1), 10) + " "}
	return v
}
