package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheMountOfADirectoryIsTheDeepestThatLeadsToIt(t *testing.T) {
	const mounts = `22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
23 22 0:21 / /data rw,noatime - tmpfs tmpfs rw
24 22 254:16 / /data/disk rw,noatime shared:3 master:1 - xfs /dev/vdb rw,attr2
`
	require.Equal(t, "xfs on /dev/vdb (rw,noatime)", mountOf(mounts, "/data/disk/bench-1"))
	require.Equal(t, "tmpfs on tmpfs (rw,noatime)", mountOf(mounts, "/data/disks"))
	require.Equal(t, "ext4 on /dev/vda (rw,relatime)", mountOf(mounts, "/home"))
}

func TestFileNamesKeepLettersAndDigits(t *testing.T) {
	require.Equal(t, "adjust-over-http-durable-adjust-10-000-skus", fileName("adjust over HTTP durable adjust, 10,000 SKUs"))
}
