package jsonevents_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/internal/durablefile/simdisk"
	"github.com/onhand/onhand/adapters/jsonevents"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// TestFollowersGetEachCommitOnceOverAllSegments continues each reading where the one before ended,
// beside other readings that begin anywhere.
func TestFollowersGetEachCommitOnceOverAllSegments(t *testing.T) {
	store, err := jsonevents.Open("/data",
		jsonevents.Options{Disk: simdisk.New(), KeyTTL: time.Minute, SegmentBytes: 4 << 10})
	require.NoError(t, err)
	defer func() { require.NoError(t, store.Close()) }()
	next := func(after event.Position) (last event.Position) {
		last = after
		for c, err := range store.Commits(context.Background(), after) {
			require.NoError(t, err)
			require.Equal(t, last+1, c.Position)
			last = c.Position
		}
		return last
	}
	var at, end event.Position
	for n := range 300 {
		var commits []ports.Commit
		for i := range 1 + n%3 {
			commits = append(commits, ports.Commit{ID: "id", Events: []ports.Event{{
				Stream: event.StreamID(fmt.Sprint("s", n, ".", i)), Version: 1, Type: "test.happened.v1", Data: []byte(`{}`),
			}}})
		}
		_, err := store.Append(context.Background(), commits)
		require.NoError(t, err)
		end += event.Position(len(commits))
		if n%7 == 0 {
			require.Equal(t, end, next(end/2), "another reading in between")
		}
		if n%4 != 0 {
			at = next(at)
			require.Equal(t, end, at)
			require.Equal(t, end, next(at), "there is no more")
		}
	}
}
