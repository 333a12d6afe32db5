// Package event holds the words that every history in Onhand is written in:
// streams, versions, positions and the names of events on disk.
//
// An aggregate's package (such as stock) says which events exist and how they
// change it; this package says only how an event is addressed and counted. It is
// pure: no clock, no input or output, no goroutines.
package event
