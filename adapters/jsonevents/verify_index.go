package jsonevents

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strconv"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/adapters/internal/orderedkv"
	"github.com/onhand/onhand/adapters/jsonevents/internal/logindex"
)

// savedIndex is an index on disk that is compared with the log.
type savedIndex struct {
	place      string
	store      orderedkv.Store
	comparison *logindex.Comparison
}

// openIndexes opens the indexes of a data directory that has no process. It returns why it could not
// open others: they are disposable, so that is no damage.
func (o *Options) openIndexes(dir string) (found []savedIndex, skipped []string) {
	for slot := 1; slot <= orderedkv.MaxSlots; slot++ {
		one := savedIndex{place: filepath.Join(indexDir(dir), strconv.Itoa(slot))}
		var err error
		one.store, err = o.reopenIndex(dir, one.place, slot)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			if one.comparison, err = logindex.Compare(one.store); err != nil || one.comparison == nil {
				_ = one.store.Close() // it was only read
			}
		}
		switch {
		case err != nil:
			skipped = append(skipped, fmt.Sprintf("%s: %v", one.place, err))
		case one.comparison != nil:
			found = append(found, one)
		}
	}
	return found, skipped
}

// reopenIndex opens the index of a slot to read it. On a disk that is not the machine's there is at
// most the one that Index opens.
func (o *Options) reopenIndex(dir, place string, slot int) (orderedkv.Store, error) {
	if _, onDisk := o.Disk.(durablefile.OS); onDisk {
		return orderedkv.OpenReadOnly(place, orderedkv.Options{})
	}
	if slot > 1 {
		return nil, fs.ErrNotExist
	}
	return o.Index(dir)
}
