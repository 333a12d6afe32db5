package stock

import "time"

// Item is one SKU in one store as its history left it. The zero Item with a
// Key is an item that does not exist yet: nothing is there, version 0.
type Item struct {
	Key
	Levels
	UpdatedAt time.Time `json:"updatedAt"` // when the last event happened
	// holds are the promises that Reserved counts: it is the sum of their units. Only an
	// item that is folded from its first event knows them; one that is read from a
	// single event or from JSON has its numbers alone.
	holds *holds
}
