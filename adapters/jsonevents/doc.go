// Package jsonevents keeps the log as lines of JSON in a directory: the embedded event store. One
// line is one commit, and the lines of all segments form one chain of hashes. Everything can be read
// with grep and jq.
//
//	DATA_DIR/LOCK                         which process uses the directory; POISON; the durable watermark
//	DATA_DIR/TURN                         which of several processes writes next
//	DATA_DIR/HEAD                         how far the log was durable for sure
//	DATA_DIR/log/<first position>.ndjson  segments of the log
//	DATA_DIR/aside/                       torn ends that a start has cut off
//
// # Parts
//
// Each part owns its state and knows only the parts below it. A Store puts them together.
//
//	committer      the goroutine that serves appends: one batch, one sync at a time
//	exclusiveLog   the log as its one writer has it: locked, at its end, appended to
//	headSaver      HEAD
//	follower       when to look for what other processes have acknowledged
//	foreignLog     what other processes wrote, line by line
//	view           what readers see: the durable log and its index
//	health         what the store can do, and why not
//	recovery       a start: read the log, cut off what was never acknowledged
//	scrubber       segments that a start has not read
//	walker         the history of a stream
//
// Below them are packages that know nothing of a store: logline (the format of lines and offsets),
// segment (files of lines), logindex (where streams and keys are), processlock (LOCK and TURN).
//
// # What protects what
//
// One goroutine, the committer, writes: it takes what queued up while it last synced, writes it with
// one call, syncs once, and only then shows and answers anything. Segments are only ever appended to,
// and cut only after the last byte that can have been acknowledged.
//
// # Several processes
//
// If processes share the directory, the committer has LOCK locked from before it looks at what others
// wrote until its own batch is durable and the durable watermark in LOCK says so. A reader looks at
// that watermark and takes no lock.
//
// # What a start believes
//
// The first line that does not check out, at X, is damage if it had been synced: if it lies before
// HEAD, if a later segment exists, or if a valid line follows whose group commit began after X. Then
// nothing is changed and the start is refused. Otherwise no caller can have been told of it: it is the
// torn end of a write, is copied aside and cut off. A log that ends before HEAD lacks acknowledged
// commits, which is damage too.
//
// After a failed sync the page cache may show bytes that are not on disk, so a POISON mark makes the
// next start cut off everything after the last sync that succeeded. The mark overwrites bytes that
// LOCK already has, which works on a full disk.
package jsonevents
