// Package jsonevents keeps the log as lines of JSON in a directory: the
// embedded event store. One line is one commit; the lines of all segments form
// one chain of hashes. Everything can be read with grep and jq.
//
//	DATA_DIR/LOCK                       who uses the directory; the POISON mark; the durable mark
//	DATA_DIR/TURN                       who of several processes writes next
//	DATA_DIR/HEAD                       how far the log was durable for sure
//	DATA_DIR/log/<first position>.ndjson  segments of the log
//	DATA_DIR/aside/                     torn ends that a start has cut off
//
// # What protects what
//
// One goroutine, the committer, writes: it takes what queued up while it last
// synced, writes it with one call, syncs once, and only then shows and answers
// anything. Log files are only ever appended to, and cut only behind the last
// byte that can have been acknowledged.
//
// # Several processes
//
// Where they share the directory, the committer has LOCK locked from before it looks what
// others wrote until its own group is durable and the durable mark in LOCK says so. Who
// reads looks at that mark and takes no lock.
//
// # What a start believes
//
// The first line that does not check out, at X, is damage if it had been
// synced: if it lies before HEAD, if a later segment exists, or if a valid line
// follows whose group commit began behind X. Then nothing is changed and the
// start is refused. Otherwise nobody can have been told of it; it is the torn
// end of a write, is copied aside and cut off. A log that ends before HEAD is
// missing acknowledged commits, which is damage too.
//
// After a failed sync the page cache may show bytes that are not on disk, so a
// POISON mark makes the next start cut off everything behind the last sync that
// succeeded. The mark overwrites bytes that LOCK already has, which works on a
// full disk.
package jsonevents
