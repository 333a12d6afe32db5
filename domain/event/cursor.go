package event

import (
	"encoding/json"
	"fmt"
	"math"
	"time"
	"unicode/utf8"
)

// Cursor reads JSON from left to right, as this program's encoders write it:
// members in one order, nothing between them, one spelling for every number and
// time. The first thing that is not as it must be stops it; then every call
// gives its zero value, and End reports the text that was expected.
//
// Most calls take the text that must stand before the value, for example
// `,"version":`. Nothing that a Cursor returns holds on to the bytes it reads,
// but for those of Value and Take, which are them.
type Cursor struct {
	rest []byte // empty once something was not as it must be
	want string // that something, empty if there was none
	at   []byte // the text in its place
}

// NewCursor makes a Cursor at the beginning of b.
func NewCursor(b []byte) Cursor { return Cursor{rest: b} }

// Fail stops the cursor because an expected text is missing, unless it has stopped before.
func (c *Cursor) Fail(want string) {
	if c.want == "" {
		c.want, c.at, c.rest = want, c.rest, nil
	}
}

// End is the outcome: nothing may be left.
func (c *Cursor) End() error {
	if len(c.rest) > 0 {
		c.Fail("the end")
	}
	if c.want != "" {
		return fmt.Errorf("%s expected at %.40q", c.want, c.at)
	}
	return nil
}

// AtEnd is End for callers that need no reason.
func (c *Cursor) AtEnd() bool { return len(c.rest) == 0 && c.want == "" }

// Has takes text if it comes next.
func (c *Cursor) Has(text string) bool {
	if len(c.rest) < len(text) || string(c.rest[:len(text)]) != text {
		return false
	}
	c.rest = c.rest[len(text):]
	return true
}

// Expect takes text, or stops.
func (c *Cursor) Expect(text string) {
	if !c.Has(text) {
		c.Fail(text)
	}
}

// Take takes n bytes as they are; nil if there are not so many.
func (c *Cursor) Take(n int) []byte {
	if len(c.rest) < n {
		c.Fail("more")
		return nil
	}
	taken := c.rest[:n:n]
	c.rest = c.rest[n:]
	return taken
}

// Next goes through an array: `for i := 0; c.Next(i); i++` stops in front of
// each element, which the loop's body takes.
func (c *Cursor) Next(i int) bool {
	if i == 0 {
		c.Expect(`[`)
		return !c.Has(`]`) && c.want == ""
	}
	if c.Has(`,`) {
		return true
	}
	c.Expect(`]`)
	return false
}

// Natural takes a whole number that is not negative, of up to 18 digits, as
// strconv.AppendInt writes it.
func (c *Cursor) Natural(before string) int64 {
	c.Expect(before)
	n, length := digits(c.rest, 18)
	if length == 0 {
		c.Fail("a number")
		return 0
	}
	c.rest = c.rest[length:]
	return int64(n) //nolint:gosec // has at most 18 digits
}

// Integer takes any whole number as strconv.AppendInt writes it.
func (c *Cursor) Integer(before string) int64 {
	c.Expect(before)
	rest, limit := c.rest, uint64(math.MaxInt64)
	negative := len(rest) > 0 && rest[0] == '-'
	if negative {
		rest, limit = rest[1:], limit+1
	}
	n, length := digits(rest, 19)
	if length == 0 || n > limit || negative && n == 0 {
		c.Fail("a number")
		return 0
	}
	c.rest = rest[length:]
	if negative {
		return -int64(n) //nolint:gosec // the smallest number overflows to itself
	}
	return int64(n) //nolint:gosec // is at most the limit
}

// digits reads a number of up to most digits at the beginning of b and tells how
// many there are; 0 if there is none or it begins with a 0 too many.
func digits(b []byte, most int) (n uint64, length int) {
	b = b[:min(most, len(b))]
	for length < len(b) && b[length]-'0' <= 9 {
		n = 10*n + uint64(b[length]-'0')
		length++
	}
	if length > 1 && b[0] == '0' {
		return 0, 0
	}
	return n, length
}

// Text takes a string, which must be UTF-8. Escapes are rare in the texts that are read
// often, so they are left to encoding/json.
func (c *Cursor) Text(before string) string {
	c.Expect(before)
	if len(c.rest) == 0 || c.rest[0] != '"' {
		c.Fail("a string")
		return ""
	}
	body := c.rest[1:]
	end := plain(body)
	if end < len(body) && body[end] >= utf8.RuneSelf {
		for end < len(body) && body[end] >= ' ' && body[end] != '"' && body[end] != '\\' {
			end++
		}
		if !utf8.Valid(body[:end]) {
			c.Fail("a string of UTF-8")
			return ""
		}
	}
	if end == len(body) || body[end] != '"' {
		return c.escapedText()
	}
	c.rest = body[end+1:]
	return string(body[:end])
}

func (c *Cursor) escapedText() (text string) {
	quoted := c.rest[:ValueLength(c.rest)]
	if json.Unmarshal(quoted, &text) != nil {
		c.Fail("a string")
		return ""
	}
	c.rest = c.rest[len(quoted):]
	return text
}

// Optional takes a string that is left out, together with what stands before it,
// where it would be empty.
func (c *Cursor) Optional(before string) string {
	if !c.Has(before) {
		return ""
	}
	text := c.Text("")
	if text == "" {
		c.Fail("a text that is not empty")
	}
	return text
}

// Value takes one JSON value as it stands, without a look inside.
func (c *Cursor) Value(before string) []byte {
	c.Expect(before)
	length := ValueLength(c.rest)
	if length == 0 {
		c.Fail("a value")
		return nil
	}
	return c.Take(length)
}

// Time takes a time as AppendTime writes it.
func (c *Cursor) Time(before string) time.Time {
	c.Expect(before)
	t, ok := parseTime(c.rest)
	if !ok {
		c.Fail("a time")
		return time.Time{}
	}
	c.rest = c.rest[len(timeFrame):]
	return t
}
