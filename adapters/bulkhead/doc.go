// Package bulkhead keeps one kind of work from taking what others need
// (ports.Bulkhead), with a semaphore and a count of who waits.
package bulkhead
