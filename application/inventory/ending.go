package inventory

import "github.com/onhand/onhand/domain/event"

// Closing is a closed entry that the query index does not have durably yet.
type Closing[A any] struct {
	Entry *A
	At    event.Position // of the commit that closed or changed it, or of a later one
	Since event.Position // of that commit, or of an earlier one
}

// ending is the closed entries in memory, by id. It is not safe for concurrent use.
type ending[A any] map[string]Closing[A]

// upTo returns the entries of commits up to a position.
func (e ending[A]) upTo(p event.Position) []Closing[A] {
	var list []Closing[A]
	for _, c := range e {
		if c.At <= p {
			list = append(list, c)
		}
	}
	return list
}
