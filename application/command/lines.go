package command

import (
	"errors"
	"fmt"

	validation "github.com/go-ozzo/ozzo-validation/v4"

	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
)

var (
	lineCount = validation.Length(0, reservation.MaxLines).
			Error(fmt.Sprintf("must have at most %d lines", reservation.MaxLines))
	// allOrSome keeps apart callers that mean all, and leave the lines out, and callers that ended
	// up with none.
	allOrSome = validation.NilOrNotEmpty.Error("must not be empty: leave it out for all units")
	idRule    = validation.By(func(value any) error {
		if id := value.(string); id != "" {
			return problemOf(stock.CheckID(id))
		}
		return nil
	})
	quantityRules = []validation.Rule{
		validation.Required.Error("is required and must be 1 or more"),
		validation.Min(int64(1)), validation.Max(stock.MaxQuantity),
	}
	ttlRules = []validation.Rule{
		validation.NilOrNotEmpty.Error("must be 1 or more"),
		validation.Min(int64(1)), validation.Max(int64(MaxTTL)),
	}
	ownerRules = []validation.Rule{text(MaxOwnerBytes)}
)

// problemOf is what a name must be, without the field: the place says which.
func problemOf(err error) error {
	if name, ok := errors.AsType[*stock.NameError](err); ok {
		return errors.New(name.Problem)
	}
	return err
}
