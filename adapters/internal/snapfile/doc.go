// Package snapfile keeps snapshots in files: lists of records, one a line. It serves every adapter
// that keeps snapshots.
//
// A file's name has its position and kind. Its last line has a SHA-256 over all lines before. It is
// written under another name, synced piece by piece and renamed, so a reader finds all of it or
// nothing. The three newest files of a kind are kept.
package snapfile
