package stock

// MaxQuantity bounds every quantity, in units. Sums of two quantities are far
// from the end of int64, so one check after each sum is enough.
const MaxQuantity int64 = 1_000_000_000_000

// sum adds delta to a quantity in the bounds 0 to MaxQuantity, or tells that
// the result would pass them. field names the input that is to blame.
func sum(field string, quantity, delta int64) (int64, error) {
	if delta > MaxQuantity || delta < -MaxQuantity {
		return 0, &QuantityError{Field: field, Limit: MaxQuantity}
	}
	result := quantity + delta
	if result > MaxQuantity {
		return 0, &QuantityError{Field: field, Limit: MaxQuantity}
	}
	return result, nil
}
