// Package memory keeps the log in memory: the event store for tests of whatever
// stands on one. It keeps every promise of the port but durability over the end
// of the process.
package memory
