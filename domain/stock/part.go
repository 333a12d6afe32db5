package stock

import (
	"fmt"

	"github.com/onhand/onhand/domain/event"
)

// Part is a number of units of one item.
type Part struct {
	Key
	Quantity int64 `json:"quantity"`
}

// Sum adds up the parts of the same item, in the order in which the items come
// first. A sum over MaxQuantity gives a *QuantityError.
func Sum(parts []Part) ([]Part, error) {
	sums := make([]Part, 0, len(parts))
	place := make(map[Key]int, len(parts))
	for _, p := range parts {
		at, seen := place[p.Key]
		if !seen {
			place[p.Key] = len(sums)
			sums = append(sums, p)
			continue
		}
		total, err := sum("lines", sums[at].Quantity, p.Quantity)
		if err != nil {
			return nil, err
		}
		sums[at].Quantity = total
	}
	return sums, nil
}

// AppendJSON appends the part as one JSON object.
func (p Part) AppendJSON(dst []byte) []byte {
	dst = event.AppendString(append(dst, `{"store":`...), p.Store)
	dst = event.AppendString(append(dst, `,"sku":`...), p.SKU)
	return append(appendInt(dst, `,"quantity":`, p.Quantity), '}')
}

// MaxIDBytes is the longest id of a reservation or transfer, in bytes.
const MaxIDBytes = 64

// CheckID returns an error unless id may name a reservation or transfer: 1 to MaxIDBytes
// of A–Z a–z 0–9 _ -. If not, with a *NameError.
func CheckID(id string) error {
	if id == "" || len(id) > MaxIDBytes {
		return &NameError{Field: "id", Problem: fmt.Sprintf("must be 1 to %d characters", MaxIDBytes)}
	}
	for i := range len(id) {
		c := id[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' && c != '-' {
			return &NameError{Field: "id", Problem: "must be of A-Z a-z 0-9 _ -"}
		}
	}
	return nil
}
