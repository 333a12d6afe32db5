package jsondocuments_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/jsondocuments"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
	"github.com/onhand/onhand/ports/snapshotstoretest"
)

func TestSnapshotContract(t *testing.T) {
	snapshotstoretest.Run(t, func(t *testing.T) snapshotstoretest.Opener {
		dir := filepath.Join(t.TempDir(), "snapshots")
		return func(*testing.T) ports.SnapshotStore { return jsondocuments.NewSnapshots(dir, nil) }
	})
}

func TestADamagedSnapshotIsFoundAndTheOneBeforeCanBeRead(t *testing.T) {
	dir := t.TempDir()
	s := jsondocuments.NewSnapshots(dir, nil)
	for at := range event.Position(2) {
		_, err := s.Save(context.Background(), at+1, func(yield func([]byte, error) bool) { yield([]byte(`["one"]`), nil) },
			nil)
		require.NoError(t, err)
	}
	newest := filepath.Join(dir, "00000000000000000002.state")
	content, err := os.ReadFile(newest)
	require.NoError(t, err)
	content[3] ^= 1
	require.NoError(t, os.WriteFile(newest, content, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "00000000000000000003.state.tmp"), content, 0o600))

	s.Sweep()
	require.NoFileExists(t, filepath.Join(dir, "00000000000000000003.state.tmp"))
	list, err := s.List(context.Background())
	require.NoError(t, err)
	require.Equal(t, []ports.SnapshotInfo{{At: 2, Bytes: 84, Name: newest}, {At: 1, Bytes: 84, Name: list[1].Name}}, list)
	for record, err := range s.Records(context.Background(), 1) {
		require.NoError(t, err)
		require.Equal(t, `["one"]`, string(record))
	}
	for _, err := range s.Records(context.Background(), 2) {
		if damage, ok := errors.AsType[*ports.CorruptError](err); ok {
			require.Equal(t, newest, damage.Location)
			return
		}
	}
	require.Fail(t, "the damage was not found")
}
