// Package retrying repeats saves that failed for a reason that may pass: a
// decorator for each port with writes that may be tried again, since a failed one
// changes nothing. It is the one layer that does so; its callers do not try again
// but take the work up again when it is next due.
package retrying
