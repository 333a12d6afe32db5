package jsonevents_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/adapters/jsonevents"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// swollen is a disk on which files seem longer than they are, as one does for a
// moment whose last write failed and is being undone.
type swollen struct {
	durablefile.Disk
	by int64
}

type swollenFile struct {
	durablefile.File
	by int64
}

func (f swollenFile) Size() (int64, error) {
	size, err := f.File.Size()
	return size + f.by, err
}

func (d *swollen) Open(name string) (durablefile.File, error) {
	file, err := d.Disk.Open(name)
	return swollenFile{File: file, by: d.by}, err
}

func TestBytesAfterTheDurableEndDisturbNoReader(t *testing.T) {
	disk := &swollen{Disk: durablefile.OS{}}
	store, err := jsonevents.Open(t.TempDir(), jsonevents.Options{Disk: disk})
	require.NoError(t, err)
	defer func() { require.NoError(t, store.Close()) }()
	for v := event.Version(1); v < 4; v++ {
		require.NoError(t,
			attempt(store, ports.Commit{ID: string(rune('a' + v)), Time: noon, Events: []ports.Event{fact("s", v)}}))
	}
	disk.by = 1000
	require.Len(t, ids(t, store), 3)
}
