package command_test

import (
	"testing"
	"time"

	validation "github.com/go-ozzo/ozzo-validation/v4"
	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/domain/stock"
)

// most is a call that allows a minute to a deadline.
func (s *service) most() command.Call {
	call := s.call()
	call.MaxTTL = 60
	return call
}

func TestADeadlineIsAtMostAsFarAheadAsAllowed(t *testing.T) {
	// given a maximum of a minute
	s := newService(t)
	must(t, s, &command.AdjustStock{Item: s1a, Delta: 9})
	reserve := func(id string, ttl *int64) *command.ReserveStock {
		return &command.ReserveStock{ID: id, Lines: []stock.Part{part(s1a, 1)}, TTLSeconds: ttl}
	}
	position := s.store.Head().Position

	// when a command wants more, alone or in a batch, then it is refused, with the maximum
	tooFar := validation.Errors{"ttlSeconds": &command.TTLError{Most: 60}}
	_, err := reserve("r", pointer[int64](61)).Handle(t.Context(), s.ledger, s.most())
	require.Equal(t, tooFar, err)
	_, err = (&command.ExtendReservation{ID: "r", TTLSeconds: pointer[int64](61)}).Handle(t.Context(), s.ledger, s.most())
	require.Equal(t, tooFar, err)
	for _, atomic := range []bool{true, false} {
		batch := &command.Batch{Atomic: atomic, Operations: []command.Operation{
			reserve("r", nil), reserve("q", pointer[int64](61)),
		}}
		_, err = batch.Handle(t.Context(), s.ledger, s.most())
		require.Equal(t, validation.Errors{"operations": validation.Errors{"1": tooFar}}, err)
	}
	require.Equal(t, position, s.store.Head().Position)

	// and one that wants none gets the maximum
	outcome, err := reserve("r", nil).Handle(t.Context(), s.ledger, s.most())
	require.NoError(t, err)
	require.Equal(t, noon.Add(time.Minute), outcome.Result.Reservation.ExpiresAt)
	batch := &command.Batch{Operations: []command.Operation{reserve("q", nil), reserve("p", pointer[int64](60))}}
	done, err := batch.Handle(t.Context(), s.ledger, s.most())
	require.NoError(t, err)
	for _, r := range done.Result.Results {
		require.Equal(t, noon.Add(time.Minute), r.Reservation.Reservation.ExpiresAt)
	}

	// and a repetition under a key has the same content, whatever the maximum
	call := s.most()
	call.IdempotencyKey = "k"
	first, err := reserve("k", nil).Handle(t.Context(), s.ledger, call)
	require.NoError(t, err)
	call.MaxTTL = 0
	again, err := reserve("k", nil).Handle(t.Context(), s.ledger, call)
	require.NoError(t, err)
	require.True(t, again.Replayed)
	require.Equal(t, first.Result, again.Result)
	require.Zero(t, must(t, s, reserve("none", nil)).Reservation.ExpiresAt, "without a maximum there is no deadline")
	s.audited(t)
}
