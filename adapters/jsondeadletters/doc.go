// Package jsondeadletters keeps dead letters as files of JSON, one each, in a
// directory: DATA_DIR/dead-letters.
package jsondeadletters
