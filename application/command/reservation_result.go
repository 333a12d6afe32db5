package command

import "github.com/onhand/onhand/domain/reservation"

// ReservationResult is the answer of a command on one reservation: the
// reservation after it, and whether the command made it.
type ReservationResult struct {
	Reservation reservation.Reservation `json:"reservation"`
	Created     bool                    `json:"created"`
}

// AppendJSON implements ledger.Result. It abridges an answer of many lines.
func (r ReservationResult) AppendJSON(dst []byte) []byte {
	dst = append(dst, '{')
	if r.Created {
		dst = append(dst, `"created":true,`...)
	}
	dst = append(dst, `"reservation":`...)
	if len(r.Reservation.Lines) > fewLines {
		dst = appendAbridged(dst, r.Reservation.ID, r.Reservation.Version)
	} else {
		dst = r.Reservation.AppendJSON(dst)
	}
	return append(dst, '}')
}
