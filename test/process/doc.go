// Package process runs the real program for tests: built from this source, as a
// process of its own, on real files and a real port.
package process
