package command

import (
	"errors"
	"slices"
)

// ErrDiskReserve means that what is free on the disk is kept for commands that complete or end what
// exists. The command changed nothing.
var ErrDiskReserve = errors.New(
	"the disk is nearly full: only commits, releases, extensions, returns, receipts and cancellations are accepted")

// completes reports whether an operation only completes or ends a reservation or transfer that exists. These are
// the last that a disk should have no space for: customers have paid, goods have arrived.
func completes(op Operation) bool {
	switch o := op.(type) {
	case *CommitReservation, *ReleaseReservation, *ReturnReservation, *ExtendReservation,
		*ReceiveTransfer, *CancelTransfer:
		return true
	case *invalidOperation:
		return completes(o.Operation)
	case *Batch:
		return !slices.ContainsFunc(o.Operations, func(op Operation) bool { return !completes(op) })
	default:
		return false
	}
}
