// Package jsoncheckpoints keeps checkpoints as files of JSON lines, in a directory
// for each name: DATA_DIR/checkpoints. The files of a name are numbered by a count
// of its saves, so that one position can be saved again; the newest three are
// kept.
package jsoncheckpoints
