package stock

import (
	"time"

	"github.com/onhand/onhand/domain/event"
)

// readOwn reads an event whose data is spelled as AppendJSON spells it, to the
// letter; false for all other data, which Decode then looks at in general. It
// must take nothing that means something else there. A start reads every event
// in the log, and this costs a thirtieth of what encoding/json does.
func readOwn(name event.Type, at time.Time, data []byte) (Event, bool) {
	c := event.NewCursor(data)
	c.Expect(`{`)
	e := Event{At: at, Change: readChange(&c, name)}
	c.Expect(`"after":{`)
	e.After = readLevels(&c)
	c.Expect(`}}`)
	return e, e.Change != nil && c.AtEnd()
}

// readChange reads the members that a change's appendMembers appends; nil for a
// name that has none. It is a switch because the cursor would not stay on the
// stack if it went through a table of functions.
func readChange(c *event.Cursor, name event.Type) Change {
	switch name {
	case AdjustedV1:
		return Adjusted{Delta: readInt(c, `"delta":`), Note: readNote(c)}
	case CountedV1:
		return readCounted(c)
	case MovedV1:
		return readMoved(c)
	case PolicySetV1:
		change := PolicySet{Policy: readPolicy(c)}
		c.Expect(`,`)
		return change
	case LowV1:
		return WentLow{Available: readInt(c, `"available":`), Threshold: readInt(c, `"threshold":`)}
	case RestockedV1:
		return Restocked{Available: readInt(c, `"available":`), Threshold: readInt(c, `"threshold":`)}
	case ReservedV1:
		return readReserved(c)
	case ExtendedV1:
		return Extended{
			ReservationID: readText(c, `"reservationId":`), ExpiresAt: readTime(c, `"expiresAt":`),
			Before: readTime(c, `"before":`),
		}
	case CommittedV1:
		return Committed(readHold(c))
	case ReleasedV1:
		return Released(readHold(c))
	case ExpiredV1:
		return Expired{ReservationID: readText(c, `"reservationId":`), Quantity: readInt(c, `"quantity":`)}
	case ReturnedV1:
		source := Source{ReservationID: readText(c, `"reservationId":`), TransferID: readText(c, `"transferId":`)}
		return Returned{Source: source, Quantity: readInt(c, `"quantity":`)}
	case ShippedV1:
		return Shipped{TransferID: readText(c, `"transferId":`), Quantity: readInt(c, `"quantity":`)}
	case IncomingV1:
		return Incoming{TransferID: readText(c, `"transferId":`), Delta: readInt(c, `"delta":`)}
	case ReceivedV1:
		return readReceived(c)
	case LostV1:
		return Lost{TransferID: readText(c, `"transferId":`), Quantity: readInt(c, `"quantity":`)}
	default:
		return nil
	}
}

func readLevels(c *event.Cursor) Levels {
	var l Levels
	l.OnHand = c.Integer(`"onHand":`)
	l.Reserved = c.Integer(`,"reserved":`)
	l.Damaged = c.Integer(`,"damaged":`)
	l.QualityControl = c.Integer(`,"qualityControl":`)
	l.Incoming = c.Integer(`,"incoming":`)
	c.Integer(`,"available":`) // follows from the rest
	c.Expect(`,"policy":{`)
	l.Policy = readPolicy(c)
	l.Version = event.Version(c.Integer(`},"version":`))
	return l
}

func readPolicy(c *event.Cursor) Policy {
	p := Policy{SafetyStock: c.Integer(`"safetyStock":`), OversellLimit: c.Integer(`,"oversellLimit":`)}
	if c.Has(`,"lowStockThreshold":`) {
		threshold := c.Integer("")
		p.LowStockThreshold = &threshold
	}
	return p
}

func readCounted(c *event.Cursor) Counted {
	counted := Counted{OnHand: readInt(c, `"onHand":`), Previous: readInt(c, `"previous":`)}
	if c.Has(`"reservationsAtRisk":`) {
		counted.AtRisk = readInt(c, "")
	}
	counted.Note = readNote(c)
	return counted
}

func readMoved(c *event.Cursor) Moved {
	from, to := readState(c, `"from":`), readState(c, `,"to":`)
	c.Expect(`,`)
	return Moved{From: from, To: to, Quantity: readInt(c, `"quantity":`), Note: readNote(c)}
}

// readState reads a state, of which there are few, without a copy of its name.
func readState(c *event.Cursor, name string) State {
	c.Expect(name)
	switch {
	case c.Has(`"sellable"`):
		return SellableState
	case c.Has(`"damaged"`):
		return DamagedState
	case c.Has(`"qualityControl"`):
		return QualityControlState
	default:
		return State(c.Text(""))
	}
}

func readNote(c *event.Cursor) Note {
	return Note{Reason: readText(c, `"reason":`), Reference: readText(c, `"reference":`)}
}

// readInt reads a member and a comma.
func readInt(c *event.Cursor, name string) int64 {
	n := c.Integer(name)
	c.Expect(`,`)
	return n
}

// readText reads what appendText appends.
func readText(c *event.Cursor, name string) string {
	if !c.Has(name) {
		return ""
	}
	text := c.Text("")
	c.Expect(`,`)
	return text
}
