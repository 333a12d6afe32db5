package jsondocuments

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/adapters/internal/durablefile/simdisk"
	"github.com/onhand/onhand/ports"
)

const dir = "data/notes"

// note is a document for tests: an ID and a text.
type note [2]string

func open(disk durablefile.Disk) (*documents[note], error) {
	return openDocuments(dir, disk, kind[note]{
		table: "notes", limit: 10,
		id:     func(n note) string { return n[0] },
		clone:  func(n note) note { return n },
		encode: func(n note) ([]byte, error) { return json.Marshal(n) },
		decode: func(text []byte) (n note, err error) { return n, json.Unmarshal(text, &n) },
	})
}

func shown(d *documents[note]) string {
	var all []string
	list, err := d.list(context.Background())
	if err != nil {
		return err.Error()
	}
	for _, n := range list {
		all = append(all, n[0]+"="+n[1])
	}
	return strings.Join(all, " ")
}

// steps are calls, one after the other, and the documents after each.
var steps = []struct {
	do   func(*documents[note]) error
	then string
}{
	{func(d *documents[note]) error { return d.Put(context.Background(), note{"a", "1"}) }, "a=1"},
	{func(d *documents[note]) error {
		return d.Put(context.Background(), note{"B/", strings.Repeat("long", 500)})
	}, "B/=" + strings.Repeat("long", 500) + " a=1"},
	{func(d *documents[note]) error { return d.Put(context.Background(), note{"B/", "2"}) }, "B/=2 a=1"},
	{func(d *documents[note]) error { return d.Remove(context.Background(), "a") }, "B/=2"},
	{func(d *documents[note]) error { return d.Remove(context.Background(), "none") }, "B/=2"},
	{func(d *documents[note]) error { return d.Put(context.Background(), note{"a", "3"}) }, "B/=2 a=3"},
}

// Whatever call fails: a step that reports success is there for good, of one that
// reports an error the old or the new state, never half of it.
func TestWhateverFailsADocumentIsTheOldOrTheNewOne(t *testing.T) {
	for name, fault := range map[string]error{"EIO": syscall.EIO, "no room": syscall.ENOSPC, "power": simdisk.ErrCrashed} {
		for keep := range 2 {
			t.Run(name+" keeping "+strconv.Itoa(keep), func(t *testing.T) {
				for n := 1; faultAt(t, n, simdisk.Fault{Err: fault, Keep: keep * 100}); n++ {
				}
			})
		}
	}
}

// faultAt does all steps with a fault in the n-th call; false if there are fewer.
func faultAt(t *testing.T, n int, fault simdisk.Fault) (met bool) {
	disk := simdisk.New()
	d, err := open(disk)
	require.NoError(t, err)
	disk.Plan(func(c simdisk.Call) simdisk.Fault {
		if c.N == n {
			met = true
			return fault
		}
		return simdisk.Fault{}
	})
	possible := []string{""}
	for _, step := range steps {
		err := step.do(d)
		if err == nil {
			require.Equal(t, step.then, shown(d))
			possible = []string{step.then}
			continue
		}
		require.Contains(t, possible, shown(d), "an error changes nothing for readers")
		possible = append(possible, step.then)
		if errors.Is(err, ports.ErrOutcomeUnknown) {
			require.ErrorIs(t, d.Put(context.Background(), note{"late", ""}), ports.ErrUnavailable)
			require.ErrorIs(t, d.Remove(context.Background(), "B/"), ports.ErrUnavailable)
		}
		break // what the other steps lead to depends on this one
	}
	seed := rand.Uint64()
	after, err := open(disk.Reboot(rand.New(rand.NewPCG(seed, 0))))
	require.NoError(t, err, "call %d, seed %d", n, seed)
	require.Contains(t, possible, shown(after), "call %d, seed %d", n, seed)
	return met
}

