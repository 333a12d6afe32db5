// Package orderedkv is an embedded, ordered key-value store for indexes that a log can rebuild: on
// disk it is Pebble, a log-structured merge tree with a checksum on each block; in memory it is a
// B-tree.
//
// An index is disposable, so a fault of its disk must not harm the service. A write that finds the
// disk full waits for space. A write that fails for another reason stalls the store until the next
// start. A read that finds damage marks the store, so that the next Open deletes and rebuilds it.
package orderedkv
