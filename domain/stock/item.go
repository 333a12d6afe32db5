package stock

import "time"

// Item is one SKU in one store as its history left it. The zero Item with a
// Key is an item that does not exist yet: nothing is there, version 0.
type Item struct {
	Key
	Levels
	UpdatedAt time.Time `json:"updatedAt"` // when the last event happened
	// holds are the promises behind Reserved: its units are their sum. Only what
	// is folded from the item's first event knows them; an item that is read
	// from one event or from JSON has its numbers alone.
	holds *holds
}
