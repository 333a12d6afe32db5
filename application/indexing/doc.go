// Package indexing moves closed reservations and transfers from memory to the query index, and
// brings an index up to the log at a start.
//
// # The mark
//
// The index's mark is a position up to which the index has every closed entry. The Indexer moves
// it in the same write as the entries, and evicts an entry from memory only after the mark has
// reached the commit that closed it. So an entry that is not in memory is in every copy of the
// index with the mark of that time, or a later one. A snapshot keeps the mark that it needs.
package indexing
