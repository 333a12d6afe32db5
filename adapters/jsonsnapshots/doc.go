// Package jsonsnapshots keeps snapshots as files of JSON lines, named
// <position>.state, in a directory: DATA_DIR/snapshots.
package jsonsnapshots
