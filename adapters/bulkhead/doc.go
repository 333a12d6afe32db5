// Package bulkhead is a ports.Bulkhead: a semaphore, and a count of the callers that wait for it.
// Feed puts one before a log. Its Shares are permits for calls to several dependencies, of which each may hang.
package bulkhead
