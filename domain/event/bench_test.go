package event_test

import (
	"testing"
	"time"

	"github.com/onhand/onhand/domain/event"
)

const usualData = `{"delta":-3,"reason":"delivery","reference":"PO-1","after":{"onHand":1200,"reserved":6,"damaged":1,` +
	`"qualityControl":2,"incoming":4,"available":1190,"policy":{"safetyStock":1,"oversellLimit":5},"version":12}}`

var buffer []byte

func BenchmarkAppendTime(b *testing.B) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)
	b.ReportAllocs()
	for b.Loop() {
		buffer = event.AppendTime(buffer[:0], at)
	}
}

func BenchmarkAppendString(b *testing.B) {
	for name, text := range map[string]string{"ascii": "0190a3c0-968c-79da-8e45-5ebd5d89c4a3", "escaped": "B/\"1\" é"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				buffer = event.AppendString(buffer[:0], text)
			}
		})
	}
}

func BenchmarkValueLength(b *testing.B) {
	data := []byte(usualData + `}],"prev":`)
	b.ReportAllocs()
	for b.Loop() {
		if event.ValueLength(data) != len(usualData) {
			b.Fatal("another length")
		}
	}
}
