// Package stock is the item: one SKU in one store, the unit of consistency.
//
// A decision is a method on Item that takes the wish and the time and returns
// the events that follow, or a refusal; it changes nothing. Apply is the only
// place where an item changes, but for the deadlines of its holds, which its reservations tell
// (Prolong). Both are deterministic: the same history always folds to the same item.
//
//	sellable  = onHand − damaged − qualityControl        never below 0
//	available = sellable − reserved − safetyStock        may be negative
//
// Quantities are whole units, at most MaxQuantity.
package stock
