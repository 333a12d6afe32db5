package jsonevents_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/adapters/jsonevents"
	"github.com/onhand/onhand/ports"
)

// holdVariable makes this test's program a process that opens a directory and
// waits to be killed.
const holdVariable = "ONHAND_TEST_HOLD"

func TestMain(m *testing.M) {
	dir := os.Getenv(holdVariable)
	if dir == "" {
		os.Exit(m.Run())
	}
	if _, err := jsonevents.Open(dir, jsonevents.Options{}); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("open")
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// inUse checks that a directory cannot be opened because a process has it.
func inUse(t *testing.T, disk durablefile.Disk, dir string, process int) {
	t.Helper()
	_, err := jsonevents.Open(dir, jsonevents.Options{Disk: disk})
	taken, is := errors.AsType[*jsonevents.InUseError](err)
	require.True(t, is, "%v", err)
	require.Equal(t, dir, taken.Dir)
	require.Contains(t, err.Error(), dir)
	require.Contains(t, err.Error(), fmt.Sprintf("process %d", process))
}

func TestLock(t *testing.T) {
	test := func(t *testing.T, disk durablefile.Disk, dir string) {
		first, err := jsonevents.Open(dir, jsonevents.Options{Disk: disk})
		require.NoError(t, err)
		inUse(t, disk, dir, os.Getpid())
		put(t, first, entry("a", 1))
		require.NoError(t, first.Close())
		second, err := jsonevents.Open(dir, jsonevents.Options{Disk: disk})
		require.NoError(t, err)
		require.Equal(t, []string{"a1"}, ids(t, second))
		inUse(t, disk, dir, os.Getpid())
		require.NoError(t, first.Close(), "closing again does not take the lock from the second")
		inUse(t, disk, dir, os.Getpid())
		require.NoError(t, second.Close())
	}
	t.Run("a second start fails at once and names the first, in memory", func(t *testing.T) {
		s := newSite(t)
		test(t, s.disk, dataDir)
		require.Zero(t, s.disk.OpenFiles())
	})
	t.Run("a second start fails at once and names the first, on real files", func(t *testing.T) {
		test(t, durablefile.OS{}, t.TempDir())
	})
	t.Run("removing LOCK does not let a second process in", func(t *testing.T) {
		dir := t.TempDir()
		first, err := jsonevents.Open(dir, jsonevents.Options{})
		require.NoError(t, err)
		require.NoError(t, os.Remove(filepath.Join(dir, "LOCK")))
		_, err = jsonevents.Open(dir, jsonevents.Options{})
		require.ErrorAs(t, err, new(*jsonevents.InUseError))
		put(t, first, entry("a", 1))
		require.NoError(t, first.Close())
	})
	for name, away := range map[string]func(dir string) error{
		"moved":    func(dir string) error { return os.Rename(dir, dir+".moved") },
		"removed":  os.RemoveAll,
		"replaced": func(dir string) error { return errors.Join(os.Rename(dir, dir+".moved"), os.Mkdir(dir, 0o700)) },
	} {
		t.Run("a directory that was "+name+" takes no more writes", func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "data")
			fatal := make(chan error, 1)
			store, err := jsonevents.Open(dir, jsonevents.Options{IdleAfter: time.Hour, Fatal: func(err error) { fatal <- err }})
			require.NoError(t, err)
			put(t, store, entry("a", 1))
			require.NoError(t, away(dir))
			require.ErrorIs(t, attempt(store, entry("a", 2)), ports.ErrUnavailable)
			require.ErrorContains(t, <-fatal, "moved or removed")
			require.True(t, condition(t, store).Failed)
			require.NoError(t, store.Close())
			_, err = os.Stat(filepath.Join(dir, "HEAD"))
			require.ErrorIs(t, err, fs.ErrNotExist, "nothing lands in a directory of the same name")
			if name == "removed" {
				return
			}
			store, err = jsonevents.Open(dir+".moved", jsonevents.Options{})
			require.NoError(t, err)
			require.Equal(t, []string{"a1"}, ids(t, store))
			require.NoError(t, store.Close())
		})
	}
	t.Run("a start that was refused holds nothing", func(t *testing.T) {
		s := newSpecimen(t)
		require.NoError(t, s.disk.Remove(headFile))
		s.refuses(headFile, 0, 0)
		s.refuses(headFile, 0, 0)
	})
	t.Run("a killed process holds nothing", func(t *testing.T) {
		dir := t.TempDir()
		holder := exec.Command(os.Args[0])
		holder.Env = append(os.Environ(), holdVariable+"="+dir)
		stdin, err := holder.StdinPipe()
		require.NoError(t, err)
		defer func() { _ = stdin.Close() }()
		stdout, err := holder.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, holder.Start())
		defer func() { _ = holder.Process.Kill() }()
		said, err := bufio.NewReader(stdout).ReadString('\n')
		require.NoError(t, err)
		require.Equal(t, "open\n", said)
		inUse(t, nil, dir, holder.Process.Pid)
		require.NoError(t, holder.Process.Kill())
		_ = holder.Wait()
		store, err := jsonevents.Open(dir, jsonevents.Options{})
		require.NoError(t, err)
		put(t, store, entry("a", 1))
		require.NoError(t, store.Close())
	})
}
