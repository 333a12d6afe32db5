package bootstrap

import (
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

func TestTheLeastOfTheControlGroupsCounts(t *testing.T) {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	for want, root := range map[int64]fstest.MapFS{
		0:   {},
		100: {"proc/self/cgroup": file("0::/\n"), "sys/fs/cgroup/memory.max": file("100\n")},
		200: {
			"proc/self/cgroup": file("1:memory:/x\n0::/a.slice/b.service\n"), "sys/fs/cgroup/a.slice/b.service/memory.max": file("max\n"),
			"sys/fs/cgroup/a.slice/memory.max": file("200\n"),
		},
		300: {
			"proc/self/cgroup": file("0::/a/b\n"), "sys/fs/cgroup/a/b/memory.max": file("300\n"), "sys/fs/cgroup/a/memory.max": file("400\n"), "sys/fs/cgroup/memory.max": file("max\n"),
		},
	} {
		require.Equal(t, want, groupMemory(root))
	}
	require.Zero(t, groupMemory(fstest.MapFS{"proc/self/cgroup": file("1:memory:/x\n")}), "version 1 is not looked at")
	require.Zero(t, groupMemory(fstest.MapFS{"proc/self/cgroup": file("0::/../..\n")}),
		"a group outside of what can be seen")
}

func TestTheLimitsOfThisHost(t *testing.T) {
	limits := hostLimitsOf(map[string]string{"GOMEMLIMIT": " 1GiB"})
	require.Equal(t, "1GiB", limits.goMemLimit)
	require.Positive(t, limits.descriptors)
	require.Equal(t, limits.kindOf(t.TempDir()), limits.kindOf(filepath.Join(t.TempDir(), "not", "there", "yet")))
	require.Contains(t, []string{"", "tmpfs"}, limits.kindOf("/dev/shm/onhand-is-not-there"))
	require.Empty(t, limits.kindOf("/dev/null/x"), "what cannot be is not judged")
}