func TestAFullDiskIsNoReasonToGiveUp(t *testing.T) {
	disk := simdisk.New()
	d, err := open(disk)
	require.NoError(t, err)
	disk.Plan(func(simdisk.Call) simdisk.Fault { return simdisk.Fault{Err: syscall.ENOSPC} })
	require.ErrorIs(t, d.Put(context.Background(), note{"a", "1"}), ports.ErrReadOnly)
	disk.Plan(nil)
	require.NoError(t, d.Put(context.Background(), note{"a", "1"}))
	d, err = open(disk.Reboot(rand.New(rand.NewPCG(1, 0))))
	require.NoError(t, err)
	require.Equal(t, "a=1", shown(d))
}

func TestADocumentIsRemovedAfterAnOperatorRemovedItsFile(t *testing.T) {
	disk := simdisk.New()
	d, err := open(disk)
	require.NoError(t, err)
	require.NoError(t, d.Put(context.Background(), note{"a", "1"}))
	require.NoError(t, disk.Remove(dir+"/a.json"))
	require.NoError(t, d.Remove(context.Background(), "a"))
	require.Empty(t, shown(d))
}

func TestEveryDamageIsFoundAtTheStart(t *testing.T) {
	disk := simdisk.New()
	d, err := open(disk)
	require.NoError(t, err)
	require.NoError(t, errors.Join(d.Put(context.Background(), note{"a", "text"}), d.Close()))
	whole, err := durablefile.ReadAll(disk, dir+"/a.json")
	require.NoError(t, err)
	spoilt := func(name string, content []byte) {
		require.NoError(t, durablefile.WriteAtomically(disk, dir+"/"+name, content))
		_, err := open(disk)
		damage, ok := errors.AsType[*ports.CorruptError](err)
		require.True(t, ok, "%v", err)
		require.Equal(t, dir+"/"+name, damage.Location)
	}
	for i := range whole {
		spoilt("a.json", whole[:i])
		flipped := append([]byte{}, whole...)
		flipped[i] ^= 1 << (i % 8)
		spoilt("a.json", flipped)
	}
	require.NoError(t, durablefile.WriteAtomically(disk, dir+"/a.json", whole))
	require.NoError(t, durablefile.WriteAtomically(disk, dir+"/notes.txt", []byte("of an operator")))
	d, err = open(disk)
	require.NoError(t, err)
	require.NoError(t, d.Close())
	spoilt("b.json", whole)
}

func TestADocumentOfANewerVersionIsNoDamage(t *testing.T) {
	disk := simdisk.New()
	newer := seal([]byte(`{"v":2,"id":["of","another","form"]}`))
	require.NoError(t, disk.MkdirAll(dir))
	require.NoError(t, durablefile.WriteAtomically(disk, dir+"/a.json", newer))
	_, err := open(disk)
	told, is := errors.AsType[*ports.NewerFormatError](err)
	require.True(t, is, "%v", err)
	require.Equal(t, ports.NewerFormatError{Location: dir + "/a.json", Format: 2, Known: 1}, *told)
	kept, err := durablefile.ReadAll(disk, dir+"/a.json")
	require.NoError(t, err)
	require.Equal(t, newer, kept)
	newer[5] = '3' // without its hash
	require.NoError(t, durablefile.WriteAtomically(disk, dir+"/a.json", newer))
	_, err = open(disk)
	require.ErrorAs(t, err, new(*ports.CorruptError))
	require.Zero(t, disk.OpenFiles())
}

func TestLogTimeOfANewerVersionIsNoDamage(t *testing.T) {
	// Given a whole file of a later format
	disk := simdisk.New()
	require.NoError(t, disk.MkdirAll(dir))
	newer := seal([]byte(`{"v":2,"epoch":"another form"}`))
	require.NoError(t, durablefile.WriteAtomically(disk, dir+"/CLOCK", newer))
	// When log time is loaded
	_, _, err := NewLogTime(dir+"/CLOCK", disk).Load()
	// Then it is neither read nor taken for damage
	told, is := errors.AsType[*ports.NewerFormatError](err)
	require.True(t, is, "%v", err)
	require.Equal(t, ports.NewerFormatError{Location: dir + "/CLOCK", Format: 2, Known: 1}, *told)
}
