package centralview

import (
	"encoding/json"
	"iter"

	"github.com/onhand/onhand/domain/event"
)

// The first bytes of the records that are not items.
const (
	storesStart = `{"stores":`
	totalsStart = `{"totals":`
)

// storesRecord is the first record.
type storesRecord struct {
	Stores   []string       `json:"stores"`
	Position event.Position `json:"position"`
}

// records returns a snapshot as records. A record is valid until the next one.
func records(s *state) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		stores, err := json.Marshal(storesRecord{Stores: s.stores, Position: s.position})
		if err != nil {
			panic(err) // cannot happen: they are texts and a number
		}
		if !yield(stores) {
			return
		}
		var record []byte
		for entry := range s.entries.from("") {
			sku, line, packed := split(entry)
			if record = appendRecord(record[:0], s, sku, line, packed); !yield(record) {
				return
			}
		}
	}
}

// appendRecord appends the record of an entry.
func appendRecord(dst []byte, s *state, sku string, line uint32, packed string) []byte {
	if line != totalsLine {
		return s.item(sku, line, packed).AppendJSON(dst)
	}
	dst = event.AppendString(append(dst, totalsStart...), sku)
	return append(unpackTotals(packed).AppendJSON(append(dst, `,"units":`...)), '}')
}
