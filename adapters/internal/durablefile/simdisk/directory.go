package simdisk

import (
	"maps"
	"math/rand/v2"
)

// directory holds the names of a directory, as processes see them and as the last sync
// left them, with the changes in between.
type directory struct {
	names   map[string]*inode // as processes see it
	durable map[string]*inode // as a crash would leave it at least
	pending []func(map[string]*inode)
}

func (dir *directory) change(do func(map[string]*inode)) {
	do(dir.names)
	dir.pending = append(dir.pending, do)
}

// sync makes the changes durable, unless it fails: then no later sync brings them to the
// disk, as with the content of files.
func (dir *directory) sync(failure error) {
	if failure == nil {
		for _, change := range dir.pending {
			change(dir.durable)
		}
	}
	dir.pending = nil
}

func (dir *directory) afterCrash(rng *rand.Rand) map[string]*inode {
	if rng == nil {
		return maps.Clone(dir.names)
	}
	survivors := maps.Clone(dir.durable)
	for _, change := range dir.pending[:rng.IntN(len(dir.pending)+1)] {
		change(survivors)
	}
	return survivors
}
