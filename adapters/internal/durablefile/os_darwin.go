package durablefile

import (
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// datasync asks for F_FULLFSYNC, as os.File.Sync does on macOS: fsync(2) alone leaves
// the bytes in the drive's cache.
func datasync(f *os.File) error { return f.Sync() }

// Local fails with *NotLocalError unless dir is on a file system that macOS calls local.
func (OS) Local(dir string) error {
	var found unix.Statfs_t
	if err := unix.Statfs(dir, &found); err != nil {
		return &fs.PathError{Op: "statfs", Path: dir, Err: err}
	}
	if found.Flags&unix.MNT_LOCAL == 0 {
		return &NotLocalError{Dir: dir, Kind: unix.ByteSliceToString(found.Fstypename[:])}
	}
	return nil
}
