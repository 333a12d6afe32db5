package queryindextest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/ports"
)

var (
	aStore = term(ports.StoreTerm, "berlin")
	bStore = term(ports.StoreTerm, "bern")
	sku    = term(ports.SKUTerm, "x")
	owner  = term(ports.OwnerTerm, "o")
	order  = term(ports.ReferenceTerm, "o")
	item   = term(ports.ItemTerm, "berlin\x00x")
	from   = term(ports.FromTerm, "berlin")
	to     = term(ports.ToTerm, "bern")
)

// filterCases are queries of the entries that testFilters puts.
var filterCases = []struct {
	name string
	q    ports.ClosedQuery
	want []string
}{
	{"all", ports.ClosedQuery{}, []string{"a", "b", "c", "d"}},
	{"descending", ports.ClosedQuery{Descending: true}, []string{"d", "c", "b", "a"}},
	{"statuses", statuses("expired", "none", "released", "expired"), []string{"a", "b", "d"}},
	{"store", terms(bStore), []string{"b", "c"}},
	{"store begins so", terms(term(ports.StoreTerm, "ber")), []string{}},
	{"sku", terms(sku), []string{"a", "b"}},
	{"sku and store", terms(bStore, sku), []string{"b"}},
	{"two stores", terms(aStore, bStore), []string{}},
	{"owner", terms(owner), []string{"b"}},
	{"reference", terms(order), []string{"c"}},
	{"item", terms(item), []string{"d"}},
	{"transfers", transfers(), []string{"t"}},
	{"from", transfers(from), []string{"t"}},
	{"to", transfers(to), []string{"t"}},
	{"from, not to", transfers(term(ports.FromTerm, "bern")), []string{}},
	{"created since", created(minute(1), time.Time{}), []string{"b", "c", "d"}},
	{"created since, between microseconds", created(minute(1).Add(1), time.Time{}), []string{"c", "d"}},
	{"created until", created(time.Time{}, minute(1)), []string{"a"}},
	{"created until, between microseconds", created(time.Time{}, minute(1).Add(1)), []string{"a", "b"}},
	{"updated since", updated(minute(62), time.Time{}), []string{"c", "d"}},
	{"updated since and until", updated(minute(60), minute(62)), []string{"a", "b"}},
}

func statuses(list ...string) ports.ClosedQuery { return ports.ClosedQuery{Statuses: list} }

func terms(list ...ports.SearchTerm) ports.ClosedQuery { return ports.ClosedQuery{Terms: list} }

func transfers(list ...ports.SearchTerm) ports.ClosedQuery {
	return ports.ClosedQuery{Kind: ports.TransferEntry, Terms: list}
}

func created(since, until time.Time) ports.ClosedQuery {
	return ports.ClosedQuery{Created: ports.TimeRange{Since: since, Until: until}}
}

func updated(since, until time.Time) ports.ClosedQuery {
	return ports.ClosedQuery{Updated: ports.TimeRange{Since: since, Until: until}}
}

func minute(n int) time.Time { return noon.Add(time.Duration(n) * time.Minute) }

// testFilters lists each query in each order, which is the same for these entries.
func testFilters(t *testing.T, open Opener) {
	x := open(t)
	transfer := reservation("t", "received", 1, from, to)
	transfer.Kind = ports.TransferEntry
	put(
		t, x, 1, transfer,
		reservation("a", "released", 0, aStore, sku),
		reservation("b", "expired", 1, bStore, sku, owner),
		reservation("c", "committed", 2, bStore, term(ports.SKUTerm, "y"), order),
		reservation("d", "released", 3, item),
	)
	for _, c := range filterCases {
		t.Run(c.name, func(t *testing.T) {
			for _, c.q.Sort = range []ports.EntrySort{ports.ByID, ports.ByCreated, ports.ByUpdated} {
				require.Equal(t, c.want, ids(t, x, c.q), c.q.Sort)
			}
		})
	}
	require.NoError(t, x.Close())
}
