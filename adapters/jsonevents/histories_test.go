package jsonevents_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/jsonevents"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// A backup of the log is put back, the service continues, and then an index appears that was saved
// in the abandoned history.
func TestAnIndexOfAnAbandonedHistoryIsNotUsed(t *testing.T) {
	for what, commits := range map[string]int{
		"beyond the end of the log": 15, "of the last commit": 20, "of an earlier one": 30,
	} {
		t.Run(what, func(t *testing.T) {
			s := newSite(t)
			versions := map[event.StreamID]event.Version{}
			write := func(s *site, first, last int, stream string) {
				store := s.open()
				for n := first; n <= last; n++ {
					id := event.StreamID(stream)
					versions[id]++
					put(t, store, ports.Commit{ID: fmt.Sprint(stream, n), Time: noon, Events: []ports.Event{fact(id, versions[id])}})
				}
				if stream == "lost" {
					require.NoError(t, store.SaveIndex(context.Background(), nil))
				}
				require.NoError(t, store.Close())
			}
			write(s, 1, 10, "both")
			backup := s.moved(s.disk.Reboot(nil))
			s = s.moved(s.disk.Restart())
			write(s, 11, 20, "lost")
			delete(versions, "lost")
			write(backup, 11, commits, "kept")
			require.Len(t, s.indexes(), 1)
			store := backup.open()
			want := seen(t, store, versions)
			require.NoError(t, store.Close())

			name := filepath.Join(indexDir, s.indexes()[0])
			require.NoError(t, backup.disk.MkdirAll(indexDir))
			backup.write(name, s.read(name))
			store = backup.open()
			same(t, want, seen(t, store, versions))
			require.Equal(t, 1, backup.reports("a saved index cannot be used"))
			backup.continues(store)
		})
	}
}

func TestChangesDuringASaveAreNotInTheSavedIndex(t *testing.T) {
	const streams = 8000 // more than are copied, and written, at a time
	s := newSite(t)
	store := s.open()
	all := func(version event.Version, prefix string) {
		var commits []ports.Commit
		for n := range streams {
			commits = append(commits, ports.Commit{ID: fmt.Sprint(prefix, n, version), Time: noon, Events: []ports.Event{
				fact(event.StreamID(fmt.Sprint(prefix, n)), version),
			}})
		}
		put(t, store, commits...)
	}
	all(1, "s")
	grown := false
	require.NoError(t, store.SaveIndex(context.Background(), func(time.Duration) time.Duration {
		if !grown {
			grown = true
			all(2, "s")
			all(1, "new")
		}
		return 0
	}))
	require.True(t, grown)
	require.NoError(t, store.Close())
	_, err := jsonevents.Verify(dataDir, jsonevents.Options{Disk: s.disk}, func(ports.Recorded) error { return nil })
	require.NoError(t, err, "the index is that of the first commits")
}
