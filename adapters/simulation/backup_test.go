package simulation_test

import (
	"maps"
	"slices"

	"github.com/onhand/onhand/adapters/internal/durablefile/simdisk"
)

// backup is a copy of the disk without the indexes, and all that clients knew then.
type backup struct {
	disk   *simdisk.Disk // is not used itself
	checks *checks
}

// backUp draws whether an operator copies the disk while the power is off, or puts an earlier copy
// back. Then the indexes are newer than the log. What clients have learned since does not count.
func (w *world) backUp(d *simdisk.Disk) *simdisk.Disk {
	switch {
	case !w.chance(w.plan.backup):
	case w.backup == nil || w.rng.IntN(2) == 0:
		w.note("the disk is copied")
		w.backup = &backup{disk: d, checks: w.checks.copied()}
		return d.Reboot(w.rng)
	default:
		w.note("the copy of the disk is put back")
		w.restored = true
		w.checks.forget(w.backup.checks)
		return w.backup.disk.Reboot(w.rng)
	}
	return d
}

// copied is what is known of the promises until now.
func (c *checks) copied() *checks {
	return &checks{
		seen: c.seen, versions: maps.Clone(c.versions), calls: slices.Clone(c.calls), sights: slices.Clone(c.sights),
		sealed: maps.Clone(c.sealed),
	}
}

// forget goes back to what was known at an earlier time, but for the clocks.
func (c *checks) forget(since *checks) {
	then := since.copied()
	c.seen, c.versions, c.calls, c.sights, c.sealed = then.seen, then.versions, then.calls, then.sights, then.sealed
}
