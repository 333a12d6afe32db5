// Package inventory keeps the state of the log's fold in memory: items with their holds,
// reservations and transfers, and the indexes that find them.
//
// # Publication
//
// A commit is published as a whole: every aggregate that it changed, then its
// position. Commits on different streams are published in any order, so the
// visible position moves only where no commit below it is missing. An aggregate
// never goes back to an earlier version: a commit that is published twice, by its
// writer and from the log, has its effect once.
//
// # Snapshots
//
// A snapshot is the state after one commit, read while later commits are
// published. It copies nothing when it begins; from then on each publication
// first puts aside the values that it replaces (copy-on-write).
package inventory
