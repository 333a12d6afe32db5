package ledger_test

import (
	"context"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/stock"
)

// TestADecisionSeesCommitsOfOthersWhole lets a commit of a writer that holds no lease any
// more come while a command looks at the one and then at the other item that it changes.
func TestADecisionSeesCommitsOfOthersWhole(t *testing.T) {
	inSeveral(t, func(s *several) {
		l := s.process(nil)
		other := s.processWith(nil, nil)
		s.must(l, adjust(10, a, b))
		sum := int64(0)
		s.must(l, ledger.Request{
			Keys: ledger.Keys{Items: []stock.Key{a, b}},
			Decide: func(tx *ledger.Tx) (ledger.Result, error) {
				first := tx.Item(a).OnHand
				s.must(other, moveOne(a, b))
				done := make(chan error, 1)
				go func() { done <- l.CatchUp(context.Background()) }()
				for range 1000 { // it comes as far as it can
					runtime.Gosched()
				}
				sum = first + tx.Item(b).OnHand
				s.Cleanup(func() { require.NoError(s, <-done) })
				return nil, nil //nolint:nilnil // the command has no answer
			},
		})
		require.EqualValues(t, 20, sum)
	})
}

// moveOne takes a unit from one item to another.
func moveOne(from, to stock.Key) ledger.Request {
	return ledger.Request{
		Keys: ledger.Keys{Items: []stock.Key{from, to}},
		Decide: func(tx *ledger.Tx) (ledger.Result, error) {
			for key, delta := range map[stock.Key]int64{from: -1, to: 1} {
				events, err := tx.Item(key).Adjust(delta, stock.Note{}, tx.Now())
				if err != nil {
					return nil, err
				}
				tx.Record(key, events)
			}
			return nil, nil //nolint:nilnil // the command has no answer
		},
	}
}
