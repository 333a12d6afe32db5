package jsonevents_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/jsonevents"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// indexed is a closed store with three saved indexes, each in a segment of its
// own, and its content.
func indexed(t *testing.T) (*site, map[event.StreamID]event.Version, map[string]any) {
	rng := seeded(t)
	s := newSite(t)
	s.opts.SegmentBytes = 3000
	versions := map[event.StreamID]event.Version{}
	store := s.open()
	for range 3 {
		grow(t, store, versions, rng, 30)
		require.NoError(t, store.SaveIndex(context.Background(), nil))
	}
	grow(t, store, versions, rng, 3)
	want := seen(t, store, versions)
	require.NoError(t, store.Close())
	return s, versions, want
}

func TestABadIndexFallsBackToTheOneBefore(t *testing.T) {
	s, versions, want := indexed(t)
	names := s.indexes()
	for bad := 1; bad <= len(names); bad++ {
		name := indexDir + "/" + names[len(names)-bad]
		content := s.read(name)
		_, err := jsonevents.Verify(dataDir, jsonevents.Options{Disk: s.disk, KeyTTL: s.opts.KeyTTL},
			func(ports.Recorded) error { return nil })
		require.Equal(t, bad == 1, err == nil)
		s.write(name, strings.Replace(content, `"version":`, `"version":1`, 1))
		s.incidents = nil
		store := s.open()
		require.Equal(t, bad, s.reports("a saved index cannot be used"))
		same(t, want, seen(t, store, versions))
		require.NoError(t, store.Close())
	}
}

func TestAnIndexThatIsNotOfThisLogIsNotUsed(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, s, other *site){
		"of another log": func(t *testing.T, s, other *site) {
			for _, index := range other.indexes() {
				s.write(indexDir+"/"+index, other.read(indexDir+"/"+index))
			}
		},
		"under another position": func(t *testing.T, s, _ *site) {
			names := s.indexes()
			s.write(indexDir+"/"+names[2], s.read(indexDir+"/"+names[1]))
			s.write(indexDir+"/"+names[1], s.read(indexDir+"/"+names[0]))
			s.write(indexDir+"/"+names[0], "")
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, versions, want := indexed(t)
			other, _, _ := indexed(t)
			spoil(t, s, other)
			store := s.open()
			require.Positive(t, s.reports("a saved index cannot be used"))
			same(t, want, seen(t, store, versions))
		})
	}
}

func TestImpossibleCountsReserveNoMemory(t *testing.T) {
	s, versions, want := indexed(t)
	names := s.indexes()
	name := indexDir + "/" + names[len(names)-1]
	s.write(name, strings.Replace(s.read(name), `"keys":`, `"keys":10000000000000`, 1)) // more than any machine has
	store := s.open()
	require.Equal(t, 1, s.reports("a saved index cannot be used"))
	same(t, want, seen(t, store, versions))
}

func TestAnIndexThatForgetsKeysTooSoonIsNotUsed(t *testing.T) {
	s, versions, want := indexed(t)
	s.opts.KeyTTL *= 2
	store := s.open()
	require.Equal(t, 3, s.reports("a saved index cannot be used"))
	same(t, want, seen(t, store, versions))
	require.NoError(t, store.Close())
	s.opts.KeyTTL, s.incidents = time.Second, nil
	store = s.open()
	require.Empty(t, s.incidents, "keys that are remembered for longer do no harm")
	require.NoError(t, store.Close())
	_, err := jsonevents.Verify(dataDir, jsonevents.Options{Disk: s.disk}, func(ports.Recorded) error { return nil })
	require.NoError(t, err)
}

func TestDamageInASkippedSegmentIsFoundByTheScrubber(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _, _ := indexed(t)
		good := s.open()
		synctest.Wait()
		time.Sleep(time.Minute) // the scrubber rests
		synctest.Wait()
		require.False(t, condition(t, good).Failed)
		require.NoError(t, good.Close())

		base := s.disk
		for what, spoil := range map[string]func(name string){
			"a flipped bit": func(name string) { s.write(name, strings.Replace(s.read(name), `"id":"id-5"`, `"id":"id-6"`, 1)) },
			"a cut":         func(name string) { s.write(name, s.read(name)[:1500]) },
			"another chain": func(name string) {
				other, _, _ := indexed(t)
				s.write(name, other.read(name))
			},
			"no file": func(name string) { require.NoError(t, s.disk.Remove(name)) },
		} {
			s.disk = base.Reboot(nil)
			moved := s.moved(s.disk)
			spoil(segment(1))
			if what == "no file" {
				_, err := moved.tryOpen()
				require.ErrorAs(t, err, new(*ports.CorruptError), "the index names a segment that is not there")
				continue
			}
			store := moved.open()
			time.Sleep(time.Minute)
			synctest.Wait()
			require.True(t, condition(t, store).Failed, what)
			require.Contains(t, condition(t, store).Detail, logDir, what)
			require.ErrorIs(t, attempt(store, ports.Commit{ID: "x", Time: noon, Events: []ports.Event{fact("new", 1)}}),
				ports.ErrUnavailable)
			require.NoError(t, store.Close())
		}
	})
}
