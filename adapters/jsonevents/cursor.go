package jsonevents

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/onhand/onhand/domain/event"
)

// cursor reads a line from left to right. The first thing that is not as it
// must be stops it; the rest of the calls then do nothing.
type cursor struct {
	rest []byte
	err  error
}

func (c *cursor) fail(want string) {
	if c.err == nil {
		c.err = fmt.Errorf("%s expected at %.40q", want, c.rest)
	}
}

// has takes text if it comes next.
func (c *cursor) has(text string) bool {
	if c.err != nil || len(c.rest) < len(text) || string(c.rest[:len(text)]) != text {
		return false
	}
	c.rest = c.rest[len(text):]
	return true
}

func (c *cursor) expect(text string) {
	if !c.has(text) {
		c.fail(text)
	}
}

// integer takes a whole number as strconv.AppendInt writes it, not negative.
func (c *cursor) integer() int64 {
	var n int64
	i := 0
	for i < len(c.rest) && i < 18 && c.rest[i] >= '0' && c.rest[i] <= '9' {
		n = 10*n + int64(c.rest[i]-'0')
		i++
	}
	if c.err != nil || i == 0 || i > 1 && c.rest[0] == '0' {
		c.fail("a number")
		return 0
	}
	c.rest = c.rest[i:]
	return n
}

// text takes a string as event.AppendString writes it.
func (c *cursor) text() string {
	if c.err != nil || len(c.rest) == 0 || c.rest[0] != '"' {
		c.fail("a string")
		return ""
	}
	end := bytes.IndexByte(c.rest[1:], '"') + 1
	if end > 0 && bytes.IndexByte(c.rest[1:end], '\\') < 0 {
		plain := string(c.rest[1:end])
		if !utf8.ValidString(plain) {
			c.fail("a string of UTF-8")
		}
		c.rest = c.rest[end+1:]
		return plain
	}
	var unescaped string
	quoted := c.value()
	if c.err == nil && json.Unmarshal(quoted, &unescaped) != nil {
		c.fail("a string")
	}
	return unescaped
}

func (c *cursor) optional(name string) string {
	if !c.has(name) {
		return ""
	}
	text := c.text()
	if text == "" {
		c.fail("a text that is not empty")
	}
	return text
}

// value takes one JSON value as it stands.
func (c *cursor) value() []byte {
	length := 0
	if c.err == nil {
		length = event.ValueLength(c.rest)
	}
	if length == 0 {
		c.fail("a value")
		return nil
	}
	value := c.rest[:length:length]
	c.rest = c.rest[length:]
	return value
}

func (c *cursor) time() time.Time {
	text := c.text()
	t, err := time.Parse(event.TimeLayout, text)
	if err != nil || !strings.HasSuffix(text, "Z") {
		c.fail("a time")
	}
	return t
}

func (c *cursor) hash() (h hashed) {
	c.expect(`"`)
	digits := 2 * len(h)
	if c.err != nil || len(c.rest) < digits {
		c.fail("a hash")
		return h
	}
	if _, err := hex.Decode(h[:], c.rest[:digits]); err != nil {
		c.fail("a hash")
	}
	c.rest = c.rest[digits:]
	c.expect(`"`)
	return h
}

// list takes a JSON array of at least one element.
func list(c *cursor, element func()) {
	c.expect(`[`)
	for {
		element()
		if c.err != nil || !c.has(`,`) {
			break
		}
	}
	c.expect(`]`)
}

// end is the outcome: nothing may be left.
func (c *cursor) end() error {
	if len(c.rest) > 0 {
		c.fail("the end of the line")
	}
	return c.err
}
