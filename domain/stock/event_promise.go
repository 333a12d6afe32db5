package stock

import "time"

// What happens to promises, and to units because of them. An event names the
// hold that it is about by reservation and deadline.

// Reserved tells that a reservation holds Quantity units until ExpiresAt (zero:
// without a deadline), in place of its earlier hold if Replaces says so.
type Reserved struct {
	ReservationID string    `json:"reservationId"`
	Quantity      int64     `json:"quantity"`
	ExpiresAt     time.Time `json:"expiresAt,omitzero"`
	Replaces      *Replaced `json:"replaces,omitempty"`
}

// Replaced is the hold that another one of the same reservation took the place
// of.
type Replaced struct {
	Quantity  int64     `json:"quantity"`
	ExpiresAt time.Time `json:"expiresAt,omitzero"`
}

// Extended tells that the deadline of a hold is ExpiresAt, and no longer Before. Older logs have
// such events; now the event of the reservation tells it for all of its holds.
type Extended struct {
	ReservationID string    `json:"reservationId"`
	ExpiresAt     time.Time `json:"expiresAt,omitzero"`
	Before        time.Time `json:"before,omitzero"`
}

// Committed tells that Quantity units of a hold left the store as promised.
// ExpiresAt is the deadline of the hold.
type Committed struct {
	ReservationID string    `json:"reservationId"`
	Quantity      int64     `json:"quantity"`
	ExpiresAt     time.Time `json:"expiresAt,omitzero"`
}

// Released tells that Quantity units of a hold are promised no longer. ExpiresAt
// is the deadline of the hold.
type Released struct {
	ReservationID string    `json:"reservationId"`
	Quantity      int64     `json:"quantity"`
	ExpiresAt     time.Time `json:"expiresAt,omitzero"`
}

// Expired tells that a hold of Quantity units came to its deadline, which is the
// time of the event.
type Expired struct {
	ReservationID string `json:"reservationId"`
	Quantity      int64  `json:"quantity"`
}

// Source is where units come back from: a reservation's customer or a transfer
// that was cancelled. One of the two is given.
type Source struct {
	ReservationID string `json:"reservationId,omitempty"`
	TransferID    string `json:"transferId,omitempty"`
}

// Returned tells that Quantity units are back in good state.
type Returned struct {
	Source
	Quantity int64 `json:"quantity"`
}
