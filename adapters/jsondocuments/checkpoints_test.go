package jsondocuments_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/internal/durablefile/simdisk"
	"github.com/onhand/onhand/adapters/jsondocuments"
	"github.com/onhand/onhand/ports"
	"github.com/onhand/onhand/ports/checkpointstoretest"
)

func TestCheckpointContract(t *testing.T) {
	checkpointstoretest.Run(t, func(t *testing.T) checkpointstoretest.Opener {
		dir := filepath.Join(t.TempDir(), "checkpoints")
		return func(*testing.T) ports.CheckpointStore { return jsondocuments.NewCheckpoints(dir, nil) }
	})
}

func twoRecords(text string) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) { _ = yield([]byte(text), nil) && yield([]byte("end"), nil) }
}

// read returns the text of the newest checkpoint that is whole, empty if there is none, and
// the faults of newer ones.
func read(t *testing.T, s *jsondocuments.Checkpoints) (text string, damaged []error) {
	t.Helper()
	list, err := s.List(context.Background(), "view")
	require.NoError(t, err)
	for _, info := range list {
		text = ""
		var fault error
		for record, err := range s.Records(context.Background(), "view", info.Generation) {
			text += string(record) + " "
			fault = err
		}
		if fault == nil {
			return text, damaged
		}
		require.ErrorAs(t, fault, new(*ports.CorruptError))
		damaged = append(damaged, fault)
	}
	return "", damaged
}

func TestADamagedCheckpointGivesWayToTheSpareAndLeftoversGo(t *testing.T) {
	dir := t.TempDir()
	s := jsondocuments.NewCheckpoints(dir, nil)
	for i := range 5 {
		_, err := s.Save(context.Background(), "view", twoRecords(fmt.Sprint(i)), nil)
		require.NoError(t, err)
	}
	file := func(n int) string { return filepath.Join(dir, "view", fmt.Sprintf("%020d.checkpoint", n)) }
	content, err := os.ReadFile(file(5))
	require.NoError(t, err)
	content[0] ^= 1
	require.NoError(t, os.WriteFile(file(5), content, 0o600))
	require.NoError(t, os.WriteFile(file(6)+".tmp", content, 0o600))
	s.Sweep()
	text, damaged := read(t, s)
	require.Equal(t, "3 end ", text)
	require.Len(t, damaged, 1)
	require.NoFileExists(t, file(6)+".tmp")
	require.NoFileExists(t, file(2))
	_, err = s.Save(context.Background(), "view", twoRecords("again"), nil)
	require.NoError(t, err)
	text, damaged = read(t, s)
	require.Equal(t, "again end ", text)
	require.Empty(t, damaged)
	require.NoError(t, s.Delete(context.Background(), "view"))
	require.NoDirExists(t, filepath.Join(dir, "view"))
}

// Whatever call fails or is the last before the power goes: a save is there or the
// one before, a deletion is done or everything is there, and every acknowledged save stays.
func TestWhateverFailsACheckpointIsTheOldOrTheNewOne(t *testing.T) {
	for name, fault := range map[string]error{"EIO": syscall.EIO, "no room": syscall.ENOSPC, "power": simdisk.ErrCrashed} {
		for what, do := range map[string]func(*jsondocuments.Checkpoints) error{
			"save": func(s *jsondocuments.Checkpoints) error {
				_, err := s.Save(context.Background(), "view", twoRecords("new"), nil)
				return err
			},
			"delete": func(s *jsondocuments.Checkpoints) error { return s.Delete(context.Background(), "view") },
		} {
			t.Run(what+" "+name, func(t *testing.T) {
				for n := 1; crashedAt(t, n, fault, do, map[string]string{"save": "new end ", "delete": ""}[what]); n++ {
				}
			})
		}
	}
}

// crashedAt runs do with a fault in its n-th call; false if it has fewer.
func crashedAt(t *testing.T, n int, fault error, do func(*jsondocuments.Checkpoints) error, after string) bool {
	disk := simdisk.New()
	s := jsondocuments.NewCheckpoints("data/checkpoints", disk)
	for _, text := range []string{"older", "old"} {
		_, err := s.Save(context.Background(), "view", twoRecords(text), nil)
		require.NoError(t, err)
	}
	calls, met := disk.Calls(), false
	disk.Plan(func(c simdisk.Call) simdisk.Fault {
		if c.N != calls+n {
			return simdisk.Fault{}
		}
		met = true
		return simdisk.Fault{Err: fault, Keep: 1}
	})
	err := do(s)
	if err != nil && !errors.Is(fault, simdisk.ErrCrashed) {
		text, _ := read(t, s)
		require.Contains(t, []string{"old end ", after}, text, "call %d", n)
	}
	seed := rand.Uint64()
	text, damaged := read(t, jsondocuments.NewCheckpoints("data/checkpoints", disk.Reboot(rand.New(rand.NewPCG(seed, 0)))))
	require.Empty(t, damaged)
	if err == nil {
		require.Equal(t, after, text, "call %d, seed %d", n, seed)
	} else {
		require.Contains(t, []string{"old end ", after}, text, "call %d, seed %d", n, seed)
	}
	return met
}

func TestAFullDiskIsSaidToBeOne(t *testing.T) {
	disk := simdisk.New()
	s := jsondocuments.NewCheckpoints("data/checkpoints", disk)
	disk.Plan(func(simdisk.Call) simdisk.Fault { return simdisk.Fault{Err: syscall.ENOSPC} })
	_, err := s.Save(context.Background(), "view", twoRecords("new"), nil)
	require.ErrorIs(t, err, ports.ErrReadOnly)
}
