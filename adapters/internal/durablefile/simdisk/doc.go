// Package simdisk is a disk in memory that misbehaves on order: any call can
// fail, a write can be torn, and after a crash only what was synced is sure to
// be there; of the rest, a seed decides.
//
// What a crash may do is what a journalling file system may do: of each file's
// unsynced writes any subset of 512-byte sectors arrives, and the size is that
// of some moment since the last sync; of each directory's unsynced changes of
// names a prefix arrives. A sync that fails otherwise forsakes what it should
// have brought to the disk: it is still seen, but no later sync will bring it,
// as on Linux, where the pages count as clean from then on.
package simdisk
