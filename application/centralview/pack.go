package centralview

import (
	"encoding/binary"
	"math"
	"time"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
)

// totalsLine is the line of a SKU's totals; the lines of stores begin with 1.
const totalsLine = 0

// appendKey appends the key of an entry, which is its first part: the SKU, a zero byte, which no
// SKU has, and the line.
func appendKey(dst []byte, sku string, line uint32) []byte {
	return binary.BigEndian.AppendUint32(append(append(dst, sku...), 0), line)
}

// keyLength is the length of a key without the SKU.
const keyLength = 5

// split splits an entry.
func split(entry string) (sku string, line uint32, packed string) {
	for i := range len(entry) {
		if entry[i] == 0 {
			return entry[:i], binary.BigEndian.Uint32([]byte(entry[i+1 : i+keyLength])), entry[i+keyLength:]
		}
	}
	panic("centralview: an entry without a key") // cannot happen: appendKey wrote it
}

// packer packs numbers: a bit for each says whether it follows or is 0.
type packer struct {
	flags uint16
	bits  int
	text  []byte
}

func (p *packer) add(n int64) {
	if n != 0 {
		p.flags |= 1 << p.bits
		p.text = binary.AppendVarint(p.text, n)
	}
	p.bits++
}

func (p *packer) appendTo(dst []byte) []byte {
	return append(binary.LittleEndian.AppendUint16(dst, p.flags), p.text...)
}

type unpacker struct {
	flags uint16
	text  []byte
}

func newUnpacker(packed string) unpacker {
	text := []byte(packed)
	return unpacker{flags: binary.LittleEndian.Uint16(text), text: text[2:]}
}

func (u *unpacker) next() int64 {
	there := u.flags&1 != 0
	u.flags >>= 1
	if !there {
		return 0
	}
	n, size := binary.Varint(u.text)
	u.text = u.text[size:]
	return n
}

// zeroThreshold stands for a threshold of 0, which is not the same as no threshold.
const zeroThreshold = math.MinInt64

// epoch is the zero of packed times, so that they are short.
var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()

// packItem packs an item without its key.
func packItem(dst []byte, levels *stock.Levels, updatedAt time.Time) []byte {
	var room [64]byte
	p := packer{text: room[:0]}
	p.add(int64(levels.Version))
	p.add(updatedAt.UnixMicro() - epoch)
	p.add(levels.OnHand)
	p.add(levels.Reserved)
	p.add(levels.Damaged)
	p.add(levels.QualityControl)
	p.add(levels.Incoming)
	p.add(levels.Policy.SafetyStock)
	p.add(levels.Policy.OversellLimit)
	threshold := int64(0)
	if t := levels.Policy.LowStockThreshold; t != nil {
		if threshold = *t; threshold == 0 {
			threshold = zeroThreshold
		}
	}
	p.add(threshold)
	return p.appendTo(dst)
}

// unpackItem unpacks the result of packItem.
func unpackItem(packed string) (levels stock.Levels, updatedAt time.Time) {
	u := newUnpacker(packed)
	levels.Version = event.Version(u.next())
	updatedAt = time.UnixMicro(epoch + u.next()).UTC()
	levels.OnHand = u.next()
	levels.Reserved = u.next()
	levels.Damaged = u.next()
	levels.QualityControl = u.next()
	levels.Incoming = u.next()
	levels.Policy.SafetyStock = u.next()
	levels.Policy.OversellLimit = u.next()
	if threshold := u.next(); threshold != 0 {
		if threshold == zeroThreshold {
			threshold = 0
		}
		levels.Policy.LowStockThreshold = &threshold
	}
	return levels, updatedAt
}
