// Package eventfile publishes events to a file, a line of CloudEvents JSON each,
// for whatever reads files: log shippers, batch jobs, tail -F.
//
// The file has each event once, in the order in which they came, also after a
// kill or a power loss: an event is synced before it counts as taken, a torn
// end is cut off at the start, and an event that the file has is not written again.
// It knows its events from the file's end: the latest few thousand events one by
// one, and that all events before those are there. The caller may therefore
// repeat events and let those of different streams overtake each other a little, but
// must not come back with an old one that it left out.
package eventfile
