package transfer

import (
	"strconv"

	"github.com/onhand/onhand/domain/event"
)

// AppendJSON appends the event's data as one JSON object: the change's own
// members, then "after", if it is not brief. Time and type are kept beside the data, not in it.
func (e Event) AppendJSON(dst []byte) []byte {
	dst = append(dst, '{')
	dst = e.Change.appendMembers(dst)
	if e.Brief {
		dst[len(dst)-1] = '}' // in place of the comma after the last member
		return dst
	}
	dst = append(dst, `"after":{`...)
	dst = e.After.appendMembers(dst)
	return append(dst, '}', '}')
}

// AppendJSON appends the transfer as one JSON object, which json.Unmarshal reads
// back. It is the shape that clients see.
func (t Transfer) AppendJSON(dst []byte) []byte {
	dst = event.AppendString(append(dst, `{"id":`...), t.ID)
	dst = t.appendMembers(append(dst, ','))
	dst = event.AppendTime(append(dst, `,"updatedAt":`...), t.UpdatedAt)
	return append(dst, '}')
}

func (s State) appendMembers(dst []byte) []byte {
	dst = event.AppendString(append(dst, `"status":`...), string(s.Status()))
	dst = event.AppendString(append(dst, `,"from":`...), s.From)
	dst = event.AppendString(append(dst, `,"to":`...), s.To)
	dst = appendEach(append(dst, `,"lines":`...), s.Lines, Line.appendJSON)
	if s.Reference != "" {
		dst = event.AppendString(append(dst, `,"reference":`...), s.Reference)
	}
	dst = strconv.AppendInt(append(dst, `,"version":`...), int64(s.Version), 10)
	return event.AppendTime(append(dst, `,"createdAt":`...), s.CreatedAt)
}

func (l Line) appendJSON(dst []byte) []byte {
	dst = appendUnits(dst, l.SKU, `,"quantity":`, l.Quantity)
	dst = strconv.AppendInt(append(dst, `,"pending":`...), l.Pending, 10)
	dst = strconv.AppendInt(append(dst, `,"good":`...), l.Good, 10)
	dst = strconv.AppendInt(append(dst, `,"damaged":`...), l.Damaged, 10)
	dst = strconv.AppendInt(append(dst, `,"lost":`...), l.Lost, 10)
	dst = strconv.AppendInt(append(dst, `,"cancelled":`...), l.Cancelled, 10)
	return append(dst, '}')
}

func (u Unit) appendJSON(dst []byte) []byte {
	return append(appendUnits(dst, u.SKU, `,"quantity":`, u.Quantity), '}')
}

func (a Arrival) appendJSON(dst []byte) []byte {
	dst = appendUnits(dst, a.SKU, `,"good":`, a.Good)
	dst = strconv.AppendInt(append(dst, `,"damaged":`...), a.Damaged, 10)
	dst = strconv.AppendInt(append(dst, `,"lost":`...), a.Lost, 10)
	return append(dst, '}')
}

func (Shipped) appendMembers(dst []byte) []byte { return dst }

func (c Received) appendMembers(dst []byte) []byte {
	return append(appendEach(append(dst, `"lines":`...), c.Lines, Arrival.appendJSON), ',')
}

func (c Cancelled) appendMembers(dst []byte) []byte {
	return append(appendEach(append(dst, `"lines":`...), c.Lines, Unit.appendJSON), ',')
}

// appendUnits begins an object with a SKU and a number of units.
func appendUnits(dst []byte, sku, name string, units int64) []byte {
	dst = event.AppendString(append(dst, `{"sku":`...), sku)
	return strconv.AppendInt(append(dst, name...), units, 10)
}

func appendEach[T any](dst []byte, list []T, one func(T, []byte) []byte) []byte {
	dst = append(dst, '[')
	for i, entry := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = one(entry, dst)
	}
	return append(dst, ']')
}
