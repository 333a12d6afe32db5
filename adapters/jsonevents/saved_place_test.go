package jsonevents_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

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

func TestAStartNeedsNoDirectoryOfSnapshots(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, jsonevents.SnapshotsName), []byte("a file"), 0o600))
	var told []string
	store, err := jsonevents.Open(dir,
		jsonevents.Options{Report: func(i ports.Incident) { told = append(told, i.Message) }})
	require.NoError(t, err)
	require.NoError(t, attempt(store, ports.Commit{ID: "a", Time: noon, Events: []ports.Event{fact("s", 1)}}))
	require.Error(t, store.SaveIndex(context.Background(), nil))
	require.NoError(t, store.Close())
	store, err = jsonevents.Open(dir,
		jsonevents.Options{KeyTTL: time.Hour, Report: func(i ports.Incident) { told = append(told, i.Message) }})
	require.NoError(t, err)
	require.Equal(t, []string{"a"}, ids(t, store))
	require.NoError(t, store.Close())
	require.Contains(t, told, "the saved indexes cannot be listed, or an unfinished one cannot be removed")
}

func TestIndexesOfAnotherHistoryGiveWayToNewOnes(t *testing.T) {
	s, _, _ := indexed(t)
	old := s.indexes()
	s.disk = s.disk.Reboot(nil)
	names, err := s.disk.List(logDir)
	require.NoError(t, err)
	for _, one := range names {
		require.NoError(t, s.disk.Remove(logDir+"/"+one))
	}
	require.NoError(t, s.disk.Remove(headFile))
	store := s.open() // a new log, with indexes of positions that it does not have
	require.NoError(t, attempt(store, ports.Commit{ID: "a", Time: noon, Events: []ports.Event{fact("s", 1)}}))
	require.NoError(t, store.SaveIndex(context.Background(), nil))
	require.Len(t, s.indexes(), 1)
	require.NotContains(t, old, s.indexes()[0])
	require.NoError(t, store.Close())
	_, err = jsonevents.Verify(dataDir, jsonevents.Options{Disk: s.disk}, func(ports.Recorded) error { return nil })
	require.NoError(t, err)
}
