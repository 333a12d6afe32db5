package event

import (
	"time"
	"unicode/utf8"
)

// TimeLayout is how times are written on disk and on the wire: RFC 3339 in UTC
// with exactly six digits of a second.
const TimeLayout = "2006-01-02T15:04:05.000000Z"

// AppendTime appends t as a JSON string in TimeLayout.
func AppendTime(dst []byte, t time.Time) []byte {
	dst = append(dst, '"')
	dst = t.UTC().AppendFormat(dst, TimeLayout)
	return append(dst, '"')
}

// AppendString appends s as a JSON string (RFC 8259). Only what must be escaped
// is escaped, so one text has one encoding and the log stays greppable. Bytes
// that are not UTF-8 become U+FFFD; the callers refuse them long before.
func AppendString(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && size == 1 {
				dst = append(dst, s[start:i]...)
				dst = append(dst, "\ufffd"...)
				start = i + 1
			}
			i += size
			continue
		}
		dst = append(dst, s[start:i]...)
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
		i++
		start = i
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}

// ValueLength is the length in bytes of the JSON value at the beginning of b, 0
// if there is none. It matches brackets and strings and does not check what is
// inside them.
func ValueLength(b []byte) int {
	depth, inString := 0, false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
			if !inString && depth == 0 {
				return i + 1
			}
		case inString:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			depth--
			if depth == 0 {
				return i + 1
			}
			if depth < 0 { // the end of what a scalar stands in
				return i
			}
		case c == ',' && depth == 0:
			return i
		}
	}
	if depth > 0 || inString {
		return 0
	}
	return len(b)
}
