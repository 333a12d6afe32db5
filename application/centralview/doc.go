// Package centralview is the view over all stores: for each SKU what every store
// has, and the totals. It is built from the events of the log alone, one after the
// other, and always stands at one position: what it shows is the fold of the log up
// to there.
//
// # Entries
//
// A million items must not cost much beside the ledger's own, so the view keeps
// each as one short string: the SKU, a number for the store, and the numbers packed.
// Entries lie in sorted runs; all of a SKU lie side by side. A SKU that several
// stores have has one more entry, in front of the others: its totals, moved by what each
// event changes. That they are the sum of the lines is an invariant, not a
// definition, so it can be checked: Check does while the view is in use, and
// a checkpoint whose totals are another sum is refused.
//
// A run that a frozen copy shares is copied before it is changed, so a checkpoint
// is written exactly as the view stood, while it goes on.
package centralview
