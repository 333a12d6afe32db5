// Package segment keeps the lines of the log in files, the segments, and reads them by offset or
// from a position on. Segments are only appended to. They are cut only after the last byte that
// can have been acknowledged.
package segment
