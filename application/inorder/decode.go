package inorder

import "iter"

// batchBytes is how many bytes of records a goroutine decodes at a time: enough for the
// hand-over to cost little beside the decoding.
const batchBytes = 128 << 10

// Decode yields what decode makes of each record, in the order of the records. It reads
// ahead and calls decode in several goroutines, so that a record must stay valid after the
// next one. The first error, of records or of decode, is yielded last.
func Decode[T any](records iter.Seq2[[]byte, error], decode func(record []byte) (T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		Map(batches(records), func(b batch) decoded[T] {
			d := decoded[T]{values: make([]T, 0, len(b.records)), err: b.err}
			for _, record := range b.records {
				value, err := decode(record)
				if err != nil {
					d.err = err
					break
				}
				d.values = append(d.values, value)
			}
			return d
		}, func(d decoded[T]) bool {
			for _, value := range d.values {
				if !yield(value, nil) {
					return false
				}
			}
			if d.err == nil {
				return true
			}
			var none T
			yield(none, d.err)
			return false
		})
	}
}

// batch is some records, and the error that ended them.
type batch struct {
	records [][]byte
	err     error
}

type decoded[T any] struct {
	values []T
	err    error
}

func batches(records iter.Seq2[[]byte, error]) iter.Seq[batch] {
	return func(yield func(batch) bool) {
		var b batch
		bytes := 0
		for record, err := range records {
			if err != nil {
				b.err = err
				break
			}
			b.records = append(b.records, record)
			if bytes += len(record); bytes < batchBytes && len(b.records) < batchBytes/64 {
				continue
			}
			if !yield(b) {
				return
			}
			b.records, bytes = make([][]byte, 0, len(b.records)), 0
		}
		if len(b.records) > 0 || b.err != nil {
			yield(b)
		}
	}
}
