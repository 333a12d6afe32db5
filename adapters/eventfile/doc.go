// Package eventfile publishes events to a file, one line of CloudEvents JSON each, for log
// shippers, batch jobs and tail -F.
//
// The file has each event once, in the order of arrival, also after a kill or a power loss: an
// event counts as taken after a sync, a start cuts a torn end off, and an event in the file is not
// written again. A start reads the latest few thousand events from the end of the file and takes
// all events before those as present. The caller may therefore repeat events, and events of
// different streams may overtake each other a little. An old event that the caller left out is
// lost.
package eventfile
