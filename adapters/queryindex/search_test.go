package queryindex_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/internal/orderedkv"
	"github.com/onhand/onhand/ports"
)

func TestAListReadsFewRecordsThatDoNotFit(t *testing.T) {
	// Given many entries of one SKU, one in ten of which is of store 7
	const many = 1000
	store := &faulty{Store: orderedkv.NewMemory()}
	x := opened(t, store)
	entries := make([]ports.ClosedEntry, many)
	for i := range entries {
		entries[i] = entry(fmt.Sprint(i), "released", int64(i))
		entries[i].Terms = []ports.SearchTerm{
			{Field: ports.SKUTerm, Value: "a"},
			{Field: ports.StoreTerm, Value: fmt.Sprint(i % 10)},
			{Field: ports.OwnerTerm, Value: fmt.Sprint(i)},
			{Field: ports.ReferenceTerm, Value: fmt.Sprint(i)},
		}
	}
	require.NoError(t, x.Put(t.Context(), entries, ports.IndexMark{}))
	for name, q := range map[string]ports.ClosedQuery{
		"by store":   {Terms: []ports.SearchTerm{{Field: ports.SKUTerm, Value: "a"}, {Field: ports.StoreTerm, Value: "7"}}},
		"by created": {Created: ports.TimeRange{Since: time.UnixMicro(300), Until: time.UnixMicro(400)}},
		"by updated": {Updated: ports.TimeRange{Since: time.UnixMicro(300), Until: time.UnixMicro(400)}},
	} {
		for _, q.Sort = range []ports.EntrySort{ports.ByID, ports.ByCreated, ports.ByUpdated} {
			// When the entries of a filter are listed that the order does not serve
			store.gets = 0
			q.Kind, q.Limit, q.Examine = ports.ReservationEntry, many, many
			page, err := x.List(t.Context(), q)
			// Then most records that do not fit are not read
			require.NoError(t, err)
			require.Len(t, page.Entries, many/10, name)
			require.Less(t, store.gets, many/10+many/20, "%s, in the order of %s", name, q.Sort)
		}
	}
}

func TestAListTellsEntriesApartThatLookAlike(t *testing.T) {
	x := opened(t, orderedkv.NewMemory())
	e := entry("a", "released", 1) // of so many stores that its signature has all bits
	e.Terms = []ports.SearchTerm{{Field: ports.SKUTerm, Value: "a"}}
	for i := range 500 {
		e.Terms = append(e.Terms, ports.SearchTerm{Field: ports.StoreTerm, Value: fmt.Sprint(i)})
	}
	require.NoError(t, x.Put(t.Context(), []ports.ClosedEntry{e}, ports.IndexMark{}))
	q := all
	q.Terms = []ports.SearchTerm{e.Terms[0], {Field: ports.StoreTerm, Value: "another"}}
	page, err := x.List(t.Context(), q)
	require.NoError(t, err)
	require.Empty(t, page.Entries)
	require.Equal(t, ports.EntryPlace{ID: "a"}, page.End)
}
