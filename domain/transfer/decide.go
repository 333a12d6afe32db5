package transfer

import (
	"time"

	"github.com/onhand/onhand/domain/stock"
)

// Ship decides to send units from one store to another one. Whether the source
// has them is for its items to say. It is refused with *ClosedError where the
// transfer exists.
func (t Transfer) Ship(from, to string, lines []Unit, reference string, now time.Time) ([]Event, error) {
	if t.Exists() {
		return nil, &ClosedError{Status: t.Status()}
	}
	return t.fact(now, Shipped{From: from, To: to, Lines: lines, Reference: reference}), nil
}

// Receive decides what became of units on their way: all pending ones are good
// if lines is empty. It is refused with *ClosedError where nothing is pending and
// with *ExceedsError where more is named than pending.
func (t Transfer) Receive(lines []Arrival, now time.Time) ([]Event, error) {
	if !t.Open() {
		return nil, &ClosedError{Status: t.Status()}
	}
	if len(lines) == 0 {
		for _, l := range t.Lines {
			if l.Pending > 0 {
				lines = append(lines, Arrival{SKU: l.SKU, Good: l.Pending})
			}
		}
		return t.fact(now, Received{Lines: lines}), nil
	}
	lines, err := sumArrivals(lines)
	if err != nil {
		return nil, err
	}
	var over []Excess
	for _, a := range lines {
		var pending int64
		if i := t.lineIndex(a.SKU); i >= 0 {
			pending = t.Lines[i].Pending
		}
		if a.Units() > pending {
			over = append(over, Excess{SKU: a.SKU, Requested: a.Units(), Pending: pending})
		}
	}
	if len(over) > 0 {
		return nil, &ExceedsError{Lines: over}
	}
	return t.fact(now, Received{Lines: lines}), nil
}

// Cancel decides that everything that is pending turns back. It is refused with
// *ClosedError where nothing is.
func (t Transfer) Cancel(now time.Time) ([]Event, error) {
	if !t.Open() {
		return nil, &ClosedError{Status: t.Status()}
	}
	var lines []Unit
	for _, l := range t.Lines {
		if l.Pending > 0 {
			lines = append(lines, Unit{SKU: l.SKU, Quantity: l.Pending})
		}
	}
	return t.fact(now, Cancelled{Lines: lines}), nil
}

// Sum adds up the units of the same SKU, in the order in which the SKUs come
// first. A sum over stock.MaxQuantity gives a *stock.QuantityError.
func Sum(lines []Unit) ([]Unit, error) {
	parts := make([]stock.Part, len(lines))
	for i, u := range lines {
		parts[i] = stock.Part{Key: stock.Key{SKU: u.SKU}, Quantity: u.Quantity}
	}
	parts, err := stock.Sum(parts)
	if err != nil {
		return nil, err
	}
	sums := make([]Unit, len(parts))
	for i, p := range parts {
		sums[i] = Unit{SKU: p.SKU, Quantity: p.Quantity}
	}
	return sums, nil
}

// sumArrivals does the same for what arrived. Each number is at most
// stock.MaxQuantity, and so must the sum be.
func sumArrivals(lines []Arrival) ([]Arrival, error) {
	sums := make([]Arrival, 0, len(lines))
	place := make(map[string]int, len(lines))
	for _, a := range lines {
		at, seen := place[a.SKU]
		if !seen {
			at = len(sums)
			place[a.SKU] = at
			sums = append(sums, Arrival{SKU: a.SKU})
		}
		s := &sums[at]
		s.Good += a.Good
		s.Damaged += a.Damaged
		s.Lost += a.Lost
		if s.Good > stock.MaxQuantity || s.Damaged > stock.MaxQuantity || s.Lost > stock.MaxQuantity {
			return nil, &stock.QuantityError{Field: "lines", Limit: stock.MaxQuantity}
		}
	}
	return sums, nil
}
