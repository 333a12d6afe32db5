package command

import (
	validation "github.com/go-ozzo/ozzo-validation/v4"

	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
)

// Rules are what commands are checked against beside their own limits. The zero
// value knows no names and has no maximum.
type Rules struct {
	Names  stock.Names // in the log
	MaxTTL int64       // seconds to the deadline of a reservation at most; 0 is no maximum
}

// checkTTL refuses a number of seconds above a maximum; 0 is none.
func (r Rules) checkTTL(ttlSeconds *int64) error {
	if most := r.MaxTTL; most > 0 && ttlSeconds != nil && *ttlSeconds > most {
		return validation.Errors{"ttlSeconds": &TTLError{Most: most}}
	}
	return nil
}

// longest is the maximum of seconds to a deadline, nil for none.
func (r Rules) longest() *int64 {
	if r.MaxTTL == 0 {
		return nil
	}
	most := r.MaxTTL
	return &most
}

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

func (r Rules) checkUnit(value any) error {
	u := value.(transfer.Unit)
	_, skuErr := r.Names.SKU(u.SKU)
	return validation.Errors{
		"sku":      problemOf(skuErr),
		"quantity": validation.Validate(u.Quantity, quantityRules...),
	}.Filter()
}

func (r Rules) checkArrival(value any) error {
	a := value.(transfer.Arrival)
	_, skuErr := r.Names.SKU(a.SKU)
	units := []validation.Rule{validation.Min(int64(0)), validation.Max(stock.MaxQuantity)}
	faults := validation.Errors{
		"sku":     problemOf(skuErr),
		"good":    validation.Validate(a.Good, units...),
		"damaged": validation.Validate(a.Damaged, units...),
		"lost":    validation.Validate(a.Lost, units...),
	}
	if a.Good == 0 && a.Damaged == 0 && a.Lost == 0 {
		faults["good"] = validation.NewError("units", "must be 1 or more, or else damaged or lost")
	}
	return faults.Filter()
}
