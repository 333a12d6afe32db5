package inventory

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

// heap returns the bytes of live objects.
func heap() uint64 {
	runtime.GC()
	runtime.GC() // also what the first one left in pools
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// openOnes makes reservations of one line, and their item with its holds.
func openOnes(count int, copied func(string) string) (list []*reservation.Reservation, item stock.Item) {
	item = stock.Item{
		Key:    stock.Key{Store: "S1", SKU: "sku-0000001"},
		Levels: stock.Levels{OnHand: int64(count), Reserved: int64(count), Version: 1},
	}
	holds := make([]stock.Hold, count)
	list = make([]*reservation.Reservation, count)
	for i := range list {
		id := fmt.Sprintf("01a224fa-ebac-709c-b372-%012d", i) // as long as those that the service makes
		until := began.Add(time.Duration(i) * time.Millisecond)
		holds[i] = stock.Hold{ReservationID: copied(id), Quantity: 1, ExpiresAt: until}
		key := stock.Key{Store: copied(item.Store), SKU: copied(item.SKU)}
		list[i] = &reservation.Reservation{ID: id, UpdatedAt: began, State: reservation.State{
			Lines:     []reservation.Line{{Key: key, Quantity: 1, Remaining: 1}},
			ExpiresAt: until, Version: 1, CreatedAt: began,
		}}
	}
	item, err := item.WithHolds(holds)
	if err != nil {
		panic(err) // cannot happen: the holds are in order
	}
	return list, item
}

// TestAnOpenReservationTakesAtMost600Bytes bounds what MAX_OPEN reservations of one line take, with
// their holds.
func TestAnOpenReservationTakesAtMost600Bytes(t *testing.T) {
	const count = 60_000 // tables in memory are neither nearly empty nor full
	for name, make := range map[string]func() *State{
		"of this run": func() *State {
			s := NewState(nil)
			list, item := openOnes(count, func(text string) string { return text })
			for _, r := range list {
				p := s.Publish(1).By("client")
				p.Reservation(r)
				p.abandon()
			}
			p := s.Publish(1)
			require.True(t, p.Item(&item, s.Item(item.Key)))
			p.End(&ports.Commit{})
			require.Equal(t, count, s.OpenOf("client"))
			return s
		},
		"from a snapshot": func() *State {
			b := NewBuilder(nil)
			list, item := openOnes(count, strings.Clone)
			b.Begin(1, 1)
			b.AddItem(&item)
			for _, r := range list {
				b.AddReservation(r)
			}
			s := b.State()
			s.BulkLoad()()
			return s
		},
	} {
		t.Run(name, func(t *testing.T) {
			before := heap()
			s := make()
			each := (heap() - before) / count
			t.Logf("%d bytes each", each)
			require.Equal(t, count, s.Reservations().Count())
			require.Less(t, each, uint64(600))
			runtime.KeepAlive(s)
		})
	}
}
