package stock

import (
	"time"

	"github.com/onhand/onhand/domain/event"
)

func readReserved(c *event.Cursor) Reserved {
	hold := readHold(c)
	reserved := Reserved{ReservationID: hold.ReservationID, Quantity: hold.Quantity, ExpiresAt: hold.ExpiresAt}
	if c.Has(`"replaces":{`) {
		reserved.Replaces = readReplaced(c)
		c.Expect(`},`)
	}
	return reserved
}

func readReplaced(c *event.Cursor) *Replaced {
	old := Replaced{Quantity: c.Integer(`"quantity":`)}
	if c.Has(`,"expiresAt":`) {
		old.ExpiresAt = c.Time("")
	}
	return &old
}

// readHold reads what appendHold appends.
func readHold(c *event.Cursor) Hold {
	return Hold{
		ReservationID: readText(c, `"reservationId":`), Quantity: readInt(c, `"quantity":`),
		ExpiresAt: readTime(c, `"expiresAt":`),
	}
}

func readReceived(c *event.Cursor) Received {
	received := Received{TransferID: readText(c, `"transferId":`), Good: readInt(c, `"good":`)}
	if c.Has(`"damaged":`) {
		received.Damaged = readInt(c, "")
	}
	return received
}

// readTime reads what appendTime appends.
func readTime(c *event.Cursor, name string) time.Time {
	if !c.Has(name) {
		return time.Time{}
	}
	t := c.Time("")
	c.Expect(`,`)
	return t
}
