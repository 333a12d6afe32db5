package event

import "unicode/utf8"

// AppendString appends s as a JSON string (RFC 8259). Only what must be escaped
// is escaped, so one text has one encoding and the log stays greppable. Bytes
// that are not UTF-8 become U+FFFD; the callers refuse them long before.
func AppendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := plain(s); i < len(s); i += plain(s[i:]) {
		if s[i] < utf8.RuneSelf {
			dst = appendEscaped(append(dst, s[start:i]...), s[i])
			i++
			start = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			dst = append(append(dst, s[start:i]...), "\ufffd"...)
			start = i + size
		}
		i += size
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}

// appendEscaped appends a character that may not stand in a string as it is.
func appendEscaped(dst []byte, c byte) []byte {
	const hex = "0123456789abcdef"
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\n':
		return append(dst, '\\', 'n')
	default:
		return append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
	}
}

// plain is how many bytes at the beginning of s are ASCII and stand in a JSON
// string as they are. It looks at eight at a time, since most texts are names
// and numbers that are plain to their end.
func plain[T string | []byte](s T) int {
	i := 0
	for ; len(s)-i >= 8; i += 8 {
		w := s[i : i+8]
		if !allPlain(uint64(w[0]) | uint64(w[1])<<8 | uint64(w[2])<<16 | uint64(w[3])<<24 |
			uint64(w[4])<<32 | uint64(w[5])<<40 | uint64(w[6])<<48 | uint64(w[7])<<56) {
			break
		}
	}
	for i < len(s) && s[i] >= ' ' && s[i] != '"' && s[i] != '\\' && s[i] < utf8.RuneSelf {
		i++
	}
	return i
}

// allPlain reports whether eight bytes, put into one number, are all ASCII, and
// none a control character, a quotation mark or a backslash. To take n from
// every byte at once sets the top bit of some ASCII byte exactly if one is below
// n, for n up to 128; for a byte to equal c, its exclusive or with c is below 1.
func allPlain(bytes uint64) bool {
	const each, top = 0x0101010101010101, 0x8080808080808080
	quote, backslash := bytes^(each*'"'), bytes^(each*'\\')
	return (bytes|(bytes-each*' ')|(quote-each)|(backslash-each))&top == 0
}

// Which bytes can end what ValueLength need not look at, in a string and outside.
const (
	endsText = 1 << iota
	endsOther
)

var ends = [256]uint8{
	'"': endsText | endsOther, '\\': endsText,
	'{': endsOther, '[': endsOther, '}': endsOther, ']': endsOther, ',': endsOther,
}

// ValueLength is the length in bytes of the JSON value at the beginning of b, 0
// if there is none. It matches brackets and strings and does not check the text
// inside them.
func ValueLength(b []byte) int {
	depth := 0
	for i := 0; i < len(b); i++ {
		c := b[i]
		if ends[c]&endsOther == 0 {
			continue
		}
		switch c {
		case '"':
			if i = textEnd(b, i+1); i >= len(b) {
				return 0
			}
			if depth == 0 {
				return i + 1
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth <= 0 { // below 0 it is the end of what a scalar stands in
				return i + 1 + depth
			}
		case ',':
			if depth == 0 {
				return i
			}
		}
	}
	if depth > 0 {
		return 0
	}
	return len(b)
}

// textEnd is where the quotation mark stands that ends a string whose first
// character is at i; len(b) or more if there is none.
func textEnd(b []byte, i int) int {
	for ; i < len(b); i++ {
		if ends[b[i]]&endsText == 0 {
			continue
		}
		if b[i] == '"' {
			return i
		}
		i++ // the escaped byte
	}
	return i
}
