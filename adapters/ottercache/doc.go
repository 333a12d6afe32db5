// Package ottercache keeps in memory what was costly to make (ports.Cache), on
// maypok86/otter: bounded by bytes, each entry for a fixed time, the least useful
// evicted first.
package ottercache
