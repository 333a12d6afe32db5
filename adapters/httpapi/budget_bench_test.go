package httpapi

import (
	"fmt"
	"net"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/jsonevents"
	"github.com/onhand/onhand/application/feed"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// BenchmarkPieces measures the costs that the budget counts: the processor time of pieces
// that come from memory or from the log, including the write to a client in another process.
func BenchmarkPieces(b *testing.B) {
	const commits = 100_000
	store, err := jsonevents.Open(b.TempDir(), jsonevents.Options{})
	require.NoError(b, err)
	defer func() { require.NoError(b, store.Close()) }()
	for first := 0; first < commits; first += 1000 {
		group := make([]ports.Commit, 1000)
		for i := range group {
			group[i] = adjustment((first+i)%10_000, (first+i)/10_000+1)
		}
		_, err := store.Append(b.Context(), group)
		require.NoError(b, err)
	}
	for _, c := range []struct {
		name   string
		kept   int // commits in memory
		filter feed.Filter
		bytes  int // of a piece
	}{
		{"64 KiB from memory", commits, feed.All, pieceBytes},
		{"64 KiB from the log", 1, feed.All, pieceBytes},
		{"1 MiB from the log", 1, feed.All, maxPageBytes},
		{"one commit from the log", 1, feed.All, 1},
		{"10,000 commits of the log that do not pass", 1, feed.Filter{Store: "S2"}, pieceBytes},
	} {
		b.Run(c.name, func(b *testing.B) {
			end := event.Position(0)
			opts := feed.Options{Commits: c.kept, Bytes: 1 << 30, Encode: EncodeEvent("")}
			tail := feed.NewTail(store, func() event.Position { return end }, opts)
			tail.Start(b.Context())
			defer func() { require.NoError(b, tail.Stop(b.Context())) }()
			keep := tail.Follow(feed.All, 0)
			defer keep.Close()
			require.NoError(b, tail.Reach(b.Context(), commits))
			client := readerProcess(b)
			follower := tail.Follow(c.filter, 0)
			read := func() (sent int) {
				var out []byte
				more, err := follower.Read(b.Context(), func(one *feed.Commit) bool {
					out = appendMessage(out, one, c.filter)
					return len(out) < c.bytes
				})
				require.NoError(b, err)
				_, err = client.Write(out)
				require.NoError(b, err)
				if !more {
					follower.Close()
					follower = tail.Follow(c.filter, 0)
				}
				return len(out)
			}
			for range commits / 50 { // so that the commits in memory are encoded
				if c.kept > 1 {
					read()
				}
			}
			sent, before := 0, processorTime(b)
			for b.Loop() {
				sent += read()
			}
			used := processorTime(b) - before
			b.ReportMetric(float64(used.Microseconds())/float64(b.N), "cpu-µs/op")
			b.ReportMetric(float64(used.Nanoseconds())/float64(max(sent, 1)), "cpu-ns/B")
			follower.Close()
		})
	}
}

func adjustment(item, version int) ports.Commit {
	const id = "0190a3c0-968c-79da-8e45-5ebd5d89c4a3"
	return ports.Commit{
		ID: id, Time: time.Now(), Actor: "shop-web", RequestID: id, Result: []byte(`{"version":12}`),
		Events: []ports.Event{{
			Stream: event.StreamID(fmt.Sprintf("stock/S1/sku-%07d", item)), Version: event.Version(version),
			Type: "stock.adjusted.v1",
			Data: []byte(`{"delta":-3,"after":{"onHand":1200,"reserved":6,"damaged":0,"qualityControl":0,"incoming":0,` +
				`"available":1194,"policy":{"safetyStock":0,"oversellLimit":0},"version":12}}`),
		}},
	}
}

// readerProcess connects to a process that reads everything.
func readerProcess(b *testing.B) net.Conn {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	ours, err := net.Dial("tcp", listener.Addr().String())
	require.NoError(b, err)
	theirs, err := listener.Accept()
	require.NoError(b, err)
	require.NoError(b, listener.Close())
	file, err := theirs.(*net.TCPConn).File()
	require.NoError(b, err)
	reader := exec.Command("cat")
	reader.Stdin = file
	require.NoError(b, reader.Start())
	require.NoError(b, file.Close())
	require.NoError(b, theirs.Close())
	b.Cleanup(func() {
		require.NoError(b, ours.Close())
		require.NoError(b, reader.Wait())
	})
	return ours
}

// processorTime returns the processor time that this process has used.
func processorTime(b *testing.B) time.Duration {
	var used syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &used))
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
