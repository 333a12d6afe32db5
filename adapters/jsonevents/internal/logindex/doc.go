// Package logindex is what the event store keeps in memory about its log: of each stream its
// version and the offsets from which its history is found, fencing tokens, and the idempotency
// keys that are remembered. It writes and reads saved indexes.
package logindex
