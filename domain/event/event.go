package event

// StreamID names the history of one aggregate, for example "stock/S1/A". It is
// made by the aggregate's package from names that were checked before; it is
// never used as a path.
type StreamID string

// Version is the number of events in a stream. A stream that does not exist
// has version 0; the n-th event of a stream makes its version n, without gaps.
type Version int64

// Position is the place of a commit in the whole log. The first commit has
// position 1, and there are no gaps.
type Position int64

// Type is the name of a kind of event on disk, with the version of its shape
// at the end, for example "stock.adjusted.v1". A name is fixed for ever once a
// log may hold it; a new shape gets a new name.
type Type string
