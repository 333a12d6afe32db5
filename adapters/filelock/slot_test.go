package filelock

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/adapters/internal/durablefile/simdisk"
	"github.com/onhand/onhand/ports"
)

func drawContent(t *rapid.T) content {
	text := rapid.SliceOfN(rapid.Byte(), 0, 300)
	c := content{boot: text.Draw(t, "boot"), highest: rapid.Int64Min(0).Draw(t, "highest")}
	for range rapid.IntRange(0, 5).Draw(t, "entries") {
		c.entries = append(c.entries, entry{
			stream: text.Draw(t, "stream"), owner: text.Draw(t, "owner"),
			token: rapid.Int64Min(0).Draw(t, "token"), ends: time.Duration(rapid.Int64Min(0).Draw(t, "ends")), queue: text.Draw(t, "queue"),
		})
	}
	return c
}

func TestASlotIsReadAsItWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, number := drawContent(t), rapid.Uint64().Draw(t, "number")
		slot := appendSlot([]byte("before")[:0], number, &c)
		require.Equal(t, len(slot), slotLength(slot))
		var got content
		n, err := parseSlot(append(slot, "old bytes behind it"...), &got)
		require.NoError(t, err)
		require.Equal(t, number, n)
		require.True(t, bytes.Equal(c.boot, got.boot))
		require.Equal(t, c.highest, got.highest)
		require.Len(t, got.entries, len(c.entries))
		for i, e := range c.entries {
			one := got.entries[i]
			require.Equal(t, [3]string{string(e.stream), string(e.owner), string(e.queue)},
				[3]string{string(one.stream), string(one.owner), string(one.queue)})
			require.Equal(t, [2]int64{e.token, int64(e.ends)}, [2]int64{one.token, int64(one.ends)})
		}
	})
}

// TestADamagedSlotHidesNoIntactOne damages one slot of a shard: what is read is what the
// other says, or what the damaged one said if it is whole after all.
func TestADamagedSlotHidesNoIntactOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		disk := simdisk.New()
		require.NoError(t, disk.MkdirAll("/d"))
		s, err := openShard(disk, "/d/00")
		require.NoError(t, err)
		var written [2]content
		for i := range written {
			written[i] = drawContent(t)
			require.NoError(t, s.read())
			s.content = written[i]
			require.NoError(t, s.write())
		}
		damaged := rapid.IntRange(0, 1).Draw(t, "which")
		size := len(appendSlot(nil, 0, &written[damaged]))
		rubbish := rapid.SliceOfN(rapid.Byte(), 1, size).Draw(t, "rubbish")
		at := rapid.IntRange(0, size-len(rubbish)).Draw(t, "at")
		before := make([]byte, len(rubbish))
		offset := int64(damaged*slotSize + at)
		_, _ = s.file.ReadAt(before, offset)
		_, err = s.file.WriteAt(rubbish, offset)
		require.NoError(t, err)
		require.NoError(t, s.read())
		want := written[1-damaged]
		if damaged == 0 || bytes.Equal(before, rubbish) {
			want = written[1] // the newer one, which is whole
		}
		require.Equal(t, want.highest, s.highest)
		require.Len(t, s.entries, len(want.entries))
		require.NoError(t, s.close())
	})
}

func FuzzSlot(f *testing.F) {
	c := content{
		boot: []byte("boot"), highest: 7, entries: []entry{{stream: []byte("a"), owner: []byte("b"), token: 7, ends: 9}},
	}
	f.Add(appendSlot(nil, 3, &c))
	f.Add([]byte{})
	f.Add(magic[:])
	f.Fuzz(func(t *testing.T, slot []byte) {
		var got content
		number, err := parseSlot(slot, &got)
		if err != nil {
			require.ErrorIs(t, err, errDamaged)
			return
		}
		var again content
		n, err := parseSlot(appendSlot(nil, number, &got), &again)
		require.NoError(t, err)
		require.Equal(t, number, n)
		require.Equal(t, got.highest, again.highest)
	})
}

func TestLeasesOfANewerVersionAreLeftAlone(t *testing.T) {
	disk := simdisk.New()
	require.NoError(t, disk.MkdirAll("/d"))
	c := content{boot: []byte("boot"), highest: 7}
	slot := appendSlot(nil, 1, &c)
	slot[7] = format + 1
	binary.LittleEndian.PutUint32(slot[20:], checksum(slot))
	name := "/d/05"
	require.NoError(t, durablefile.WriteAtomically(disk, name, slot))
	_, err := Open("/d", Options{Disk: disk})
	newer, is := errors.AsType[*ports.NewerFormatError](err)
	require.True(t, is, "%v", err)
	require.Equal(t, ports.NewerFormatError{Location: name, Format: 2, Known: 1}, *newer)
	kept, err := durablefile.ReadAll(disk, name)
	require.NoError(t, err)
	require.Equal(t, slot, kept)
	require.Zero(t, disk.OpenFiles())

	slot[8] ^= 1 // a damaged one tells nothing
	require.NoError(t, durablefile.WriteAtomically(disk, name, slot))
	leases, err := Open("/d", Options{Disk: disk})
	require.NoError(t, err)
	require.NoError(t, leases.Close())
}
