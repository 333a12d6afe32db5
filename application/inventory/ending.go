package inventory

import (
	"strings"

	"github.com/onhand/onhand/domain/event"
)

// Closing is a closed entry that the query index does not have durably yet.
type Closing[A any] struct {
	Entry *A
	At    event.Position // of the commit that closed or changed it, or of a later one
}

// ending is the closed entries in memory, by id. It is not safe for concurrent use.
type ending[A any] struct {
	entries map[string]Closing[A]
	ids     sorted[string]
}

func newEnding[A any]() ending[A] {
	return ending[A]{entries: map[string]Closing[A]{}, ids: sorted[string]{compare: strings.Compare}}
}

func (e *ending[A]) add(id string, c Closing[A]) {
	e.entries[id] = c
	e.ids.insert(id)
}

func (e *ending[A]) remove(id string) {
	if _, found := e.entries[id]; found {
		delete(e.entries, id)
		e.ids.remove(id)
	}
}

// upTo returns the entries of commits up to a position.
func (e *ending[A]) upTo(p event.Position) []Closing[A] {
	var list []Closing[A]
	for _, c := range e.entries {
		if c.At <= p {
			list = append(list, c)
		}
	}
	return list
}
