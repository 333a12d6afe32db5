package queryindex

import (
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"github.com/onhand/onhand/ports"
)

// The first bytes of keys.
const (
	keyBound  = 'a' // before all keys
	markKey   = 'm' // the state of the index
	recordKey = 'r' // of an entry
	statusKey = 's' // of a status that entries have or had
	orderKey  = 't' // of an entry in one order and dimension
	keyEnd    = 'z' // after all keys
)

// Keys name kinds, fields and orders by the place in these lists, which are part of the format.
var (
	kinds  = []ports.EntryKind{ports.ReservationEntry, ports.TransferEntry}
	orders = []ports.EntrySort{ports.ByID, ports.ByCreated, ports.ByUpdated}
	fields = []ports.TermField{
		allEntries, ports.StoreTerm, ports.SKUTerm, ports.ItemTerm, ports.OwnerTerm, ports.ReferenceTerm,
		ports.FromTerm, ports.ToTerm,
	}
)

// allEntries is the dimension of all entries of a kind.
const allEntries ports.TermField = ""

const unknownCode = 0xff

func code[T comparable](list []T, v T) byte {
	return byte(slices.Index(list, v)) //nolint:gosec // -1 is unknownCode
}

// check returns an error if an entry cannot be kept.
func check(e *ports.ClosedEntry) error {
	if code(kinds, e.Kind) == unknownCode {
		return fmt.Errorf("unknown kind %q", e.Kind)
	}
	for _, t := range e.Terms {
		if t.Field == allEntries || code(fields, t.Field) == unknownCode {
			return fmt.Errorf("unknown field %q", t.Field)
		}
	}
	return nil
}

func recordName(kind ports.EntryKind, id string) []byte {
	return append([]byte{recordKey, code(kinds, kind)}, id...)
}

func statusName(kind ports.EntryKind, status string) []byte {
	return append([]byte{statusKey, code(kinds, kind)}, status...)
}

// appendRange appends what the keys of one order, dimension and status begin with. Texts before
// the end of a key are preceded by their length, so that no text can be taken for parts of a key.
func appendRange(b []byte, kind ports.EntryKind, order ports.EntrySort, term ports.SearchTerm, status string) []byte {
	b = append(b, orderKey, code(kinds, kind), code(orders, order), code(fields, term.Field))
	return appendText(appendText(b, term.Value), status)
}

func appendText(b []byte, text string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

// appendPlace appends how a key continues after its range: places are in the order of these bytes.
func appendPlace(b []byte, order ports.EntrySort, at ports.EntryPlace) []byte {
	if order != ports.ByID {
		b = appendTime(b, at.Time)
	}
	return append(b, at.ID...)
}

const timeBytes = 8

// appendTime appends a time in microseconds such that earlier times have lower bytes.
func appendTime(b []byte, t time.Time) []byte {
	return binary.BigEndian.AppendUint64(b, uint64(t.UnixMicro())^1<<63)
}

func timeOf(b []byte) time.Time {
	return time.UnixMicro(int64(binary.BigEndian.Uint64(b) ^ 1<<63)).UTC() //nolint:gosec // all bits count
}

// placeOf reads what appendPlace wrote.
func placeOf(order ports.EntrySort, b []byte) ports.EntryPlace {
	if order == ports.ByID {
		return ports.EntryPlace{ID: string(b)}
	}
	return ports.EntryPlace{Time: timeOf(b[:timeBytes]), ID: string(b[timeBytes:])}
}

// place returns an entry's place in an order.
func place(order ports.EntrySort, e *ports.ClosedEntry) ports.EntryPlace {
	switch order {
	case ports.ByCreated:
		return ports.EntryPlace{Time: e.CreatedAt, ID: e.ID}
	case ports.ByUpdated:
		return ports.EntryPlace{Time: e.UpdatedAt, ID: e.ID}
	default:
		return ports.EntryPlace{ID: e.ID}
	}
}

// after returns the first key after all keys that begin with a prefix.
func after(prefix []byte) []byte {
	end := slices.Clone(prefix)
	for i := len(end) - 1; ; i-- { // the first byte is never 0xff
		if end[i]++; end[i] != 0 {
			return end[:i+1]
		}
	}
}

// orderPairs visits the keys of an entry that put it into orders, and their values. The caller may
// keep both.
func orderPairs(e *ports.ClosedEntry, visit func(key, value []byte)) {
	dimensions := append([]ports.SearchTerm{{Field: allEntries}}, e.Terms...)
	signature := sign(e.Terms)
	var keys []byte
	for _, order := range orders {
		at, value := place(order, e), appendSummary(nil, order, e, signature)
		for _, term := range dimensions {
			begin := len(keys)
			keys = appendPlace(appendRange(keys, e.Kind, order, term, e.Status), order, at)
			visit(keys[begin:len(keys):len(keys)], value)
		}
	}
}
