package queryindex

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/onhand/onhand/adapters/internal/orderedkv"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// format is the number of the layout of keys and records.
const format = 2

// state is what an index keeps in memory. It is not changed any more once it is the index's.
type state struct {
	Format   int            `json:"format"`
	Position event.Position `json:"position"`
	Commit   string         `json:"commit"`
	Entries  int64          `json:"entries"`

	// statuses are those that entries of a kind have or had. Each has a key of its own in the store.
	statuses map[ports.EntryKind][]string
}

// readState reads the state from a store, or returns nil if the store is of another format.
func readState(store orderedkv.Store) (*state, error) {
	s := emptyState()
	stored, found, err := store.Get([]byte{markKey})
	if err != nil {
		return nil, err
	}
	if !found {
		for _, err := range store.Scan([]byte{keyBound}, []byte{keyEnd}, false) {
			return nil, err // the store has something and no state
		}
		return s, nil
	}
	if json.Unmarshal(stored, s) != nil || s.Format != format {
		return nil, nil
	}
	for _, kind := range kinds {
		prefix := statusName(kind, "")
		for pair, err := range store.Scan(prefix, after(prefix), false) {
			if err != nil {
				return nil, err
			}
			s.statuses[kind] = append(s.statuses[kind], string(pair.Key[len(prefix):]))
		}
	}
	return s, nil
}

// emptyState returns the state of an index without entries.
func emptyState() *state {
	return &state{Format: format, statuses: map[ports.EntryKind][]string{}}
}

func (s *state) mark() ports.IndexMark {
	return ports.IndexMark{Position: s.Position, Commit: s.Commit}
}

// moved returns a state with another mark, which may be changed.
func (s *state) moved(to ports.IndexMark) *state {
	return &state{
		Format: format, Position: to.Position, Commit: to.Commit, Entries: s.Entries, statuses: maps.Clone(s.statuses),
	}
}

// know adds a status to those of a kind.
func (s *state) know(b *orderedkv.Batch, kind ports.EntryKind, status string) {
	if known := s.statuses[kind]; !slices.Contains(known, status) {
		s.statuses[kind] = append(slices.Clone(known), status)
		b.Put(statusName(kind, status), nil)
	}
}

// put adds the state to a batch.
func (s *state) put(b *orderedkv.Batch) error {
	encoded, err := json.Marshal(s)
	b.Put([]byte{markKey}, encoded)
	return err
}
