// Package durablefile is what the file adapters know about disks: the few calls
// whose order decides what survives a power loss, behind an interface so that
// tests can fail, tear or forget any of them (see simdisk).
//
// What it relies on (POSIX on a journalling file system): bytes are durable
// after Datasync of their file; a file's name is durable after SyncDir of its
// directory; Rename replaces a name at once or not at all. What it does not rely
// on: that anything unsynced survives, in whatever order, or that a failed sync
// may be tried again.
package durablefile
