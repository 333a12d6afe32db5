package eventfile_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/eventfile"
	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/adapters/internal/durablefile/simdisk"
	"github.com/onhand/onhand/ports"
	"github.com/onhand/onhand/ports/publishertest"
)

const path = "out/events.ndjson"

func lines(t *testing.T, disk durablefile.Disk, path string) [][]byte {
	t.Helper()
	content, err := durablefile.ReadAll(disk, path)
	require.NoError(t, err)
	var all [][]byte
	for line := range bytes.Lines(content) {
		require.True(t, bytes.HasSuffix(line, []byte("\n")))
		all = append(all, line)
	}
	return all
}

func TestContract(t *testing.T) {
	publishertest.Run(t, func(t *testing.T) publishertest.Receiver {
		disk := simdisk.New()
		var before *eventfile.File
		return publishertest.Receiver{
			Open: func(t *testing.T) ports.Publisher {
				if before != nil {
					require.NoError(t, before.Close())
				}
				f, err := eventfile.Open(path, "", disk)
				require.NoError(t, err)
				before = f
				return f
			},
			Taken: func(t *testing.T) [][]byte { return lines(t, disk, path) },
			Refuse: func(refuse bool) {
				disk.Plan(func(c simdisk.Call) simdisk.Fault {
					if refuse && c.Op == "sync" {
						return simdisk.Fault{Err: os.ErrInvalid}
					}
					return simdisk.Fault{}
				})
			},
		}
	})
}

func open(t *testing.T, path string) *eventfile.File {
	t.Helper()
	f, err := eventfile.Open(path, "https://stock.example", nil)
	require.NoError(t, err)
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func publish(t *testing.T, f *eventfile.File, events []ports.StreamEvent) {
	t.Helper()
	n, err := f.Publish(context.Background(), events)
	require.NoError(t, err)
	require.Len(t, events, n)
}

func TestAFileIsContinued(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "events.ndjson")
	first := open(t, path)
	publish(t, first, publishertest.Events(1, 3))
	other := filepath.Join(t.TempDir(), "other.ndjson")
	require.NoError(t, os.Link(path, other))
	for _, name := range []string{path, other} {
		_, err := eventfile.Open(name, "", nil)
		require.ErrorIs(t, err, ports.ErrInUse, "another process would write over its events")
	}
	require.NoError(t, first.Close())
	publish(t, open(t, path), publishertest.Events(2, 5))
	all := lines(t, durablefile.OS{}, path)
	require.Len(t, all, 6)
	require.Contains(t, string(all[5]), `{"specversion":"1.0","id":"6.0","source":"https://stock.example",`)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Zero(t, info.Mode().Perm()&0o007, "not for everybody")
}

func TestATornEndIsCutOffAndWrittenAgain(t *testing.T) {
	disk := simdisk.New()
	fill := func() {
		f, err := eventfile.Open(path, "", disk)
		require.NoError(t, err)
		publish(t, f, publishertest.Events(1, 4))
		require.NoError(t, f.Close())
	}
	fill()
	whole, err := durablefile.ReadAll(disk, path)
	require.NoError(t, err)
	for n := range whole {
		rests := []string{"", "\x00\x00\n", "\n"}
		if n < 30 {
			rests = rests[:2] // with a line break it cannot be told from a foreign line
		}
		for _, rest := range rests {
			require.NoError(t, durablefile.WriteAtomically(disk, path, append(append([]byte{}, whole[:n]...), rest...)))
			fill()
			again, err := durablefile.ReadAll(disk, path)
			require.NoError(t, err)
			require.Equal(t, string(whole), string(again), "cut at %d", n)
		}
	}
}

func TestAFileThatIsNotOursIsLeftAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "passwd")
	for _, content := range []string{"root:x:0:0\n", "{}\n", `{"specversion":"1.0","type":"x"}` + "\n", "\n"} {
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		_, err := eventfile.Open(path, "", nil)
		var damage *ports.CorruptError
		require.ErrorAs(t, err, &damage)
		left, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, content, string(left))
	}
	_, err := eventfile.Open(t.TempDir(), "", nil)
	require.Error(t, err, "a directory")
}

// A long file: only its end is read, what lies before is known to be there; damage
// far from the end is no torn write.
func TestOnlyTheEndOfALongFileIsRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.ndjson")
	events := publishertest.Events(1, 9000)
	for i := range events {
		events[i].Data = fmt.Appendf(nil, `{"delta":%d,"filler":"%02000d"}`, i, i)
	}
	f := open(t, path)
	publish(t, f, events)
	publish(t, f, events)
	require.NoError(t, f.Close())
	f = open(t, path)
	publish(t, f, events)
	require.NoError(t, f.Close())
	require.Len(t, lines(t, durablefile.OS{}, path), 9000)
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	require.NoError(t, err)
	info, err := file.Stat()
	require.NoError(t, err)
	_, err = file.WriteAt([]byte("\x00"), info.Size()-6<<20)
	require.NoError(t, err)
	require.NoError(t, file.Close())
	_, err = eventfile.Open(path, "", nil)
	var damage *ports.CorruptError
	require.ErrorAs(t, err, &damage)
	require.Regexp(t, `, byte [1-9]\d*$`, damage.Location)
}

func TestAFileThatWasRemovedTakesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.ndjson")
	f := open(t, path)
	publish(t, f, publishertest.Events(1, 1))
	require.NoError(t, os.Remove(path))
	n, err := f.Publish(context.Background(), publishertest.Events(2, 1))
	require.Zero(t, n)
	require.ErrorContains(t, err, "removed")
}
