// Package jsondocuments keeps everything beside the log as files of JSON in DATA_DIR:
// snapshots in snapshots/, checkpoints in checkpoints/, dead letters in dead-letters/ and
// webhooks in webhooks/.
//
// Snapshots and checkpoints are lists of records, one a line, with a hash at the end
// (adapters/internal/snapfile). A snapshot is named <position>.state. A checkpoint has a
// directory of its own; its files are named <generation>.checkpoint, so that one position can
// be saved again. The newest three of each are kept. Each call looks at the directory, so that
// several instances show the same.
//
// A dead letter or a webhook is a file of its own: a line with the document and a line with a
// SHA-256 over it. The file is written under another name, synced and renamed, so that it is
// there whole or not at all, after a power loss too. Its name is made from the document's ID
// and is never a path. These documents are few and small and all in memory, and only one
// instance at a time has them open: the directory is locked.
//
// Log time is a document of one sector that is overwritten in place, because several processes
// save it. A damaged one is replaced.
package jsondocuments
