package durablefile

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEveryDirectoryThatGetsANewNameInItIsSynced(t *testing.T) {
	top := t.TempDir()
	var synced []string
	note := func(dir string) error {
		synced = append(synced, dir)
		return nil
	}
	dir := filepath.Join(top, "a", "b", "c")
	require.NoError(t, mkdirAll(dir, dirPerm, note))
	require.ElementsMatch(t, []string{top, filepath.Join(top, "a"), filepath.Join(top, "a", "b")}, synced)
	synced = nil
	require.NoError(t, mkdirAll(dir, dirPerm, note))
	require.Empty(t, synced, "there is no new name")
	broken := errors.New("broken")
	require.ErrorIs(t, mkdirAll(dir+"/d", dirPerm, func(string) error { return broken }), broken)
}
