package bootstrap

import (
	"io/fs"
	"math"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// hostLimits are the limits of this machine that settings are compared with. The zero value
// has none.
type hostLimits struct {
	descriptors int    // that the process may have open; 0 if unknown or unlimited
	goMemLimit  string // the environment's GOMEMLIMIT
	memory      int64  // that the control group may use, in bytes; 0 if unknown or unlimited
	// fileSystem returns the kind of file system of a path, or of a path that does not exist
	// yet. It is empty for a kind that is safe. It may be nil.
	fileSystem func(path string) string
}

func hostLimitsOf(environment map[string]string) hostLimits {
	return hostLimits{
		descriptors: openable(),
		goMemLimit:  strings.TrimSpace(environment["GOMEMLIMIT"]),
		memory:      groupMemory(os.DirFS("/")),
		fileSystem:  fileSystem,
	}
}

// openable returns RLIMIT_NOFILE. The Go runtime has already raised the soft limit to the hard
// limit.
func openable() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil || limit.Cur > math.MaxInt32 {
		return 0
	}
	return int(limit.Cur)
}

// kinds are file systems on which the log may not be durable, by their magic numbers
// (statfs(2)).
var kinds = map[uint32]string{
	0x01021994: "tmpfs", 0x858458f6: "ramfs",
	0x6969: "NFS", 0x517b: "SMB", 0xff534d42: "SMB", 0xfe534d42: "SMB",
	0x794c7630: overlay,
}

const overlay = "overlayfs"

func fileSystem(path string) string {
	path, err := filepath.Abs(path)
	for err == nil {
		var about syscall.Statfs_t
		failure := syscall.Statfs(path, &about)
		if failure == nil {
			return kinds[uint32(about.Type)] //nolint:gosec // the kernel's numbers have 32 bits
		}
		parent := filepath.Dir(path) // a path that does not exist yet will be on the file system of its parent
		if failure != syscall.ENOENT || parent == path {
			break
		}
		path = parent
	}
	return ""
}

// groupMemory returns the lowest memory limit of the control groups (version 2) of this
// process, or 0.
func groupMemory(root fs.FS) int64 {
	text, err := fs.ReadFile(root, "proc/self/cgroup")
	if err != nil {
		return 0
	}
	group := ""
	for line := range strings.Lines(string(text)) {
		if name, ours := strings.CutPrefix(strings.TrimSpace(line), "0::/"); ours {
			group = name
		}
	}
	least := int64(0)
	for group = path.Join("sys/fs/cgroup", group); ; group = path.Dir(group) {
		text, _ := fs.ReadFile(root, path.Join(group, "memory.max")) // the root group has none
		if n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil && (least == 0 || n < least) {
			least = n
		}
		if !strings.HasPrefix(group, "sys/fs/cgroup/") {
			return least
		}
	}
}
