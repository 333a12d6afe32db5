// Package jsonevents keeps the log as lines of JSON in a directory: the embedded event store. One
// line is one commit, and the lines of all segments form one chain of hashes. grep and jq can read
// everything.
//
//	DATA_DIR/LOCK                         which process uses the directory; POISON; the durable watermark
//	DATA_DIR/TURN                         which of several processes writes next
//	DATA_DIR/HEAD                         how far the log was durable for sure
//	DATA_DIR/log/<first position>.ndjson  segments of the log
//	DATA_DIR/index/log/<slot>             the index of the log, one per process
//	DATA_DIR/aside/                       torn ends that a start has cut off
//
// # Parts
//
// Each part owns its state and knows only the parts below it. A Store puts them together.
//
//	committer      the goroutine that serves appends: one batch, one sync at a time
//	exclusiveLog   the log for its one writer: locked, open at its end
//	headSaver      HEAD
//	follower       when to look for commits of other processes
//	foreignLog     the lines that other processes wrote
//	view           the durable log and its index, for readers
//	health         the condition of the store, with the reason
//	indexFlusher   the way of the index to the disk
//	recovery       a start: read the log, cut unacknowledged bytes off
//	scrubber       segments that a start has not read
//	walker         the history of a stream
//
// Below them are packages that know nothing of a store: logline (the format of lines and offsets),
// segment (files of lines), logindex (where streams and keys are), processlock (LOCK and TURN).
//
// # Durability
//
// One goroutine, the committer, writes: it takes the commits that queued up during the last sync,
// writes them with one call, syncs once, and only then shows and answers them. Segments are only ever appended to,
// and cut only after the last byte that can have been acknowledged.
//
// # Several processes
//
// If processes share the directory, the committer locks LOCK before it looks for the commits of others,
// and unlocks it when its own batch is durable and the durable watermark in LOCK covers it. A reader
// looks at that watermark and takes no lock.
//
// # A start
//
// LOCK, TURN and the segments from HEAD on are written in place. If one of them has other names (hard
// links), the start puts a copy in its place. The writer also locks the last segment, because a
// symbolic link may lead to it from another data directory.
//
// The first bad line, at X, is damage if it had been synced: if it lies before HEAD, if a later
// segment exists, or if a valid line of a group commit that began after X follows. Then nothing is
// changed and the start is refused. Otherwise the line was never acknowledged: it is the torn end of
// a write, and it is copied aside and cut off. A log that ends before HEAD lacks acknowledged
// commits, which is damage too.
//
// After a failed sync the page cache may show bytes that are not on disk, so a POISON mark makes the
// next start cut off everything after the last sync that succeeded. The mark overwrites bytes that
// LOCK already has, which works on a full disk.
package jsonevents
