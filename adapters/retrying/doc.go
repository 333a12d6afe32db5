// Package retrying repeats saves that failed for a reason that may pass: a
// decorator for each port whose writes may be tried again, since a failed one
// changes nothing. It is the one layer that does so; who calls it does not try again
// but takes up the work anew when it is next due.
package retrying
