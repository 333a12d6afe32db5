// Package durablefile has the few calls to the disk with an order that decides which bytes survive a
// power loss. They are an interface, so that tests can fail, tear or forget any of them (see
// simdisk).
//
// The package relies on POSIX on a journalling file system: bytes are durable after Datasync of
// their file; a file's name is durable after SyncDir of its directory; Rename replaces a name at
// once or not at all. It does not rely on unsynced bytes, in any order, and never repeats a failed
// sync.
package durablefile
