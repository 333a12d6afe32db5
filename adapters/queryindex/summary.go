package queryindex

import (
	"bytes"
	"encoding/binary"
	"slices"
	"time"

	"github.com/onhand/onhand/ports"
)

// The value of an order's key is a summary of its entry, by which a search skips most entries that
// do not fit without their records: the signature of the terms, and the times that the key lacks.
const (
	signatureBytes = 8
	bitsOfATerm    = 3
)

// sign returns a signature of terms: bits for each one. A signature that lacks a bit of a query's
// lacks a term of it. A signature of six terms that has all bits has the term too in 98 of 100 cases.
func sign(terms []ports.SearchTerm) (signature uint64) {
	for _, t := range terms {
		const offset, prime = 14695981039346656037, 1099511628211 // FNV-1a, a part of the format
		hash := (offset ^ uint64(code(fields, t.Field))) * prime
		for i := range len(t.Value) {
			hash = (hash ^ uint64(t.Value[i])) * prime
		}
		hash ^= hash >> 32
		for range bitsOfATerm {
			signature |= 1 << (hash % 64)
			hash /= 64
		}
	}
	return signature
}

// appendSummary appends the summary of an entry with this signature for the keys of an order.
func appendSummary(b []byte, order ports.EntrySort, e *ports.ClosedEntry, signature uint64) []byte {
	b = binary.BigEndian.AppendUint64(b, signature)
	if order != ports.ByCreated {
		b = appendTime(b, e.CreatedAt)
	}
	if order != ports.ByUpdated {
		b = appendTime(b, e.UpdatedAt)
	}
	return b
}

// filter selects entries by their summaries.
type filter struct {
	order            ports.EntrySort
	signature        uint64
	created, updated span
}

// span is a range of times as appendTime writes them. An end without bytes is open.
type span struct{ since, until []byte }

func newFilter(q ports.ClosedQuery) filter {
	return filter{order: q.Sort, signature: sign(q.Terms), created: newSpan(q.Created), updated: newSpan(q.Updated)}
}

func newSpan(r ports.TimeRange) (s span) {
	if !r.Since.IsZero() {
		s.since = appendTime(nil, roundedUp(r.Since))
	}
	if !r.Until.IsZero() {
		s.until = appendTime(nil, roundedUp(r.Until))
	}
	return s
}

// roundedUp returns the first whole microsecond that is not before a time.
func roundedUp(t time.Time) time.Time { return t.Add(time.Microsecond - 1) }

// within returns the keys that begin with a prefix and continue with a time of the span.
func (s span) within(prefix []byte) (lower, upper []byte) {
	lower, upper = prefix, after(prefix)
	if s.since != nil {
		lower = slices.Concat(prefix, s.since)
	}
	if s.until != nil {
		upper = slices.Concat(prefix, s.until)
	}
	return lower, upper
}

func (s span) contains(t []byte) bool {
	return (s.since == nil || bytes.Compare(t, s.since) >= 0) && (s.until == nil || bytes.Compare(t, s.until) < 0)
}

// mayFit reports whether the entry of a key may fit, by the place in the key and the summary.
func (f *filter) mayFit(place, summary []byte) bool {
	signature, times := binary.BigEndian.Uint64(summary), summary[signatureBytes:]
	if signature&f.signature != f.signature {
		return false
	}
	created, updated := place, place // the times are the first bytes
	if f.order != ports.ByCreated {
		created, times = times, times[timeBytes:]
	}
	if f.order != ports.ByUpdated {
		updated = times
	}
	return f.created.contains(created[:timeBytes]) && f.updated.contains(updated[:timeBytes])
}
