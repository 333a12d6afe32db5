// Package snapshot saves what the log leads to, so that a start need not read all
// of it. A snapshot is exactly the fold of the log up to its position: it is made
// in the background from a copy-on-write state, while commits continue, and says nothing
// that the log does not say. Deleting all snapshots changes no number.
package snapshot
