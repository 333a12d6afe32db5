package jsonsnapshots_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/jsonsnapshots"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
	"github.com/onhand/onhand/ports/snapshotstoretest"
)

func TestContract(t *testing.T) {
	snapshotstoretest.Run(t, func(t *testing.T) ports.SnapshotStore {
		return jsonsnapshots.New(filepath.Join(t.TempDir(), "snapshots"), nil)
	})
}

func TestADamagedSnapshotGivesWayToTheOneBefore(t *testing.T) {
	dir := t.TempDir()
	s := jsonsnapshots.New(dir, nil)
	for at := range event.Position(2) {
		_, err := s.Save(context.Background(), at+1, func(yield func([]byte, error) bool) { yield([]byte(`["one"]`), nil) }, nil)
		require.NoError(t, err)
	}
	newest := filepath.Join(dir, "00000000000000000002.state")
	content, err := os.ReadFile(newest)
	require.NoError(t, err)
	content[3] ^= 1
	require.NoError(t, os.WriteFile(newest, content, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "00000000000000000003.state.tmp"), content, 0o600))

	var refused []event.Position
	at, err := s.Load(context.Background(), func(event.Position) ports.SnapshotReader {
		return ports.SnapshotReader{
			Decode: func([]byte) (any, error) { return 1, nil },
			Take:   func(any) error { return nil },
		}
	}, func(at event.Position, _ error) { refused = append(refused, at) })
	require.NoError(t, err)
	require.Equal(t, event.Position(1), at)
	require.Equal(t, []event.Position{2}, refused)
	for _, err := range s.Records(context.Background(), 2) {
		if damage, ok := errors.AsType[*ports.CorruptError](err); ok {
			require.Equal(t, newest, damage.File)
			return
		}
	}
	require.Fail(t, "the damage was not found")
}
