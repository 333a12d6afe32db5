package ledger

import (
	"sync"

	"github.com/onhand/onhand/application/inventory"
	"github.com/onhand/onhand/ports"
)

// growth is what a transaction adds to the tables in memory once it is published.
type growth struct {
	live int // items, reservations and transfers
	open int // reservations and transfers that are open
}

// growth returns what a transaction adds. A command on what exists already adds nothing,
// unless it opens a closed reservation or transfer again.
func (s *slots) growth() growth {
	var g growth
	for i := range s.items {
		if s.items[i].changed && s.items[i].absent {
			g.live++
		}
	}
	return g.plus(growthOf(s.reservations)).plus(growthOf(s.transfers))
}

func growthOf[A interface{ Open() bool }](slots []slot[A]) growth {
	var g growth
	for i := range slots {
		s := &slots[i]
		if !s.changed {
			continue
		}
		opens := !s.open && (*s.value).Open()
		if opens {
			g.open++
		}
		if opens || s.absent {
			g.live++
		}
	}
	return g
}

func (g growth) plus(more growth) growth {
	return growth{live: g.live + more.live, open: g.open + more.open}
}

// tableLimits bound what the ledger keeps in memory, counted what commits under way add. What
// is published counts twice for a moment, never not at all, so no limit is exceeded.
type tableLimits struct {
	state  *inventory.State
	limits growth

	mu       sync.Mutex
	underWay growth
}

// check refuses a transaction that adds too much.
func (t *tableLimits) check(adds growth) error {
	if adds == (growth{}) {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.exceeded(adds)
}

// exceeded returns the error of the limit that a transaction would exceed. The lock is held.
func (t *tableLimits) exceeded(adds growth) error {
	after := t.underWay.plus(adds) // before the look at the state, to which commits under way move
	if adds.open > 0 && t.state.OpenCount()+after.open > t.limits.open {
		return &ports.LimitError{Table: ports.OpenTable, Limit: t.limits.open}
	}
	if adds.live > 0 && t.state.LiveCount()+after.live > t.limits.live {
		return &ports.LimitError{Table: ports.LiveTable, Limit: t.limits.live}
	}
	return nil
}

// reserve makes room for a commit until release, or refuses it as check does.
func (t *tableLimits) reserve(adds growth) error {
	if adds == (growth{}) {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.exceeded(adds); err != nil {
		return err
	}
	t.underWay = t.underWay.plus(adds)
	return nil
}

// release ends the reservation of a commit that is published, or was not written.
func (t *tableLimits) release(adds growth) {
	if adds == (growth{}) {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.underWay = t.underWay.plus(growth{live: -adds.live, open: -adds.open})
}

// tables returns how full the tables are, as readers see them.
func (t *tableLimits) tables() []ports.Table {
	return []ports.Table{
		{Name: ports.LiveTable, Entries: t.state.LiveCount(), Limit: t.limits.live},
		{Name: ports.OpenTable, Entries: t.state.OpenCount(), Limit: t.limits.open},
	}
}
