// Package snapfile keeps snapshots in files: lists of records, one a line, that
// are whole or not there. It is shared by the adapters that keep snapshots.
//
// A file is named by the position that it stands for and its kind. Its last line
// holds a SHA-256 over all lines before. It is written under another name, synced
// piece by piece and renamed, so a reader finds all of it or none. The three
// newest of a kind are kept.
package snapfile
