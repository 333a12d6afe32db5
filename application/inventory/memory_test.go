package inventory

import (
	"fmt"
	"runtime"
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

// TestAnOpenReservationTakesAtMost600Bytes bounds what MAX_OPEN reservations of one line take, with
// their holds.
func TestAnOpenReservationTakesAtMost600Bytes(t *testing.T) {
	const count = 60_000 // tables in memory are neither nearly empty nor full
	before := heap()
	s, key := NewState(nil), stock.Key{Store: "S1", SKU: "a"}
	list := make([]stock.Hold, count)
	for i := range list {
		id := fmt.Sprintf("01a224fa-ebac-709c-b372-%012d", i) // as long as those that the service makes
		list[i] = stock.Hold{ReservationID: id, Quantity: 1, ExpiresAt: began.Add(time.Duration(i) * time.Millisecond)}
		r := &reservation.Reservation{ID: id, UpdatedAt: began, State: reservation.State{
			Lines:     []reservation.Line{{Key: key, Quantity: 1, Remaining: 1}},
			ExpiresAt: list[i].ExpiresAt, Version: 1, CreatedAt: began,
		}}
		p := s.Publish(1).By("client")
		p.Reservation(r)
		p.abandon()
	}
	item, err := stock.Item{Key: key, Levels: stock.Levels{OnHand: count, Reserved: count, Version: 1}}.WithHolds(list)
	require.NoError(t, err)
	p := s.Publish(1)
	require.True(t, p.Item(&item, s.Item(key)))
	p.End(&ports.Commit{})
	each := (heap() - before) / count
	t.Logf("%d bytes each", each)
	require.Equal(t, count, s.OpenOf("client"))
	require.Less(t, each, uint64(600))
	runtime.KeepAlive(s)
}
