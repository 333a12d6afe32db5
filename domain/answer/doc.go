// Package answer is the fact that the service keeps the answer of a command that changed nothing, so
// that a repetition under the same idempotency key gets it again.
package answer
