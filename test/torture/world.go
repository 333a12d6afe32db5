package torture

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
)

// world is what the clients of a round share: names, and what they were told lately.
type world struct {
	plan  Plan
	name  string
	items []Item
	bank  []string    // SKUs of which there is always the same number in all stores
	quiet atomic.Bool // all faults are over

	mu        sync.Mutex
	carts     []cart
	transfers []string
	versions  map[Item]int64
	top       int64 // the latest position that was acknowledged
}

// The size of a round's world. Names are new in every round.
const (
	itemsOfRound = 6
	skusOfBank   = 3
	atBank       = 1000 // units of each SKU
)

var bankStores = []string{"B1", "B2", "B3"}

func newWorld(plan Plan, name string) *world {
	w := &world{plan: plan, name: name, versions: map[Item]int64{}}
	for i := range itemsOfRound {
		w.items = append(w.items, Item{Store: "S1", SKU: fmt.Sprintf("%s-%d", name, i)})
	}
	for i := range skusOfBank {
		w.bank = append(w.bank, fmt.Sprintf("%s-bank-%d", name, i))
	}
	return w
}

func (w *world) item(rng *rand.Rand) Item { return w.items[rng.IntN(len(w.items))] }

// cart is one that was made lately; false if there is none.
func (w *world) cart(rng *rand.Rand) (cart, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.carts) == 0 {
		return cart{}, false
	}
	return w.carts[len(w.carts)-1-rng.IntN(min(len(w.carts), 12))], true
}

func (w *world) addCart(c cart) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.carts = append(w.carts, c)
}

func (w *world) transfer(rng *rand.Rand) (string, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.transfers) == 0 {
		return "", false
	}
	return w.transfers[len(w.transfers)-1-rng.IntN(min(len(w.transfers), 6))], true
}

func (w *world) addTransfer(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.transfers = append(w.transfers, id)
}

func (w *world) version(item Item) int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.versions[item]
}

func (w *world) saw(item Item, version int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.versions[item] = max(w.versions[item], version)
}

// acknowledged notes a position that exists from now on.
func (w *world) acknowledged(position int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.top = max(w.top, position)
}

// reached is the latest position that every client must be able to see.
func (w *world) reached() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.top
}
