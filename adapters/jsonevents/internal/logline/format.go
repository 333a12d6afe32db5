package logline

import (
	"bytes"
	"fmt"
	"strconv"
)

// Format is the version of the format of lines, HEAD and LOCK. Every version of the program begins
// them with FormatStart and a number, and ends them with the same seal, so that an older version can
// tell a newer format from damage. A version that raises the format of lines raises that of HEAD
// before it writes the first such line.
const Format = 1

// FormatStart begins every line; its format follows.
const FormatStart = `{"v":`

// NewerError means that a sealed text is of a newer format.
type NewerError struct{ Format int64 }

func (e *NewerError) Error() string {
	return fmt.Sprintf("a newer version wrote it: it has format %d", e.Format)
}

// checkFormat returns a *NewerError for a text of a newer format.
func checkFormat(b []byte) error {
	rest, is := bytes.CutPrefix(b, []byte(FormatStart))
	if !is {
		return nil // it has another fault
	}
	digits, _, _ := bytes.Cut(rest[:min(len(rest), 20)], []byte{','})
	if format, err := strconv.ParseInt(string(digits), 10, 64); err == nil && format > Format {
		return &NewerError{Format: format}
	}
	return nil
}
