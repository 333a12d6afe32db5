// Package memory keeps the stores of the service in memory, for tests and for EVENT_STORE=memory.
// The event store keeps every promise of its port except durability beyond the process.
package memory
