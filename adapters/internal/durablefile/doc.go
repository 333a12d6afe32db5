// Package durablefile has the few calls to the disk that decide by their order what
// survives a power loss, as an interface, so that tests can fail, tear or forget
// any of them (see simdisk).
//
// It relies on POSIX on a journalling file system: bytes are durable after
// Datasync of their file; a file's name is durable after SyncDir of its
// directory; Rename replaces a name at once or not at all. It does not rely on
// the survival of anything unsynced, in whatever order, and never repeats a
// failed sync.
package durablefile
