package inventory

import "github.com/onhand/onhand/ports"

// Growth is how much commits have added to the log.
type Growth struct {
	Events int64
	Bytes  int64 // of the texts and data in the commits, about what a store needs for them
}

// Since returns the growth after an earlier count.
func (g Growth) Since(earlier Growth) Growth {
	return Growth{Events: g.Events - earlier.Events, Bytes: g.Bytes - earlier.Bytes}
}

func (g *Growth) add(more Growth) {
	g.Events += more.Events
	g.Bytes += more.Bytes
}

// What every store needs for a commit and for an event beside their texts and data,
// in bytes: times, numbers, hashes. It need not be exact.
const (
	commitOverhead = 128
	eventOverhead  = 64
)

// growthOf counts a commit without encoding it.
func growthOf(c *ports.Commit) Growth {
	size := commitOverhead + len(c.ID) + len(c.Actor) + len(c.RequestID) + len(c.Key) + len(c.Fingerprint) + len(c.Result)
	for i := range c.Events {
		e := &c.Events[i]
		size += eventOverhead + len(e.Stream) + len(e.Type) + len(e.Data)
	}
	return Growth{Events: int64(len(c.Events)), Bytes: int64(size)}
}
