package snapfile_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/adapters/internal/durablefile/simdisk"
	"github.com/onhand/onhand/adapters/internal/snapfile"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

func shelf(disk durablefile.Disk) snapfile.Series {
	return snapfile.Series{Disk: disk, Dir: "data/snapshots", Kind: "state"}
}

// list is records that say which snapshot they are of.
func list(at event.Position, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf(`["%d of %d",%q]`, i, at, strings.Repeat("x", i%200))
	}
	return all
}

func records(of []string) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for _, r := range of {
			if !yield([]byte(r), nil) {
				return
			}
		}
	}
}

func read(s snapfile.Series, at event.Position) ([]string, error) {
	var got []string
	for record, err := range s.Records(context.Background(), at) {
		if err != nil {
			return got, err
		}
		got = append(got, string(record))
	}
	return got, nil
}

func TestASnapshotReadsBack(t *testing.T) {
	for name, disk := range map[string]durablefile.Disk{"simulated": simdisk.New(), "real": durablefile.OS{}} {
		t.Run(name, func(t *testing.T) {
			s := shelf(disk)
			s.Dir = t.TempDir() + "/snapshots"
			for _, n := range []int{0, 1, 20_000} { // the last fills many blocks
				size, err := s.Write(context.Background(), 7, records(list(7, n)), nil)
				require.NoError(t, err)
				got, err := read(s, 7)
				require.NoError(t, err)
				require.Equal(t, list(7, n), append([]string{}, got...))
				file, err := disk.Open(s.File(7))
				require.NoError(t, err)
				real, err := file.Size()
				require.NoError(t, err)
				require.NoError(t, file.Close())
				require.Equal(t, real, size)
			}
		})
	}
}

func TestTheThreeNewestAreKept(t *testing.T) {
	s := shelf(simdisk.New())
	none, err := s.Positions()
	require.NoError(t, err)
	require.Empty(t, none)
	for _, at := range []event.Position{5, 10, 200, 3000, 40000} {
		_, err := s.Write(context.Background(), at, records(list(at, 3)), nil)
		require.NoError(t, err)
	}
	all, err := s.Positions()
	require.NoError(t, err)
	require.Equal(t, []event.Position{40000, 3000, 200}, all)
	other := s
	other.Kind = "index"
	all, err = other.Positions()
	require.NoError(t, err)
	require.Empty(t, all, "kinds are apart")
}

func TestEveryFlippedBitAndEveryCutIsFound(t *testing.T) {
	disk := simdisk.New()
	s := shelf(disk)
	_, err := s.Write(context.Background(), 7, records(list(7, 4)), nil)
	require.NoError(t, err)
	whole, err := durablefile.ReadAll(disk, s.File(7))
	require.NoError(t, err)
	spoilt := func(content []byte) {
		file, err := disk.Create(s.File(7))
		require.NoError(t, err)
		_, err = file.WriteAt(content, 0)
		require.NoError(t, err)
		require.NoError(t, file.Close())
		_, err = read(s, 7)
		damage, ok := errors.AsType[*ports.CorruptError](err)
		require.True(t, ok, "%v", err)
		require.Equal(t, s.File(7), damage.Location)
	}
	for i := range whole {
		spoilt(whole[:i])
		for bit := range 8 {
			flipped := slices.Clone(whole)
			flipped[i] ^= 1 << bit
			spoilt(flipped)
		}
	}
	spoilt(append(whole, '\n'))
}

