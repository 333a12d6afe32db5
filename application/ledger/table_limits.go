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
	state     *inventory.State
	limits    growth
	perClient int // open reservations and transfers of one client

	mu       sync.Mutex
	underWay growth
	opening  map[string]int // open ones of commits under way, by client
}

// check refuses a transaction of a client that adds too much.
func (t *tableLimits) check(adds growth, client string) error {
	if adds == (growth{}) {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.exceeded(adds, client)
}

// exceeded returns the error of the limit that a transaction would exceed. The lock is held.
func (t *tableLimits) exceeded(adds growth, client string) error {
	after := t.underWay.plus(adds) // before the look at the state, to which commits under way move
	if opening := t.opening[client] + adds.open; adds.open > 0 && client != "" &&
		t.state.OpenOf(client)+opening > t.perClient {
		return &ports.LimitError{Table: ports.ClientTable, Limit: t.perClient}
	}
	if adds.open > 0 && t.state.OpenCount()+after.open > t.limits.open {
		return &ports.LimitError{Table: ports.OpenTable, Limit: t.limits.open}
	}
	if adds.live > 0 && t.state.LiveCount()+after.live > t.limits.live {
		return &ports.LimitError{Table: ports.LiveTable, Limit: t.limits.live}
	}
	return nil
}

// reserve makes room for a commit until release, or refuses it as check does.
func (t *tableLimits) reserve(adds growth, client string) error {
	if adds == (growth{}) {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.exceeded(adds, client); err != nil {
		return err
	}
	t.underWay = t.underWay.plus(adds)
	t.openMore(client, adds.open)
	return nil
}

// release ends the reservation of a commit that is published, or was not written.
func (t *tableLimits) release(adds growth, client string) {
	if adds == (growth{}) {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.underWay = t.underWay.plus(growth{live: -adds.live, open: -adds.open})
	t.openMore(client, -adds.open)
}

// openMore counts what commits of a client under way open. The lock is held.
func (t *tableLimits) openMore(client string, n int) {
	if client == "" || n == 0 {
		return
	}
	if t.opening[client] += n; t.opening[client] == 0 {
		delete(t.opening, client)
	}
}

// tables returns how full the tables are, as readers see them.
func (t *tableLimits) tables() []ports.Table {
	return []ports.Table{
		{Name: ports.LiveTable, Entries: t.state.LiveCount(), Limit: t.limits.live},
		{Name: ports.OpenTable, Entries: t.state.OpenCount(), Limit: t.limits.open},
	}
}
