// Package simdisk is a disk in memory that fails as a test plans: any call can fail, a write can
// be torn, and after a crash only the synced bytes are certain. A seed decides about the others.
//
// A crash does no more than a journalling file system allows. Of each file's unsynced writes any
// subset of 512-byte sectors arrives, and the size is one that the file had since the last sync.
// Of each directory's unsynced changes of names a prefix arrives. A failed sync without a crash
// abandons its changes: processes still see them, but no later sync brings them to the disk, as
// on Linux, which marks such pages clean.
package simdisk
