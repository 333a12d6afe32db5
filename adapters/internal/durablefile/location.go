package durablefile

import "fmt"

// Location names a byte of a file, and the line that it is in, for an operator: the Location of a
// *ports.CorruptError. Lines are counted from 1; line 0 is a file without lines, or a line whose
// number is not known, and byte 0 of it is the whole file.
func Location(file string, line int, offset int64) string {
	switch {
	case line > 0:
		return fmt.Sprintf("%s, line %d (byte %d)", file, line, offset)
	case offset > 0:
		return fmt.Sprintf("%s, byte %d", file, offset)
	default:
		return file
	}
}
