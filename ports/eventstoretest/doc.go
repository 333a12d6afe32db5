// Package eventstoretest is the contract of ports.EventStore and
// ports.EventFeed as tests: every adapter and every decorator runs all of it.
package eventstoretest
