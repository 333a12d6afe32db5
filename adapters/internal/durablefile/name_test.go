package durablefile_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/internal/durablefile"
)

func TestNoTextIsAPath(t *testing.T) {
	require.Equal(t, "central-view", durablefile.NameFor("central-view"))
	seen := map[string]string{}
	for _, text := range []string{
		"", ".", "..", "../a", "/", "a/b", `a\b`, "A", "a", "a.", "a b", "a\n", "\x00", "ä", "-", "-a", "x", "x-", strings.Repeat("a", 64), strings.Repeat("a", 65),
		durablefile.NameFor(".."), strings.Repeat("ö", 1000),
	} {
		name := durablefile.NameFor(text)
		require.Regexp(t, regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,65}$`), name)
		require.Empty(t, seen[name], "%q", text)
		seen[name] = text + " is there"
	}
}

func TestPrivateFilesAreForTheirUserOnly(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "private")
	disk := durablefile.OS{Private: true}
	require.NoError(t, disk.MkdirAll(dir))
	name := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(name+".tmp", nil, 0o644), "a leftover of an interrupted write, or a file of another program")
	require.NoError(t, os.Chmod(name+".tmp", 0o644))
	require.NoError(t, durablefile.WriteAtomically(disk, name, []byte("secret")))
	info, err := os.Stat(name)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	info, err = os.Stat(dir)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), info.Mode().Perm())
	require.NoError(t, durablefile.WriteAtomically(durablefile.OS{}, name, []byte("for the group")))
	info, err = os.Stat(name)
	require.NoError(t, err)
	require.Zero(t, info.Mode().Perm()&0o007)
}
