package reservation_test

import (
	"testing"
	"time"

	"github.com/onhand/onhand/domain/reservation"
)

func BenchmarkDecode(b *testing.B) {
	r := reservation.Reservation{ID: "order-1001"}
	r.Apply(at(noon,
		reservation.Created{Terms: reservation.Terms{
			Lines: parts(part(a, 5)), ExpiresAt: noon.Add(time.Minute), Owner: "shop-web",
		}}))
	e := reservation.Event{Change: reservation.Created{}, After: r.State}
	data := e.AppendJSON(nil)
	b.Run("created", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := reservation.Decode(reservation.CreatedV1, noon, data); err != nil {
				b.Fatal(err)
			}
		}
	})
}
