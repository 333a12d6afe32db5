package subscription

import (
	"cmp"
	"errors"
	"slices"
	"sync"
)

// ErrNotFound means that no subscription has the ID.
var ErrNotFound = errors.New("there is no such webhook")

// receivers are all subscriptions in use, by ID.
type receivers struct {
	mu   sync.RWMutex
	byID map[string]*receiver
}

func (r *receivers) add(one *receiver) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.byID[one.current().ID] = one
}

func (r *receivers) remove(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.byID, id)
}

func (r *receivers) find(id string) (*receiver, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if one, found := r.byID[id]; found {
		return one, nil
	}
	return nil, ErrNotFound
}

func (r *receivers) count() int {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return len(r.byID)
}

// webhooks returns the webhooks in the order of their IDs.
func (r *receivers) webhooks() []Webhook {
	r.mu.RLock()
	defer r.mu.RUnlock()
	list := make([]Webhook, 0, len(r.byID))
	for _, one := range r.byID {
		list = append(list, one.webhook())
	}
	slices.SortFunc(list, func(a, b Webhook) int { return cmp.Compare(a.ID, b.ID) })
	return list
}
