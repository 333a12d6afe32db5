package stock

import (
	"time"

	"github.com/onhand/onhand/domain/event"
)

func (c Reserved) appendMembers(dst []byte) []byte {
	dst = appendHold(dst, c.ReservationID, c.Quantity, c.ExpiresAt)
	if c.Replaces != nil {
		dst = appendInt(append(dst, `"replaces":{`...), `"quantity":`, c.Replaces.Quantity)
		if !c.Replaces.ExpiresAt.IsZero() {
			dst = event.AppendTime(append(dst, `,"expiresAt":`...), c.Replaces.ExpiresAt)
		}
		dst = append(dst, `},`...)
	}
	return dst
}

func (c Extended) appendMembers(dst []byte) []byte {
	dst = appendText(dst, `"reservationId":`, c.ReservationID)
	dst = appendTime(dst, `"expiresAt":`, c.ExpiresAt)
	return appendTime(dst, `"before":`, c.Before)
}

func (c Committed) appendMembers(dst []byte) []byte {
	return appendHold(dst, c.ReservationID, c.Quantity, c.ExpiresAt)
}

func (c Released) appendMembers(dst []byte) []byte {
	return appendHold(dst, c.ReservationID, c.Quantity, c.ExpiresAt)
}

func (c Expired) appendMembers(dst []byte) []byte {
	return appendHold(dst, c.ReservationID, c.Quantity, time.Time{})
}

func (c Returned) appendMembers(dst []byte) []byte {
	dst = appendText(dst, `"reservationId":`, c.ReservationID)
	dst = appendText(dst, `"transferId":`, c.TransferID)
	return append(appendInt(dst, `"quantity":`, c.Quantity), ',')
}

func (c Shipped) appendMembers(dst []byte) []byte {
	return appendTransit(dst, c.TransferID, `"quantity":`, c.Quantity)
}

func (c Incoming) appendMembers(dst []byte) []byte {
	return appendTransit(dst, c.TransferID, `"delta":`, c.Delta)
}

func (c Received) appendMembers(dst []byte) []byte {
	dst = appendTransit(dst, c.TransferID, `"good":`, c.Good)
	if c.Damaged > 0 {
		dst = append(appendInt(dst, `"damaged":`, c.Damaged), ',')
	}
	return dst
}

func (c Lost) appendMembers(dst []byte) []byte {
	return appendTransit(dst, c.TransferID, `"quantity":`, c.Quantity)
}

func appendHold(dst []byte, reservation string, units int64, expiresAt time.Time) []byte {
	dst = appendText(dst, `"reservationId":`, reservation)
	dst = append(appendInt(dst, `"quantity":`, units), ',')
	return appendTime(dst, `"expiresAt":`, expiresAt)
}

func appendTransit(dst []byte, transfer, name string, units int64) []byte {
	dst = appendText(dst, `"transferId":`, transfer)
	return append(appendInt(dst, name, units), ',')
}

// appendTime appends a member and a comma, or nothing for the zero time.
func appendTime(dst []byte, name string, t time.Time) []byte {
	if t.IsZero() {
		return dst
	}
	return append(event.AppendTime(append(dst, name...), t), ',')
}
