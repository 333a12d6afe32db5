package command

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
)

// refusal is a kind of error that refuses one operation of a batch and lets the
// others continue. It is stored with the batch's result, so its code is fixed for
// as long as idempotency keys live.
type refusal struct {
	code    string
	content func(error) (any, bool)
	read    func([]byte) (error, error)
}

// typed is a refusal that says more than its type; its fields are its content.
func typed[E any, P interface {
	*E
	error
}](code string,
) refusal {
	return refusal{
		code: code,
		content: func(err error) (any, bool) {
			e, ok := errors.AsType[P](err)
			return e, ok
		},
		read: func(text []byte) (error, error) {
			e := P(new(E))
			return e, json.Unmarshal(text, e)
		},
	}
}

// plain is a refusal that is one error.
func plain(code string, target error) refusal {
	return refusal{
		code:    code,
		content: func(err error) (any, bool) { return struct{}{}, errors.Is(err, target) },
		read:    func([]byte) (error, error) { return target, nil },
	}
}

var refusals = []refusal{
	typed[stock.InsufficientError]("insufficient-stock"),
	typed[stock.WouldBreakReservationsError]("would-break-reservations"),
	typed[stock.CountBelowStatesError]("count-below-states"),
	typed[stock.QuantityError]("quantity"),
	typed[reservation.ExpiredError]("reservation-expired"),
	typed[reservation.ClosedError]("reservation-closed"),
	typed[reservation.NotOwnerError]("not-owner"),
	typed[reservation.ExceedsError]("exceeds-reserved"),
	plain("reservation-not-found", reservation.ErrNotFound),
	typed[transfer.ClosedError]("transfer-closed"),
	typed[transfer.ExceedsError]("exceeds-pending"),
	plain("transfer-not-found", transfer.ErrNotFound),
	typed[VersionConflictError]("version-conflict"),
	plain("precondition-required", ErrPreconditionRequired),
}

// refusalCode is the code of an error's kind, empty for an error that is no refusal.
func refusalCode(err error) string {
	for _, r := range refusals {
		if _, ok := r.content(err); ok {
			return r.code
		}
	}
	return ""
}

// refusalContent is what readRefusal makes the same error of.
func refusalContent(err error) []byte {
	for _, r := range refusals {
		content, ok := r.content(err)
		if !ok {
			continue
		}
		text, err := json.Marshal(content)
		if err != nil {
			panic(err) // cannot happen: refusals are plain values
		}
		return text
	}
	panic(fmt.Sprintf("command: %v is no refusal", err))
}

func readRefusal(code string, content []byte) (error, error) {
	for _, r := range refusals {
		if r.code == code {
			return r.read(content)
		}
	}
	return nil, fmt.Errorf("unknown refusal %q", code)
}
