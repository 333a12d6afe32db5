package inorder_test

import (
	"errors"
	"iter"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/application/inorder"
)

// numbers are records from 0 on; the error, if there is one, ends them.
func numbers(n int, err error) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for i := range n {
			if !yield(strconv.AppendInt(nil, int64(i), 10), nil) {
				return
			}
		}
		if err != nil {
			yield(nil, err)
		}
	}
}

func number(record []byte) (int, error) { return strconv.Atoi(string(record)) }

// all requires that the values are the numbers from 0 on, and returns how many there are, and
// the error after them.
func all(t *testing.T, values iter.Seq2[int, error]) (n int, last error) {
	t.Helper()
	for value, err := range values {
		require.NoError(t, last, "the error is the last")
		if last = err; err == nil {
			require.Equal(t, n, value)
			n++
		}
	}
	return n, last
}

func TestRecordsAreDecodedInTheirOrder(t *testing.T) {
	for _, want := range []int{0, 1, 100_000} {
		n, err := all(t, inorder.Decode(numbers(want, nil), number))
		require.NoError(t, err)
		require.Equal(t, want, n)
	}
}

func TestAnErrorAmongTheRecordsComesAfterTheValuesBefore(t *testing.T) {
	broken := errors.New("broken")
	for _, want := range []int{0, 1, 100_000} {
		n, err := all(t, inorder.Decode(numbers(want, broken), number))
		require.ErrorIs(t, err, broken)
		require.Equal(t, want, n)
	}
}

func TestARecordThatCannotBeDecodedEndsTheValues(t *testing.T) {
	odd := errors.New("odd")
	for _, want := range []int{0, 1, 50_000} {
		n, err := all(t, inorder.Decode(numbers(100_000, nil), func(record []byte) (int, error) {
			value, err := number(record)
			if value >= want {
				err = odd
			}
			return value, err
		}))
		require.ErrorIs(t, err, odd)
		require.Equal(t, want, n)
	}
}

func TestACallerThatWantsNoMoreEndsTheDecoding(t *testing.T) {
	n := 0
	for value, err := range inorder.Decode(numbers(1<<62, nil), number) {
		require.NoError(t, err)
		require.Equal(t, n, value)
		if n++; n == 5000 {
			break
		}
	}
	require.Equal(t, 5000, n)
}
