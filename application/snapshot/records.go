package snapshot

import (
	"iter"
	"strconv"

	"github.com/onhand/onhand/application/inventory"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
)

// The beginnings of the records of a snapshot. The first says of what it is; then
// come the items by store and SKU, each followed by those of its holds that its record has no space
// for, then by id the reservations and the transfers that are open or that the query index does not
// have at its mark.
const (
	formatStart      = `{"v":`
	beginStart       = formatStart + `2,"position":`
	itemStart        = `{"item":`
	holdsStart       = `{"holds":`
	reservationStart = `{"reservation":`
	transferStart    = `{"transfer":`
)

// holdsEach is how many holds a record has at most: an item with a million of them neither makes
// one long record nor leaves it to one processor to decode.
const holdsEach = 1000

// format is the version in beginStart.
const format = 2

// Records are the records of a snapshot, one JSON object each. The commit is the
// id of the last commit in it, by which a log recognises its own. The same snapshot
// always gives the same records.
func Records(of *inventory.Snapshot, commit string) iter.Seq2[[]byte, error] {
	return records(of, commit, func(bool) bool { return true })
}

// records are those of all items, and of the open or closed entries for which take is true.
func records(of *inventory.Snapshot, commit string, take func(open bool) bool) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		line := strconv.AppendInt([]byte(beginStart), int64(of.Position()), 10)
		line = event.AppendString(append(line, `,"commit":`...), commit)
		line = strconv.AppendInt(append(line, `,"items":`...), int64(of.Size()), 10)
		line = strconv.AppendInt(append(line, `,"indexed":`...), int64(of.Indexed()), 10)
		if !yield(append(line, '}'), nil) {
			return
		}
		for item := range of.Items() {
			var more bool
			if line, more = yieldItem(line[:0], item, yield); !more {
				return
			}
		}
		for r := range of.Reservations() {
			if line = appendReservation(line[:0], r); take(r.Open()) && !yield(line, nil) {
				return
			}
		}
		for t := range of.Transfers() {
			if line = appendTransfer(line[:0], t); take(t.Open()) && !yield(line, nil) {
				return
			}
		}
	}
}

func appendReservation(dst []byte, r *reservation.Reservation) []byte {
	return append(r.AppendJSON(append(dst, reservationStart...)), '}')
}

func appendTransfer(dst []byte, t *transfer.Transfer) []byte {
	return append(t.AppendJSON(append(dst, transferStart...)), '}')
}

// yieldItem yields an item as its written history left it, with the holds that the log still counts.
// It returns the line for the next record, and false if the caller wants no more.
func yieldItem(line []byte, item *stock.Item, yield func([]byte, error) bool) ([]byte, bool) {
	line = item.AppendJSON(append(line, itemStart...))
	n := 0
	for h := range item.Holds() {
		switch {
		case n == 0:
			line = append(line, `,"holds":[`...)
		case n%holdsEach == 0:
			if !yield(append(line, "]}"...), nil) {
				return line, false
			}
			line = append(append(line[:0], holdsStart...), '[')
		default:
			line = append(line, ',')
		}
		line = h.AppendJSON(line)
		n++
	}
	if n > 0 {
		line = append(line, ']')
	}
	line = append(line, '}')
	return line, yield(line, nil)
}