func TestWhateverFailsASnapshotIsWholeOrNotThere(t *testing.T) {
	for name, fault := range map[string]error{"EIO": syscall.EIO, "no room": syscall.ENOSPC, "power": simdisk.ErrCrashed} {
		for n := 1; ; n++ {
			disk := simdisk.New()
			s := shelf(disk)
			_, err := s.Write(context.Background(), 1, records(list(1, 5)), nil)
			require.NoError(t, err)
			calls, met := disk.Calls(), false
			disk.Plan(func(c simdisk.Call) simdisk.Fault {
				if c.N == calls+n {
					met = true
					return simdisk.Fault{Err: fault, Keep: 1}
				}
				return simdisk.Fault{}
			})
			_, err = s.Write(context.Background(), 2, records(list(2, 5000)), nil)
			if !met {
				require.NoError(t, err)
				break
			}
			seed := rand.Uint64()
			after := disk.Reboot(rand.New(rand.NewPCG(seed, 0)))
			s = shelf(after)
			require.NoError(t, s.Sweep())
			all, err := s.Positions()
			require.NoError(t, err)
			require.Contains(t, all, event.Position(1))
			for _, at := range all {
				_, err := read(s, at)
				require.NoError(t, err, "%s at call %d, seed %d", name, n, seed)
			}
			names, err := after.List("data/snapshots")
			require.NoError(t, err)
			require.Len(t, names, len(all), "nothing unfinished is left")
		}
	}
}

func TestAWriteRestsAsItIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := shelf(simdisk.New())
		begin := time.Now()
		pieces := 0
		size, err := s.Write(context.Background(), 1, records(list(1, 10_000)), func(time.Duration) time.Duration {
			pieces++
			return time.Second
		})
		require.NoError(t, err)
		require.Greater(t, pieces, int(size>>18), "a rest after each piece")
		require.Equal(t, time.Duration(pieces)*time.Second, time.Since(begin))

		ctx, cancel := context.WithCancel(context.Background())
		_, err = s.Write(ctx, 2, records(list(1, 10_000)), func(time.Duration) time.Duration {
			cancel()
			return time.Hour
		})
		require.ErrorIs(t, err, context.Canceled)
		all, err := s.Positions()
		require.NoError(t, err)
		require.Equal(t, []event.Position{1}, all)
	})
}

func TestARecordThatCannotBeMadeLeavesNoSnapshot(t *testing.T) {
	s := shelf(simdisk.New())
	broken := errors.New("broken")
	_, err := s.Write(context.Background(), 1, func(yield func([]byte, error) bool) {
		_ = yield([]byte("1"), nil) && yield(nil, broken)
	}, nil)
	require.ErrorIs(t, err, broken)
	all, err := s.Positions()
	require.NoError(t, err)
	require.Empty(t, all)
}

func TestARecordWithALineBreakIsRefused(t *testing.T) {
	s := shelf(simdisk.New())
	_, err := s.Write(context.Background(), 1, records([]string{"1", "2\n3"}), nil)
	require.ErrorContains(t, err, "line break")
	all, err := s.Positions()
	require.NoError(t, err)
	require.Empty(t, all)
}

func TestAFileThatCannotBeReadToItsEndIsDamaged(t *testing.T) {
	disk := simdisk.New()
	s := shelf(disk)
	_, err := s.Write(context.Background(), 1, records(list(1, 20_000)), nil)
	require.NoError(t, err)
	reads := 0
	disk.PlanReads(func(c simdisk.Call) simdisk.Fault {
		if c.Op != "read" {
			return simdisk.Fault{}
		}
		if reads++; reads < 3 {
			return simdisk.Fault{}
		}
		return simdisk.Fault{Err: syscall.EIO}
	})
	got, err := read(s, 1)
	require.ErrorAs(t, err, new(*ports.CorruptError))
	require.Equal(t, list(1, len(got)), got)
	_, err = read(s, 2)
	require.ErrorIs(t, err, ports.ErrNotStored)
}

func TestALongRecordIsReadWithMemoryInProportion(t *testing.T) {
	s := shelf(durablefile.OS{})
	s.Dir = t.TempDir() + "/snapshots"
	const length = 32 << 20
	long := `["` + strings.Repeat("x", length) + `"]`
	_, err := s.Write(context.Background(), 1, records([]string{"1", long, "2"}), nil)
	require.NoError(t, err)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)

	var lengths []int
	for record, err := range s.Records(context.Background(), 1) {
		require.NoError(t, err)
		lengths = append(lengths, len(record))
	}

	runtime.ReadMemStats(&after)
	require.Equal(t, []int{1, len(long), 1}, lengths)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(5*length))
}
