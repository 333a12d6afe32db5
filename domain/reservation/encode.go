package reservation

import (
	"strconv"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
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

// AppendJSON appends the reservation as one JSON object, which json.Unmarshal
// reads back. It is the shape that clients see.
func (r Reservation) AppendJSON(dst []byte) []byte {
	dst = event.AppendString(append(dst, `{"id":`...), r.ID)
	dst = r.appendMembers(append(dst, ','))
	dst = event.AppendTime(append(dst, `,"updatedAt":`...), r.UpdatedAt)
	return append(dst, '}')
}

func (s State) appendMembers(dst []byte) []byte {
	dst = event.AppendString(append(dst, `"status":`...), string(s.Status()))
	dst = append(dst, `,"lines":[`...)
	for i, l := range s.Lines {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = l.appendJSON(dst)
	}
	dst = append(dst, ']')
	if !s.ExpiresAt.IsZero() {
		dst = event.AppendTime(append(dst, `,"expiresAt":`...), s.ExpiresAt)
	}
	if s.Owner != "" {
		dst = event.AppendString(append(dst, `,"owner":`...), s.Owner)
	}
	if s.Reference != "" {
		dst = event.AppendString(append(dst, `,"reference":`...), s.Reference)
	}
	dst = strconv.AppendInt(append(dst, `,"version":`...), int64(s.Version), 10)
	return event.AppendTime(append(dst, `,"createdAt":`...), s.CreatedAt)
}

func (l Line) appendJSON(dst []byte) []byte {
	dst = stock.Part{Key: l.Key, Quantity: l.Quantity}.AppendJSON(dst)
	dst = strconv.AppendInt(append(dst[:len(dst)-1], `,"remaining":`...), l.Remaining, 10)
	dst = strconv.AppendInt(append(dst, `,"committed":`...), l.Committed, 10)
	dst = strconv.AppendInt(append(dst, `,"released":`...), l.Released, 10)
	dst = strconv.AppendInt(append(dst, `,"returned":`...), l.Returned, 10)
	return append(dst, '}')
}

func (Created) appendMembers(dst []byte) []byte  { return dst }
func (Replaced) appendMembers(dst []byte) []byte { return dst }
func (Expired) appendMembers(dst []byte) []byte  { return dst }

func (c Extended) appendMembers(dst []byte) []byte {
	return append(event.AppendTime(append(dst, `"expiresAt":`...), c.ExpiresAt), ',')
}

func (c Committed) appendMembers(dst []byte) []byte { return appendLines(dst, c.Lines) }
func (c Released) appendMembers(dst []byte) []byte  { return appendLines(dst, c.Lines) }
func (c Returned) appendMembers(dst []byte) []byte  { return appendLines(dst, c.Lines) }

func appendLines(dst []byte, parts []stock.Part) []byte {
	dst = append(dst, `"lines":[`...)
	for i, p := range parts {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = p.AppendJSON(dst)
	}
	return append(dst, `],`...)
}
