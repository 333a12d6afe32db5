package bootstrap

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestVerifyChangesNoIndex(t *testing.T) {
	dir := t.TempDir()
	s := startIndexed(t, dir)
	s.adjust()
	require.Equal(t, 201, s.call("PUT", "/v1/reservations/r", `{"lines":[{"store":"S1","sku":"A","quantity":1}]}`))
	require.Equal(t, 200, s.call("POST", "/v1/reservations/r/release", `{}`))
	s.eventually(func() bool { return s.indexer.Ending() == 0 })
	s.stop()
	index := filepath.Join(dir, "index", "closed", "1")
	verify := func() string {
		var told bytes.Buffer
		before := namesIn(t, index)
		require.NoError(t, Verify(dir, &told))
		require.Equal(t, before, namesIn(t, index))
		return told.String()
	}
	require.Contains(t, verify(), "1 in 1 indexes")

	require.NoError(t, os.WriteFile(filepath.Join(index, "DAMAGED"), nil, 0o600))
	told := verify()
	require.Contains(t, told, "0 in 0 indexes")
	require.Contains(t, told, index+": the index is damaged")
}

func namesIn(t *testing.T, dir string) (names []string) {
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
