package subscription

import (
	"slices"
	"strings"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

// typePrefix begins the types of events in the API.
const typePrefix = "onhand."

// wants returns the filter of a subscription.
func wants(s ports.Subscription) func(*ports.StreamEvent) bool {
	var types []event.Type
	for _, name := range s.Types {
		types = append(types, event.Type(strings.TrimPrefix(name, typePrefix)))
	}
	return func(e *ports.StreamEvent) bool {
		if len(types) > 0 && !slices.Contains(types, e.Type) {
			return false
		}
		if len(s.Stores) == 0 {
			return true
		}
		key, ofItem := stock.KeyOf(e.Stream)
		return ofItem && slices.Contains(s.Stores, key.Store)
	}
}
