package jsondocuments_test

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/onhand/onhand/adapters/internal/durablefile/simdisk"
	"github.com/onhand/onhand/adapters/jsondocuments"
	"github.com/onhand/onhand/ports"
)

var someLogTime = ports.LogTime{
	Boot: "0e3bd6a2-6b9c-4b7e-8ec5-2f1b2c0f4a51", Zero: time.Date(2026, 3, 1, 12, 0, 0, 1000, time.UTC), Ahead: time.Hour,
	Since: time.Date(2027, 3, 1, 12, 0, 0, 1000, time.UTC), Seen: time.Date(2027, 3, 2, 12, 0, 0, 1000, time.UTC),
}

func TestLogTimeIsLoadedAsItWasSaved(t *testing.T) {
	name := filepath.Join(t.TempDir(), "CLOCK")
	s := jsondocuments.NewLogTime(name, nil)
	_, found, err := s.Load()
	require.NoError(t, err)
	require.False(t, found)
	rapid.Check(t, func(t *rapid.T) {
		saved := ports.LogTime{
			Boot:  rapid.StringN(0, 36, 100).Draw(t, "boot"),
			Zero:  time.UnixMicro(rapid.Int64Range(0, 253402300799_999999).Draw(t, "zero")).UTC(),
			Ahead: time.Duration(rapid.Int64Range(0, 1<<40).Draw(t, "ahead")) * time.Microsecond,
			Since: time.UnixMicro(rapid.Int64Range(-62135596800_000000, 253402300799_999999).Draw(t, "since")).UTC(),
			Seen:  time.UnixMicro(rapid.Int64Range(0, 253402300799_999999).Draw(t, "seen")).UTC(),
		}
		require.NoError(t, s.Save(saved))
		loaded, found, err := jsondocuments.NewLogTime(name, nil).Load()
		require.NoError(t, err)
		require.True(t, found)
		require.Equal(t, saved, loaded)
	})
	require.NoError(t, s.Save(someLogTime))
	content, err := os.ReadFile(name)
	require.NoError(t, err)
	require.LessOrEqual(t, len(content), 512, "one sector")
}

func TestDamagedLogTimeIsFound(t *testing.T) {
	name := filepath.Join(t.TempDir(), "CLOCK")
	s := jsondocuments.NewLogTime(name, nil)
	require.NoError(t, s.Save(someLogTime))
	whole, err := os.ReadFile(name)
	require.NoError(t, err)
	for at := range whole {
		bad := append([]byte(nil), whole...)
		bad[at] ^= 1
		require.NoError(t, os.WriteFile(name, bad, 0o600))
		_, found, err := s.Load()
		require.ErrorAs(t, err, new(*ports.CorruptError), "byte %d", at)
		require.False(t, found)
		require.NoError(t, os.WriteFile(name, whole[:at], 0o600))
		_, _, err = s.Load()
		require.ErrorAs(t, err, new(*ports.CorruptError), "cut at byte %d", at)
	}
	require.NoError(t, s.Save(someLogTime), "a save replaces it")
	_, found, err := s.Load()
	require.NoError(t, err)
	require.True(t, found)
}

func TestLogTimeOnAFailingDisk(t *testing.T) {
	for name, fault := range map[string]error{"EIO": syscall.EIO, "no room": syscall.ENOSPC} {
		t.Run(name, func(t *testing.T) {
			disk := simdisk.New()
			require.NoError(t, disk.MkdirAll("data"))
			s := jsondocuments.NewLogTime("data/CLOCK", disk)
			disk.Plan(func(simdisk.Call) simdisk.Fault { return simdisk.Fault{Err: fault} })
			err := s.Save(someLogTime)
			require.ErrorIs(t, err, fault)
			require.Equal(t, name == "no room", errors.Is(err, ports.ErrReadOnly))
			disk.Plan(func(simdisk.Call) simdisk.Fault { return simdisk.Fault{} })
			require.NoError(t, s.Save(someLogTime))
			require.NoError(t, disk.SyncDir("data"))
			after := jsondocuments.NewLogTime("data/CLOCK", disk.Reboot(rand.New(rand.NewPCG(1, 2))))
			loaded, _, err := after.Load()
			require.NoError(t, err)
			require.Equal(t, someLogTime, loaded)
		})
	}
}

// TestACopyByHardLinksHasALogTimeOfItsOwn: given a copy of the file that is a hard link, when the service of one
// saves another log time, then the copy keeps its own.
func TestACopyByHardLinksHasALogTimeOfItsOwn(t *testing.T) {
	dir := t.TempDir()
	name, copied := filepath.Join(dir, "CLOCK"), filepath.Join(dir, "copy")
	s := jsondocuments.NewLogTime(name, nil)
	require.NoError(t, s.Save(someLogTime))
	require.NoError(t, os.Link(name, copied))
	leapt := someLogTime
	leapt.Zero = leapt.Zero.AddDate(1, 0, 0)
	require.NoError(t, s.Save(leapt))
	for of, want := range map[string]ports.LogTime{name: leapt, copied: someLogTime} {
		loaded, _, err := jsondocuments.NewLogTime(of, nil).Load()
		require.NoError(t, err)
		require.Equal(t, want, loaded)
	}
}

func TestProcessesMaySaveLogTimeAtTheSameTime(t *testing.T) {
	name := filepath.Join(t.TempDir(), "CLOCK")
	other := someLogTime
	other.Ahead, other.Boot = 0, "other"
	require.NoError(t, jsondocuments.NewLogTime(name, nil).Save(other))
	var all sync.WaitGroup
	for _, mine := range []ports.LogTime{someLogTime, other} {
		all.Go(func() {
			s := jsondocuments.NewLogTime(name, nil)
			for range 20 {
				if err := s.Save(mine); err != nil {
					panic(err)
				}
			}
		})
	}
	all.Wait()
	loaded, found, err := jsondocuments.NewLogTime(name, nil).Load()
	require.NoError(t, err)
	require.True(t, found)
	require.Contains(t, []ports.LogTime{someLogTime, other}, loaded)
}
