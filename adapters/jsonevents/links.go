package jsonevents

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/adapters/jsonevents/internal/processlock"
	"github.com/onhand/onhand/adapters/jsonevents/internal/segment"
	"github.com/onhand/onhand/ports"
)

// linkedFiles returns the files that a store writes in place and that have other names, as in a copy
// of the directory by hard links. These can be LOCK, TURN, and the segments from the one on in which
// HEAD ends. Other segments are only read, and other files are replaced as a whole.
func linkedFiles(dir segment.Directory, head headFile) (found []string) {
	names := []string{filepath.Join(dir.Path, processlock.LockName), filepath.Join(dir.Path, processlock.QueueName)}
	known, _, _ := head.read() // without HEAD, all segments count
	firsts, _ := dir.List()    // the start finds the fault
	for i, first := range firsts {
		if first >= known.End.Segment || i == len(firsts)-1 {
			names = append(names, dir.File(first))
		}
	}
	for _, name := range names {
		if links, err := dir.Disk.Links(name); err == nil && links > 1 {
			found = append(found, name)
		}
	}
	return found
}

// ownFiles gives the directory copies of linked files of its own. No other process has them open
// through this directory.
func ownFiles(opts *Options, dir segment.Directory, head headFile) error {
	linked := linkedFiles(dir, head)
	for _, name := range linked {
		if _, err := durablefile.Detach(dir.Disk, name); err != nil {
			return fmt.Errorf("copy %s, which is also in another directory (hard link): %w", name, err)
		}
	}
	if len(linked) > 0 {
		opts.Report(ports.Incident{
			Component: component,
			Message:   "the start copied files that are also in another directory (hard links): the two are independent now",
			Detail:    strings.Join(linked, ", "),
		})
	}
	return nil
}

// ownSharedFiles is ownFiles for a directory that processes may share. Others that are at work have
// the files open. Then none is copied: a start on the other directory does that.
func ownSharedFiles(opts *Options, dir segment.Directory, head headFile) error {
	if len(linkedFiles(dir, head)) == 0 {
		return nil
	}
	lock, err := processlock.Take(dir.Disk, dir.Path, durablefile.Exclusive)
	if errors.Is(err, ports.ErrInUse) {
		return nil
	}
	if err != nil {
		return err
	}
	if err = refuseNewer(lock, head); err == nil {
		err = ownFiles(opts, dir, head)
	}
	return errors.Join(err, lock.Release())
}
