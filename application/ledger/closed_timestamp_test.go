package ledger_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/ports"
)

// closeless is a log that cannot close a timestamp, for example because its disk is full.
type closeless struct{ *memory.EventStore }

func (closeless) CloseTimestamp(context.Context, time.Time) error { return ports.ErrReadOnly }

func TestTheOnlyWriterOfALogClosesNoTimestamps(t *testing.T) {
	inBubble(t, func(f *fixture) {
		l := f.ledgerOnStore(closeless{memory.NewEventStore(time.Minute, time.Now)})
		_, err := l.Execute(context.Background(), adjust(5, a))
		require.NoError(t, err)
		_, err = reserve("r", 5, a).Handle(context.Background(), l, f.call())
		require.NoError(t, err)
		time.Sleep(untilDeadline)
		item, _, err := l.Item(context.Background(), a)
		require.NoError(t, err)
		require.EqualValues(t, 5, item.Available())
		found, _, err := l.Reservation(context.Background(), "r")
		require.NoError(t, err)
		require.False(t, found.Open())
	})
}

func TestALedgerDecidesAtNoTimeThatAnotherProcessHasClosed(t *testing.T) {
	inSeveral(t, func(s *several) {
		l := s.process(nil)
		ahead := time.Now().Add(30 * time.Second)
		require.NoError(t, s.log.Process().CloseTimestamp(context.Background(), ahead), "the other clock is fast")
		s.must(l, adjust(1, a))
		require.False(t, s.commits()[0].Time.Before(ahead))
	})
}
