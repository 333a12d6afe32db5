// Package snapfile keeps snapshots in files: lists of records, one a line. A snapshot is there
// whole or not at all. Adapters that keep snapshots share it.
//
// A file is named by the position that it stands for and its kind. Its last line
// holds a SHA-256 over all lines before. It is written under another name, synced
// piece by piece and renamed, so a reader finds all of it or none. The three
// newest of a kind are kept.
package snapfile
