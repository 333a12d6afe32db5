package stock

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/onhand/onhand/domain/event"
)

// ReadItem reads an item's numbers back from what AppendJSON appends.
func ReadItem(data []byte) (Item, error) {
	c := event.NewCursor(data)
	i := Item{Key: Key{Store: c.Text(`{"store":`), SKU: c.Text(`,"sku":`)}}
	c.Expect(`,`)
	i.Levels = readLevels(&c)
	i.UpdatedAt = c.Time(`,"updatedAt":`)
	c.Expect(`}`)
	if c.AtEnd() {
		return i, nil
	}
	i = Item{} // spelled in another way
	if err := json.Unmarshal(data, &i); err != nil {
		return Item{}, fmt.Errorf("read item: %w", err)
	}
	return i, nil
}

// AppendJSON appends the hold as one JSON object, which ReadHold reads back.
func (h Hold) AppendJSON(dst []byte) []byte {
	dst = event.AppendString(append(dst, `{"reservation":`...), h.ReservationID)
	dst = strconv.AppendInt(append(dst, `,"quantity":`...), h.Quantity, 10)
	if !h.ExpiresAt.IsZero() {
		dst = event.AppendTime(append(dst, `,"expiresAt":`...), h.ExpiresAt)
	}
	return append(dst, '}')
}

// ReadHold takes a hold as AppendJSON writes it.
func ReadHold(c *event.Cursor) Hold {
	h := Hold{ReservationID: c.Text(`{"reservation":`), Quantity: c.Natural(`,"quantity":`)}
	if c.Has(`,"expiresAt":`) {
		h.ExpiresAt = c.Time("")
	}
	c.Expect(`}`)
	return h
}

// WithHolds is the item with holds that were saved in the order in which they
// expire. *InvariantError if they are not in order or their units are not what
// is reserved.
func (i Item) WithHolds(list []Hold) (Item, error) {
	for n := 1; n < len(list); n++ {
		before, hold := list[n-1], list[n]
		if cmp.Or(cmp.Compare(deadlineOf(before.ExpiresAt), deadlineOf(hold.ExpiresAt)),
			strings.Compare(before.ReservationID, hold.ReservationID)) >= 0 {
			return Item{}, &InvariantError{Quantity: "place of a hold", Value: int64(n)}
		}
	}
	i.holds = balanced(list)
	if i.HeldUnits() != i.Reserved {
		return Item{}, &InvariantError{Quantity: "reserved less held", Value: i.Reserved - i.HeldUnits()}
	}
	return i, nil
}

// balanced is the tree of holds that are in order.
func balanced(list []Hold) *holds {
	if len(list) == 0 {
		return nil
	}
	middle := len(list) / 2
	h := list[middle]
	root := &holds{deadline: deadlineOf(h.ExpiresAt), reservation: h.ReservationID, quantity: h.Quantity}
	return root.with(balanced(list[:middle]), balanced(list[middle+1:]))
}

// ShareIDs lets each hold have the copy of its reservation's id that same returns for it. It changes
// the holds in place, so nothing else may use the item at that time.
func (i *Item) ShareIDs(same func(id string) string) { i.holds.shareIDs(same) }

func (h *holds) shareIDs(same func(id string) string) {
	if h != nil {
		h.left.shareIDs(same)
		h.reservation = same(h.reservation)
		h.right.shareIDs(same)
	}
}
