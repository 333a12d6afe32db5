package jsonevents_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/internal/durablefile/simdisk"
	"github.com/onhand/onhand/adapters/jsonevents"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// acknowledged are the commits of a poisoned log.
var acknowledged = []string{"a1", "b1"}

// poisoned is a site whose store met a fault in the append after the
// acknowledged ones, which begins segment 3.
func poisoned(t *testing.T, fault func(simdisk.Call) simdisk.Fault) *site {
	s := newSite(t)
	s.opts.SegmentBytes = 700
	store := s.open()
	put(t, store, entry("a", 1))
	put(t, store, entry("b", 1))
	s.disk.Plan(fault)
	require.Error(t, attempt(store, entry("c", 1)))
	require.True(t, condition(t, store).Failed)
	s.heals()
	require.NoError(t, store.Close())
	return s
}

// uncertain are the faults after which the content of the disk is unknown.
func uncertain() map[string]func(simdisk.Call) simdisk.Fault {
	at := func(op, name string, keep int) func(simdisk.Call) simdisk.Fault {
		return func(c simdisk.Call) simdisk.Fault {
			if c.Op == op && c.Name == name {
				return simdisk.Fault{Err: broken, Keep: keep}
			}
			return simdisk.Fault{}
		}
	}
	either := func(a, b func(simdisk.Call) simdisk.Fault) func(simdisk.Call) simdisk.Fault {
		return func(c simdisk.Call) simdisk.Fault {
			if fault := a(c); fault.Err != nil {
				return fault
			}
			return b(c)
		}
	}
	tornWrite := at("write", segment(3), 100)
	return map[string]func(simdisk.Call) simdisk.Fault{
		"truncating after a failed write":              either(tornWrite, at("truncate", segment(3), 0)),
		"syncing after a failed write":                 either(tornWrite, at("sync", segment(3), 0)),
		"syncing the log":                              at("sync", segment(3), 0),
		"syncing the log, though it arrived":           at("sync", segment(3), 1),
		"syncing a new segment":                        at("sync", segment(3)+".tmp", 0),
		"naming a new segment":                         at("rename", segment(3), 0),
		"naming a new segment, though it has its name": at("rename", segment(3), 1),
		"syncing the names of segments":                at("syncdir", logDir, 0),
		"syncing HEAD":                                 at("sync", headFile+".tmp", 0),
		"naming HEAD":                                  at("rename", headFile, 0),
		"naming HEAD, though it has its name":          at("rename", headFile, 1),
		"syncing the name of HEAD":                     at("syncdir", dataDir, 0),
	}
}

// afterMark returns the bytes of the log after the offset that its POISON mark names.
func (s *site) afterMark() string {
	var mark struct{ Poison, Offset int }
	require.NoError(s.t, json.Unmarshal([]byte(s.read(lockFile)[512:]), &mark))
	content, begun := s.files()[segment(3)]
	if begun && mark.Poison == 3 {
		return content[mark.Offset:]
	}
	return content
}

// repaired checks that a store has the acknowledged commits and nothing else,
// and keeps what it takes from now on, also when the power fails.
func (s *site) repaired(store *jsonevents.Store, rng *rand.Rand, about string) {
	s.t.Helper()
	require.Equal(s.t, acknowledged, ids(s.t, store), about)
	require.NotContains(s.t, s.read(lockFile), "poison", about)
	s.continues(store)
	again, err := s.moved(s.disk.Reboot(rng)).tryOpen()
	require.NoError(s.t, err, about)
	require.Equal(s.t, slices.Concat(acknowledged, []string{"later1", "later2", "later3"}), ids(s.t, again), about)
	require.NoError(s.t, again.Close())
}

func TestPoison(t *testing.T) {
	rng := seeded(t)
	faults := uncertain()
	for _, name := range slices.Sorted(maps.Keys(faults)) {
		fault := faults[name]
		t.Run("after a failure in "+name+" the next start removes commits that were not acknowledged", func(t *testing.T) {
			for _, after := range afterwards(poisoned(t, fault).disk, rng, 20) {
				next := poisonedOn(t, after.disk)
				tail := next.afterMark()
				store := next.open()
				if tail != "" {
					require.Equal(t, []string{tail}, next.aside())
					require.Equal(t, 1, next.reports("its sync had failed"))
				}
				next.repaired(store, rng, after.what)
			}
		})
		t.Run("after a failure in "+name+" the repair can be interrupted anywhere", func(t *testing.T) {
			for n, done := 1, false; !done; n++ {
				s := poisonedOn(t, poisoned(t, fault).disk.Restart())
				tail := s.afterMark()
				s.crashAt(n, rng)
				store, err := s.tryOpen()
				if err == nil { // the repair has fewer calls
					done = true
					s.heals()
					require.NoError(t, store.Close())
				}
				for _, after := range afterwards(s.disk, rng, 5) {
					next := poisonedOn(t, after.disk)
					store := next.open()
					if tail != "" && after.kept() {
						require.Contains(t, next.aside(), tail)
					}
					next.repaired(store, rng, fmt.Sprintf("crashed in call %d, then %s survived", n, after.what))
				}
			}
		})
	}
	t.Run("a POISON mark before HEAD does not cut off what HEAD vouches for", func(t *testing.T) {
		s := poisonedOn(t, poisoned(t, uncertain()["syncing the log"]).disk.Restart())
		s.write(lockFile, s.read(lockFile)[:512]+mark(1, 300))
		vouched := s.read(headFile)
		store := s.open()
		require.NoError(t, store.Close())
		require.Equal(t, vouched, s.read(headFile))
		require.Len(t, s.aside(), 1, "but what comes after HEAD is")
	})
	t.Run("a POISON mark that cannot be right is refused", func(t *testing.T) {
		for name, change := range map[string]func(mark string) string{
			"damaged":               func(mark string) string { return mark[:20] + "9" + mark[21:] },
			"in an unknown segment": func(string) string { return mark(7, 0) },
			"after the log's bytes": func(string) string { return mark(3, 1_000_000) },
		} {
			t.Run(name, func(t *testing.T) {
				s := poisonedOn(t, poisoned(t, uncertain()["syncing the log"]).disk.Restart())
				lock := s.read(lockFile)
				s.write(lockFile, lock[:512]+change(lock[512:]))
				before := s.files()
				_, err := s.tryOpen()
				require.ErrorAs(t, err, new(*ports.CorruptError))
				require.Equal(t, before, s.files())
				require.Contains(t, s.read(lockFile), "poison")
				require.Zero(t, s.disk.OpenFiles())
			})
		}
	})
}

// poisonedOn is the directory of poisoned on the disk that the next start finds.
func poisonedOn(t *testing.T, disk *simdisk.Disk) *site {
	s := newSite(t)
	s.opts.SegmentBytes = 700
	return s.moved(disk)
}

// mark is a POISON mark as LOCK has it.
func mark(segment event.Position, offset int) string {
	return fmt.Sprintf("%-511s\n", jsonevents.Sealed(fmt.Sprintf(`{"v":1,"poison":%d,"offset":%d`, segment, offset)))
}
