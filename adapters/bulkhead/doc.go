// Package bulkhead is a ports.Bulkhead: a semaphore, and a count of the callers that wait for it.
package bulkhead
