// Package simdisk is a disk in memory that fails as a test plans: any call can
// fail, a write can be torn, and a crash keeps only the synced bytes for sure; a
// seed decides about the others.
//
// A crash does what a journalling file system allows: of each file's unsynced
// writes any subset of 512-byte sectors arrives, and the size is that of some
// moment since the last sync; of each directory's unsynced changes of names a
// prefix arrives. A sync that fails without a crash abandons its changes:
// processes still see them, but no later sync brings them to the disk, as on
// Linux, where the pages count as clean from then on.
package simdisk
