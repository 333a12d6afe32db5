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

// eachPart is the rule for parts of a reservation.
func (r Rules) eachPart() validation.Rule {
	return validation.Each(validation.By(func(value any) error {
		p := value.(stock.Part)
		_, skuErr := r.Names.SKU(p.SKU)
		return validation.Errors{
			"store":    problemOf(stock.CheckStore(p.Store)),
			"sku":      problemOf(skuErr),
			"quantity": validation.Validate(p.Quantity, quantityRules...),
		}.Filter()
	}))
}

// validateParts checks a command on parts of a reservation, no parts being all,
// and brings them to their normal form.
func (r Rules) validateParts(cmd any, id *string, parts *[]stock.Part, more ...*validation.FieldRules) error {
	more = append(more, validation.Field(id, idRule), validation.Field(parts, allOrSome, lineCount, r.eachPart()))
	err := validation.ValidateStruct(cmd, more...)
	if err == nil {
		*parts, err = r.normalParts(*parts)
	}
	return err
}

// problemOf is what a name must be, without the field: the place says which.
func problemOf(err error) error {
	if name, ok := errors.AsType[*stock.NameError](err); ok {
		return errors.New(name.Problem)
	}
	return err
}

// normalParts brings names to their normal form and adds up the parts of the
// same item. The parts must be valid.
func (r Rules) normalParts(parts []stock.Part) ([]stock.Part, error) {
	if parts == nil {
		return nil, nil
	}
	for i, p := range parts {
		key, err := r.Names.Key(p.Store, p.SKU)
		if err != nil {
			return nil, err
		}
		parts[i].Key = key
	}
	return stock.Sum(parts)
}
