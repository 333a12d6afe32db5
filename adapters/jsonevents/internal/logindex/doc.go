// Package logindex is the index of the log in the event store's memory: per stream its version and
// the offsets that lead to its history, the fencing tokens, and the remembered idempotency keys.
// It writes and reads saved indexes.
package logindex
