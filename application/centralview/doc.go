// Package centralview is the view over all stores: for each SKU the numbers of every store, and
// their totals. It is a projection: the fold of the log's events up to one position.
//
// # Entries
//
// A million items must cost little memory beside the ledger's, so the view keeps each item as one
// short string: the SKU, a number for the store, and the packed numbers. The entries are in sorted
// runs, with all entries of a SKU together. A SKU in several stores has one more entry before the
// others: its totals, which each event moves by a difference. That the totals are the sums of the
// items is an invariant, not a definition, so it can be checked: Check does so while the view is
// in use, and a checkpoint with other totals is refused.
//
// A snapshot shares the runs, and a shared run is copied before it is changed. So a checkpoint has
// one position while the view continues.
package centralview
