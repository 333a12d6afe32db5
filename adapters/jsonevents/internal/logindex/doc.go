// Package logindex is the index of the log: per stream its version and the offsets that lead to its
// history, the fencing tokens, and the idempotency keys.
//
// What has changed since the last flush is in memory, with a bounded cache of the tails that commits
// have used; the rest is in a tier, an ordered key-value store that belongs to this index alone. A
// flush is one batch: tails, keys, tokens, and a mark that says up to which commit of which log they
// go. Changes stay in memory until their batch is durable.
//
//	m                     the mark
//	s STREAM              the tail of a stream
//	t STREAM              the highest fencing token of a stream
//	k BUCKET HASH         the commit of an idempotency key
//
// Keys are in buckets by time, each of half the time for which keys are known. A bucket goes with one
// range deletion when the time of all its keys is over.
package logindex
