// Package overlay builds the program with faults that can be ordered while it runs:
// disks that fail, tear, fill up or are slow, deaths and stops in the middle of a
// write, and wall clocks that jump. The program itself knows nothing of it: its source
// is replaced for the build, snippet by snippet, and a snippet that is not found fails
// the build, so that a change of the original is noticed.
package overlay
