package jsonevents_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// A backup of the log is put back and the service continues, beside an index that was saved in the
// abandoned history.
func TestAnIndexOfAnAbandonedHistoryIsNotUsed(t *testing.T) {
	for what, commits := range map[string]int{
		"beyond the end of the log": 15, "of the last commit": 20, "of an earlier one": 30,
	} {
		for _, segmentBytes := range []int64{1 << 20, 2000} {
			t.Run(fmt.Sprint(what, segmentBytes), func(t *testing.T) {
				s, lost := indexed(t)
				s.opts.SegmentBytes = segmentBytes
				versions := map[event.StreamID]event.Version{}
				write := func(s *site, first, last int, stream string) {
					store := s.open()
					for n := first; n <= last; n++ {
						id := event.StreamID(stream)
						versions[id]++
						put(t, store, ports.Commit{
							ID: fmt.Sprint(stream, n), Key: fmt.Sprint(stream, n), Time: noon,
							Events: []ports.Event{fact(id, versions[id])},
						})
					}
					require.NoError(t, store.Close())
				}
				write(s, 1, 10, "both")
				backup := s.moved(s.disk.Reboot(nil))
				s = s.moved(s.disk.Restart())
				write(s, 11, 20, "lost")
				delete(versions, "lost")
				backup.opts.Index = newIndexDisk().open
				write(backup, 11, commits, "kept")
				store := backup.open()
				want := seen(t, store, versions)
				require.NoError(t, store.Close())

				backup.opts.Index = lost.open
				_, _, err := backup.verify()
				require.ErrorContains(t, err, "index/log")
				store = backup.open()
				same(t, want, seen(t, store, versions))
				_, found, err := store.CommitByKey(t.Context(), "lost11")
				require.NoError(t, err)
				require.False(t, found)
				require.Equal(t, 1, backup.reports("the index of the log cannot be used"))
				require.NoError(t, store.Close())
				backup.sound()
				backup.continues(backup.open())
			})
		}
	}
}
