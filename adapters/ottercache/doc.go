// Package ottercache is a ports.Cache in the process's memory, on maypok86/otter: bounded by
// bytes, each entry for a fixed time, the least useful evicted first.
package ottercache
