package filelock

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"slices"
	"time"

	"github.com/onhand/onhand/ports"
)

const (
	slotSize   = 256 << 10
	headerSize = 24 // magic, number, length and checksum
)

// format is the version of a slot's form.
const format = 1

// magic begins a slot. Every version keeps the header's form and checksum, so that an older one can
// tell a newer form from damage.
var magic = [8]byte{'o', 'n', 'h', 'l', 'o', 'c', 'k', format}

var checksums = crc32.MakeTable(crc32.Castagnoli)

// content is the content of a shard's newest slot. Its bytes belong to the slot's buffer.
type content struct {
	boot    []byte // the machine's start that the times count from
	highest int64  // of all tokens given
	entries []entry
}

// entry is the lease on one stream, or, with token 0, its reservation for the first owner
// of its queue.
type entry struct {
	stream, owner []byte
	token         int64
	ends          time.Duration
	queue         queue // other owners that want it
}

var errDamaged = errors.New("the slot is damaged")

// appendSlot appends a whole slot.
func appendSlot(dst []byte, number uint64, c *content) []byte {
	start := len(dst)
	dst = append(dst, magic[:]...)
	dst = binary.LittleEndian.AppendUint64(dst, number)
	dst = append(dst, 0, 0, 0, 0, 0, 0, 0, 0)
	dst = appendText(dst, c.boot)
	dst = binary.AppendUvarint(dst, uint64(c.highest)) //nolint:gosec // never below 0
	for i := range c.entries {
		e := &c.entries[i]
		dst = appendText(dst, e.stream)
		dst = appendText(dst, e.owner)
		dst = binary.AppendUvarint(dst, uint64(e.token)) //nolint:gosec // never below 0
		dst = binary.AppendUvarint(dst, uint64(e.ends))  //nolint:gosec // never below 0
		dst = appendText(dst, e.queue)
	}
	slot := dst[start:]
	//nolint:gosec // write checks its size
	binary.LittleEndian.PutUint32(slot[16:], uint32(len(slot)-headerSize))
	binary.LittleEndian.PutUint32(slot[20:], checksum(slot))
	return dst
}

func appendText(dst, text []byte) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(text))), text...)
}

// checksum returns the checksum of all of a slot except the checksum itself.
func checksum(slot []byte) uint32 {
	return crc32.Update(crc32.Checksum(slot[:20], checksums), checksums, slot[headerSize:])
}

// slotLength returns the length that a slot gives, 0 if it is no slot.
func slotLength(slot []byte) int {
	if len(slot) < headerSize || string(slot[:7]) != string(magic[:7]) || slot[7] < format {
		return 0
	}
	length := headerSize + int64(binary.LittleEndian.Uint32(slot[16:]))
	if length > slotSize {
		return 0
	}
	return int(length)
}

// parseSlot reads a whole slot and returns its number; into keeps its memory. A slot of a newer form
// is a *ports.NewerFormatError.
func parseSlot(slot []byte, into *content) (number uint64, err error) {
	length := slotLength(slot)
	if length == 0 || length > len(slot) {
		return 0, errDamaged
	}
	slot = slot[:length]
	if checksum(slot) != binary.LittleEndian.Uint32(slot[20:]) {
		return 0, errDamaged
	}
	if slot[7] > format {
		return 0, &ports.NewerFormatError{Location: "leases", Format: int64(slot[7]), Known: format}
	}
	c := content{entries: into.entries[:0]}
	r := reader{rest: slot[headerSize:]}
	c.boot, c.highest = r.text(), r.number()
	for len(r.rest) > 0 && !r.bad {
		c.entries = append(c.entries,
			entry{stream: r.text(), owner: r.text(), token: r.number(), ends: time.Duration(r.number()), queue: r.text()})
	}
	if r.bad {
		return 0, errDamaged
	}
	*into = c
	return binary.LittleEndian.Uint64(slot[8:]), nil
}

// reader takes values from the front of a slot's bytes.
type reader struct {
	rest []byte
	bad  bool
}

func (r *reader) number() int64 {
	value, n := binary.Uvarint(r.rest)
	if n <= 0 || value > 1<<63-1 {
		r.rest, r.bad = nil, true
		return 0
	}
	r.rest = r.rest[n:]
	return int64(value)
}

func (r *reader) text() []byte {
	n := r.number()
	if n > int64(len(r.rest)) {
		r.rest, r.bad = nil, true
	}
	if r.bad {
		return nil
	}
	text := r.rest[:n:n]
	r.rest = r.rest[n:]
	return text
}

// find returns the index of a stream's lease, or -1.
func (c *content) find(stream string) int {
	return slices.IndexFunc(c.entries, func(e entry) bool { return string(e.stream) == stream })
}

// expire removes the leases that are over: all of them if the machine has restarted
// since.
func (c *content) expire(boot []byte, now time.Duration) {
	if !slices.Equal(c.boot, boot) {
		c.boot, c.entries = boot, c.entries[:0]
		return
	}
	c.entries = slices.DeleteFunc(c.entries, func(e entry) bool { return e.ends <= now })
}
