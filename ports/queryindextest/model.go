package queryindextest

import (
	"cmp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// names are some that a careless layout of keys mixes up.
var names = []string{
	"", "a", "a\x00", "a\x00b", "\x00", "\x00\xff", "b", "a/b", "a|b", "\xff", "\xff\xff", "ü", "u\u0308", "在庫",
	"\x01a", strings.Repeat("n", 130),
}

func drawName(t *rapid.T, of string) string { return rapid.SampledFrom(names).Draw(t, of) }

// model is the entries of an index, without any cleverness.
type model map[string]ports.ClosedEntry

func (m model) put(entries []ports.ClosedEntry) {
	for _, e := range entries {
		key := string(e.Kind) + e.ID
		if old, found := m[key]; !found || old.Version < e.Version {
			m[key] = e
		}
	}
}

// list returns all entries that fit a query, in its order.
func (m model) list(q ports.ClosedQuery) []ports.ClosedEntry {
	list := []ports.ClosedEntry{}
	for _, e := range m {
		fits := e.Kind == q.Kind && (len(q.Statuses) == 0 || slices.Contains(q.Statuses, e.Status)) &&
			!slices.ContainsFunc(q.Terms, func(t ports.SearchTerm) bool { return !slices.Contains(e.Terms, t) }) &&
			q.Created.Contains(e.CreatedAt) && q.Updated.Contains(e.UpdatedAt)
		if fits {
			list = append(list, e)
		}
	}
	slices.SortFunc(list, func(a, b ports.ClosedEntry) int {
		order := cmp.Compare(a.ID, b.ID)
		switch q.Sort {
		case ports.ByCreated:
			order = cmp.Or(a.CreatedAt.Compare(b.CreatedAt), order)
		case ports.ByUpdated:
			order = cmp.Or(a.UpdatedAt.Compare(b.UpdatedAt), order)
		case ports.ByID:
		}
		if q.Descending {
			return -order
		}
		return order
	})
	return list
}

func testModel(t *testing.T, place func(t require.TestingT) Opener) {
	rapid.Check(t, func(t *rapid.T) {
		open := place(t)
		x := open(t)
		m := model{}
		for range rapid.IntRange(1, 5).Draw(t, "puts") {
			entries := rapid.SliceOfN(rapid.Custom(drawEntry), 0, 12).Draw(t, "entries")
			put(t, x, 1, entries...)
			m.put(entries)
			if rapid.IntRange(0, 9).Draw(t, "reopened") == 0 {
				x = open(t)
			}
		}
		require.EqualValues(t, len(m), x.Status().Entries)
		for _, e := range m {
			got, found, err := x.Find(ctx, e.Kind, e.ID)
			require.NoError(t, err)
			require.True(t, found)
			require.Equal(t, e, got)
		}
		for range 5 {
			q := drawQuery(t)
			require.Equal(t, m.list(q), pages(t, x, q))
		}
		require.NoError(t, x.Close())
	})
}

// pages lists a query page by page.
func pages(t *rapid.T, x ports.QueryIndex, q ports.ClosedQuery) []ports.ClosedEntry {
	list := []ports.ClosedEntry{}
	for {
		page, err := x.List(ctx, q)
		require.NoError(t, err)
		require.LessOrEqual(t, len(page.Entries), min(q.Limit, q.Examine))
		list = append(list, page.Entries...)
		if !page.More {
			return list
		}
		require.NotEqual(t, q.After, page.End, "a page with more after it has examined something")
		q.After = page.End
	}
}

func drawEntry(t *rapid.T) ports.ClosedEntry {
	e := ports.ClosedEntry{
		Kind:      rapid.SampledFrom([]ports.EntryKind{ports.ReservationEntry, ports.TransferEntry}).Draw(t, "kind"),
		ID:        rapid.SampledFrom(names[1:]).Draw(t, "id"),
		Version:   event.Version(rapid.Int64Range(1, 4).Draw(t, "version")),
		Status:    drawName(t, "status"),
		Terms:     rapid.SliceOfNDistinct(rapid.Custom(drawTerm), 0, 6, rapid.ID).Draw(t, "terms"),
		CreatedAt: drawTime(t, "created"),
		UpdatedAt: drawTime(t, "updated"),
		Data:      []byte(`{}`),
	}
	return e
}

func drawTerm(t *rapid.T) ports.SearchTerm {
	fields := []ports.TermField{
		ports.StoreTerm, ports.SKUTerm, ports.ItemTerm, ports.OwnerTerm, ports.ReferenceTerm, ports.FromTerm, ports.ToTerm,
	}
	return term(rapid.SampledFrom(fields).Draw(t, "field"), drawName(t, "value"))
}

// drawTime draws one of a few times, some of them before 1970.
func drawTime(t *rapid.T, of string) time.Time {
	return time.UnixMicro(rapid.Int64Range(-3, 3).Draw(t, of)).UTC()
}

// drawBound draws a time that may lie between two microseconds, or none.
func drawBound(t *rapid.T, of string) time.Time {
	if rapid.Bool().Draw(t, "no "+of) {
		return time.Time{}
	}
	return drawTime(t, of).Add(time.Duration(rapid.IntRange(0, 1).Draw(t, "and a nanosecond")))
}

func drawQuery(t *rapid.T) ports.ClosedQuery {
	return ports.ClosedQuery{
		Kind:       rapid.SampledFrom([]ports.EntryKind{ports.ReservationEntry, ports.TransferEntry}).Draw(t, "kind"),
		Statuses:   rapid.SliceOfN(rapid.SampledFrom(names), 0, 12).Draw(t, "statuses"),
		Terms:      rapid.SliceOfN(rapid.Custom(drawTerm), 0, 2).Draw(t, "terms"),
		Created:    ports.TimeRange{Since: drawBound(t, "since"), Until: drawBound(t, "until")},
		Updated:    ports.TimeRange{Since: drawBound(t, "since"), Until: drawBound(t, "until")},
		Sort:       rapid.SampledFrom([]ports.EntrySort{ports.ByID, ports.ByCreated, ports.ByUpdated}).Draw(t, "sort"),
		Descending: rapid.Bool().Draw(t, "descending"),
		Limit:      rapid.IntRange(1, 6).Draw(t, "limit"),
		Examine:    rapid.IntRange(1, 20).Draw(t, "examine"),
	}
}
