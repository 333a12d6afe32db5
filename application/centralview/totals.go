package centralview

import (
	"strconv"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
)

// Totals are the sums of a SKU's items over all stores, in units.
type Totals struct {
	OnHand         int64 `json:"onHand"`
	Reserved       int64 `json:"reserved"`
	Damaged        int64 `json:"damaged"`
	QualityControl int64 `json:"qualityControl"`
	Incoming       int64 `json:"incoming"`
	Available      int64 `json:"available"` // sum of the stores that have some
	Short          int64 `json:"short"`     // by how much the other stores are below 0, added up
}

// add adds an item's numbers times sign, which is 1 or -1. No store delivers what another one
// lacks, so an item below 0 takes nothing from Available.
func (t *Totals) add(l *stock.Levels, sign int64) {
	t.OnHand += sign * l.OnHand
	t.Reserved += sign * l.Reserved
	t.Damaged += sign * l.Damaged
	t.QualityControl += sign * l.QualityControl
	t.Incoming += sign * l.Incoming
	available := l.Available()
	t.Available += sign * max(0, available)
	t.Short += sign * max(0, -available)
}

func packTotals(dst []byte, t *Totals) []byte {
	var room [64]byte
	p := packer{text: room[:0]}
	for _, n := range [...]int64{
		t.OnHand, t.Reserved, t.Damaged, t.QualityControl, t.Incoming, t.Available, t.Short,
	} {
		p.add(n)
	}
	return p.appendTo(dst)
}

func unpackTotals(packed string) (t Totals) {
	u := newUnpacker(packed)
	for _, n := range [...]*int64{
		&t.OnHand, &t.Reserved, &t.Damaged, &t.QualityControl, &t.Incoming, &t.Available, &t.Short,
	} {
		*n = u.next()
	}
	return t
}

// AppendJSON appends the totals as one JSON object.
func (t Totals) AppendJSON(dst []byte) []byte {
	dst = strconv.AppendInt(append(dst, `{"onHand":`...), t.OnHand, 10)
	dst = strconv.AppendInt(append(dst, `,"reserved":`...), t.Reserved, 10)
	dst = strconv.AppendInt(append(dst, `,"damaged":`...), t.Damaged, 10)
	dst = strconv.AppendInt(append(dst, `,"qualityControl":`...), t.QualityControl, 10)
	dst = strconv.AppendInt(append(dst, `,"incoming":`...), t.Incoming, 10)
	dst = strconv.AppendInt(append(dst, `,"available":`...), t.Available, 10)
	dst = strconv.AppendInt(append(dst, `,"short":`...), t.Short, 10)
	return append(dst, '}')
}

// readTotals reads the result of AppendJSON. Checkpoints of earlier versions lack Short, and net tells
// that: their Available is less by that much.
func readTotals(c *event.Cursor) (t Totals, net bool) {
	t = Totals{
		OnHand: c.Integer(`{"onHand":`), Reserved: c.Integer(`,"reserved":`),
		Damaged: c.Integer(`,"damaged":`), QualityControl: c.Integer(`,"qualityControl":`),
		Incoming: c.Integer(`,"incoming":`), Available: c.Integer(`,"available":`),
	}
	if net = !c.Has(`,"short":`); !net {
		t.Short = c.Integer("")
	}
	c.Expect(`}`)
	return t, net
}
