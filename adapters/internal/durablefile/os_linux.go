package durablefile

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

func datasync(f *os.File) error { return syscall.Fdatasync(int(f.Fd())) }

// localKinds are the file systems that live in one machine: every process sees the
// writes and locks of the others at once.
var localKinds = map[int64]string{
	0xEF53: "ext", 0x58465342: "xfs", 0x9123683E: "btrfs", 0x01021994: "tmpfs", 0x858458F6: "ramfs", 0x794C7630: "overlay",
	0xF2F52010: "f2fs", 0x2FC12FC1: "zfs", 0x3153464A: "jfs", 0x52654973: "reiserfs", 0xCA451A4E: "bcachefs",
}

// distantKinds are the names of the network file systems that are likely to be met.
var distantKinds = map[int64]string{
	0x6969: "nfs", 0x65735546: "fuse", 0x517B: "smb", 0xFF534D42: "cifs", 0xFE534D42: "smb2", 0x01021997: "9p",
	0x00C36400: "ceph",
	0x0BD00BD0: "lustre", 0x5346414F: "afs", 0x7461636F: "ocfs2", 0x01161970: "gfs2",
}

// Local fails with *NotLocalError unless dir is on a file system known to be local.
func (OS) Local(dir string) error {
	var found syscall.Statfs_t
	if err := syscall.Statfs(dir, &found); err != nil {
		return &fs.PathError{Op: "statfs", Path: dir, Err: err}
	}
	return localKind(dir, int64(found.Type)) //nolint:unconvert // its type differs between machines
}

func localKind(dir string, kind int64) error {
	if _, local := localKinds[kind]; local {
		return nil
	}
	name, known := distantKinds[kind]
	if !known {
		name = fmt.Sprintf("%#x", kind)
	}
	return &NotLocalError{Dir: dir, Kind: name}
}
