package stock

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/onhand/onhand/domain/event"
)

// The longest names that are taken, in bytes after normalisation.
const (
	MaxStoreBytes = 64
	MaxSKUBytes   = 128
)

// streamPrefix begins the stream id of every item.
const streamPrefix = "stock/"

// Key says which item is meant. Make one with NewKey, which checks and
// normalises; two keys are the same item exactly if they are equal.
type Key struct {
	Store string `json:"store"`
	SKU   string `json:"sku"`
}

// NewKey checks a store's and a SKU's name. A store is 1–64 of A–Z a–z 0–9 and
// inside also ". _ -". NormalizeSKU has the rules of SKUs. A name that is not
// taken gives a *NameError.
func NewKey(store, sku string) (Key, error) { return Names(nil).Key(store, sku) }

// CheckStore returns a *NameError if name may not name a store.
func CheckStore(name string) error {
	switch {
	case name == "":
		return &NameError{Field: "store", Problem: "must not be empty"}
	case len(name) > MaxStoreBytes:
		return &NameError{Field: "store", Problem: fmt.Sprintf("must be at most %d characters", MaxStoreBytes)}
	}
	for i := range len(name) {
		c := name[i]
		alnum := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if alnum || i > 0 && (c == '.' || c == '_' || c == '-') {
			continue
		}
		return &NameError{Field: "store", Problem: "must be of A-Z a-z 0-9 . _ - and begin with a letter or digit"}
	}
	return nil
}

// Stream is the id of the item's history. Stores have no slash in their names,
// so it can be read back without doubt.
func (k Key) Stream() event.StreamID {
	return event.StreamID(streamPrefix + k.Store + "/" + k.SKU)
}

// KeyOf reads an item's key back from its stream id; false if id is not an
// item's.
func KeyOf(id event.StreamID) (Key, bool) {
	rest, ok := strings.CutPrefix(string(id), streamPrefix)
	if !ok {
		return Key{}, false
	}
	store, sku, ok := strings.Cut(rest, "/")
	return Key{Store: store, SKU: sku}, ok && store != "" && sku != ""
}

// Compare orders keys by store, then SKU, byte by byte.
func (k Key) Compare(other Key) int {
	return cmp.Or(strings.Compare(k.Store, other.Store), strings.Compare(k.SKU, other.SKU))
}
