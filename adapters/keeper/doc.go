// Package keeper finds out which of several processes on one data directory does what
// only one may do: the one that has the log's directory locked. The kernel gives the lock to nobody
// else while that process lives, stopped or not, and frees it when the process ends, so
// there are never two, and no clock is asked.
package keeper
