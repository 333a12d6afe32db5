// Package queryindex is a ports.QueryIndex in an ordered key-value store.
//
// The store has one record for each entry, and keys that order the entries: one set of keys for each
// order (by id, by creation, by update) and each dimension (all entries, and each term). A key names
// kind, order, dimension, status, time and id in this sequence, so a list is a merge of one range of
// keys for each status, and a page begins where the one before ended. Their values are summaries, by
// which a list skips entries without their records.
package queryindex
