package logline

import (
	"crypto/sha256"
	"testing"
	"time"

	"github.com/onhand/onhand/ports"
)

// usualLine is a line as a command with an idempotency key leaves it.
func usualLine() []byte {
	const id = "0190a3c0-968c-79da-8e45-5ebd5d89c4a3"
	at := time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)
	l := &Line{Batch: 123456, Back: [][]Offset{{{Segment: 1, Byte: 120000}}}}
	l.Recorded = ports.Recorded{Position: 1234, Commit: ports.Commit{
		ID: id, Time: at, Actor: "shop-web", RequestID: id, Key: id, Fingerprint: "3q2-7wAAAAAAAAAAAAAAAA",
		Result: []byte(`{"version":12}`),
		Events: []ports.Event{{Stream: "stock/S1/SKU-000123", Version: 12, Type: "stock.adjusted.v1", Time: at, Data: []byte(
			`{"delta":-3,"after":{"onHand":1200,"reserved":6,"damaged":0,"qualityControl":0,"incoming":0,"available":1194,` +
				`"policy":{"safetyStock":0,"oversellLimit":0},"version":12}}`)}},
	}}
	b, _ := Append(nil, l)
	return b
}

func BenchmarkDecodeLine(b *testing.B) {
	text := usualLine()
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode(text); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkHashLine is the part of BenchmarkDecodeLine that no decoder can save.
func BenchmarkHashLine(b *testing.B) {
	text := usualLine()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		_ = sha256.Sum256(text[:len(text)-SealLength])
	}
}

func BenchmarkAppendLine(b *testing.B) {
	text := usualLine()
	l, err := Decode(text)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		text, _ = Append(text[:0], l)
	}
}
