package stock

import (
	"strconv"

	"github.com/onhand/onhand/domain/event"
)

// AppendJSON appends the event's data as one JSON object: the change's own
// members, then "after". Time and type are kept beside the data, not in it.
// It is written by hand because it runs once per event on the write path, where
// encoding/json costs four times as much.
func (e Event) AppendJSON(dst []byte) []byte {
	dst = append(dst, '{')
	dst = e.Change.appendMembers(dst)
	dst = append(dst, `"after":{`...)
	dst = e.After.appendMembers(dst)
	return append(dst, '}', '}')
}

// AppendJSON appends the item as one JSON object, which json.Unmarshal reads
// back. It is the shape that clients see.
func (i Item) AppendJSON(dst []byte) []byte {
	dst = event.AppendString(append(dst, `{"store":`...), i.Store)
	dst = event.AppendString(append(dst, `,"sku":`...), i.SKU)
	dst = i.appendMembers(append(dst, ','))
	dst = event.AppendTime(append(dst, `,"updatedAt":`...), i.UpdatedAt)
	return append(dst, '}')
}

// appendMembers appends the levels' JSON members, available included.
func (l Levels) appendMembers(dst []byte) []byte {
	dst = appendInt(dst, `"onHand":`, l.OnHand)
	dst = appendInt(dst, `,"reserved":`, l.Reserved)
	dst = appendInt(dst, `,"damaged":`, l.Damaged)
	dst = appendInt(dst, `,"qualityControl":`, l.QualityControl)
	dst = appendInt(dst, `,"incoming":`, l.Incoming)
	dst = appendInt(dst, `,"available":`, l.Available())
	dst = l.Policy.appendMembers(append(dst, `,"policy":{`...))
	return appendInt(dst, `},"version":`, int64(l.Version))
}

func (p Policy) appendMembers(dst []byte) []byte {
	dst = appendInt(dst, `"safetyStock":`, p.SafetyStock)
	dst = appendInt(dst, `,"oversellLimit":`, p.OversellLimit)
	if p.LowStockThreshold != nil {
		dst = appendInt(dst, `,"lowStockThreshold":`, *p.LowStockThreshold)
	}
	return dst
}

func (c Adjusted) appendMembers(dst []byte) []byte {
	dst = appendInt(dst, `"delta":`, c.Delta)
	return c.Note.appendMembers(append(dst, ','))
}

func (c Counted) appendMembers(dst []byte) []byte {
	dst = appendInt(dst, `"onHand":`, c.OnHand)
	dst = appendInt(dst, `,"previous":`, c.Previous)
	if c.AtRisk > 0 {
		dst = appendInt(dst, `,"reservationsAtRisk":`, c.AtRisk)
	}
	return c.Note.appendMembers(append(dst, ','))
}

func (c Moved) appendMembers(dst []byte) []byte {
	dst = event.AppendString(append(dst, `"from":`...), string(c.From))
	dst = event.AppendString(append(dst, `,"to":`...), string(c.To))
	dst = appendInt(dst, `,"quantity":`, c.Quantity)
	return c.Note.appendMembers(append(dst, ','))
}

func (c PolicySet) appendMembers(dst []byte) []byte {
	return append(c.Policy.appendMembers(dst), ',')
}

func (c WentLow) appendMembers(dst []byte) []byte {
	return appendThreshold(dst, c.Available, c.Threshold)
}

func (c Restocked) appendMembers(dst []byte) []byte {
	return appendThreshold(dst, c.Available, c.Threshold)
}

func appendThreshold(dst []byte, available, threshold int64) []byte {
	dst = appendInt(dst, `"available":`, available)
	return append(appendInt(dst, `,"threshold":`, threshold), ',')
}

func (n Note) appendMembers(dst []byte) []byte {
	dst = appendText(dst, `"reason":`, n.Reason)
	return appendText(dst, `"reference":`, n.Reference)
}

// appendText appends a member and a comma, or nothing for an empty text.
func appendText(dst []byte, name, text string) []byte {
	if text == "" {
		return dst
	}
	dst = event.AppendString(append(dst, name...), text)
	return append(dst, ',')
}

func appendInt(dst []byte, name string, n int64) []byte {
	return strconv.AppendInt(append(dst, name...), n, 10)
}
