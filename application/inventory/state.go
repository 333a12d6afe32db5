package inventory

import (
	"context"
	"iter"
	"strings"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
	"github.com/onhand/onhand/ports"
)

// State is everything that the log leads to, as far as commits are published. Readers
// get whole aggregates and never wait for writers. All methods may be called at the
// same time.
type State struct {
	items        *itemIndex
	reservations *Registry[reservation.Reservation]
	transfers    *Registry[transfer.Transfer]
	visible      visiblePosition
	index        ports.QueryIndex
	closed       chan struct{}
	writes       copyOnWrite
	built        event.Position // of the snapshot that it was built from; it does not change after that
	committed    func(ports.Recorded)
	shared       *shared
}

// NewState makes the state of an empty log. The index has the closed reservations and transfers that
// Evict removes from memory; with nil they all stay there.
func NewState(index ports.QueryIndex) *State {
	s := &State{
		items:  newItemIndex(),
		writes: copyOnWrite{after: never},
		index:  index,
		closed: make(chan struct{}, 1),
	}
	s.shared = &shared{
		index: index, visible: &s.visible, closed: s.closed, clients: accounts{byClient: map[string]*account{}},
	}
	s.reservations, s.transfers = newReservations(s.shared), newTransfers(s.shared)
	return s
}

// OnCommit sets a function that is called with each commit after it became visible, in any
// order of the commits and from several goroutines. It comes before the first publication
// and must not block.
func (s *State) OnCommit(committed func(ports.Recorded)) { s.committed = committed }

// Item returns the item as its written history left it; one that does not exist has
// version 0. It must not be changed.
func (s *State) Item(key stock.Key) *stock.Item {
	if c := s.items.find(key); c != nil {
		return c.Load()
	}
	return &stock.Item{Key: key}
}

// Names returns the SKUs of items that only an older version took.
func (s *State) Names() stock.Names { return s.items.isFormer }

// Items visits a store's items with SKUs after a SKU that begin with prefix, in
// the order of their SKUs, each as it is when its turn comes. Items that are created
// meanwhile are visited if they lie ahead.
func (s *State) Items(store, after, prefix string) iter.Seq[*stock.Item] {
	return func(yield func(*stock.Item) bool) {
		for c := range s.items.walk(store, after, prefix) {
			item := c.Load()
			if !strings.HasPrefix(item.SKU, prefix) {
				return
			}
			if item.Exists() && !yield(item) {
				return
			}
		}
	}
}

// ItemCount returns how many items there are.
func (s *State) ItemCount() int { return s.items.count() }

// StoreCount returns how many stores there are.
func (s *State) StoreCount() int { return s.items.storeCount() }

// StoreSize is a store and how many items it has.
type StoreSize struct {
	Store string `json:"store"`
	Items int    `json:"items"`
}

// Stores returns up to n stores after a name, in the order of their names.
func (s *State) Stores(after string, n int) []StoreSize { return s.items.sizes(after, n) }

// Reservations are all reservations.
func (s *State) Reservations() *Registry[reservation.Reservation] { return s.reservations }

// Transfers are all transfers.
func (s *State) Transfers() *Registry[transfer.Transfer] { return s.transfers }

// Index returns the index of the closed reservations and transfers that are not in memory, nil if
// all are.
func (s *State) Index() ports.QueryIndex { return s.index }

// Closed returns a channel that holds a value if a reservation or transfer was closed since the
// last value.
func (s *State) Closed() <-chan struct{} { return s.closed }

// OpenCount returns how many reservations and transfers are open.
func (s *State) OpenCount() int { return s.reservations.Count() + s.transfers.Count() }

// OpenOf returns how many of the open reservations and transfers a client has opened, as far as
// publications told their client.
func (s *State) OpenOf(client string) int { return s.shared.clients.openOf(client) }

// LiveCount returns how many items, reservations and transfers are in memory: of the closed ones
// those that the query index does not have yet.
func (s *State) LiveCount() int {
	return s.ItemCount() + s.OpenCount() + s.reservations.Ending() + s.transfers.Ending()
}

// Position returns the visible position: every commit up to it is published.
func (s *State) Position() event.Position { return s.visible.position() }

// Highest returns the highest position that is published. It is above Position while a commit
// between the two is durable and not published yet.
func (s *State) Highest() event.Position { return s.visible.highest() }

// WaitFor returns once every commit up to position p is published, or ctx's error if
// ctx ends before that.
func (s *State) WaitFor(ctx context.Context, p event.Position) error {
	if p <= s.visible.position() {
		return nil
	}
	reached, abandon := s.visible.wait(p)
	if reached == nil {
		return nil
	}
	defer abandon()
	select {
	case <-reached:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// BuiltFrom returns the position of the snapshot that the state was built from, 0 if
// it began empty.
func (s *State) BuiltFrom() event.Position { return s.built }

// Grown returns what the commits have added that were published since the state was
// built.
func (s *State) Grown() Growth { return s.visible.grown() }
