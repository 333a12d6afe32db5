package command_test

import (
	"testing"
	"time"

	validation "github.com/go-ozzo/ozzo-validation/v4"
	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/domain/stock"
)

// aMinute allows a minute to a deadline.
var aMinute = command.Rules{MaxTTL: 60}

func TestADeadlineIsAtMostAsFarAheadAsAllowed(t *testing.T) {
	// given a maximum of a minute
	s := newService(t)
	must(t, s, &command.AdjustStock{Item: s1a, Delta: 9})
	reserve := func(id string, ttl *int64) *command.ReserveStock {
		return &command.ReserveStock{ID: id, Lines: []stock.Part{part(s1a, 1)}, TTLSeconds: ttl}
	}
	// when a command wants more, alone or in a batch, then it is refused, with the maximum
	tooFar := validation.Errors{"ttlSeconds": &command.TTLError{Most: 60}}
	require.Equal(t, tooFar, reserve("r", pointer[int64](61)).Validate(aMinute))
	require.Equal(t, tooFar, (&command.ExtendReservation{ID: "r", TTLSeconds: pointer[int64](61)}).Validate(aMinute))
	batch := &command.Batch{Atomic: true, Operations: []command.Operation{
		reserve("r", nil), reserve("q", pointer[int64](61)),
	}}
	require.Equal(t, []command.Fault{
		{Pointer: "#/operations/1/ttlSeconds", Detail: "must be no greater than 60", MaxTTL: 60},
	}, command.AsInvalid(batch.Validate(aMinute)).Faults)
	batch.Atomic = false
	done := under(t, s, aMinute, batch)
	require.Nil(t, done.Results[0].Refusal)
	require.Equal(t, &command.InvalidError{Faults: []command.Fault{
		{Pointer: "#/ttlSeconds", Detail: "must be no greater than 60", MaxTTL: 60},
	}}, done.Results[1].Refusal)

	// and one that wants none gets the maximum
	require.Equal(t, noon.Add(time.Minute), done.Results[0].Reservation.Reservation.ExpiresAt)
	require.Equal(t, noon.Add(time.Minute), under(t, s, aMinute, reserve("p", nil)).Reservation.ExpiresAt)
	require.Equal(t, noon.Add(time.Minute), under(t, s, aMinute, reserve("p", pointer[int64](60))).Reservation.ExpiresAt)

	// and a repetition under a key has the same content, whatever the maximum
	call := s.call()
	call.IdempotencyKey = "k"
	send := func(rules command.Rules) command.Outcome[command.ReservationResult] {
		c := reserve("k", nil)
		require.NoError(t, c.Validate(rules))
		outcome, err := c.Handle(t.Context(), s.ledger, call)
		require.NoError(t, err)
		return outcome
	}
	first, again := send(aMinute), send(command.Rules{})
	require.True(t, again.Replayed)
	require.Equal(t, first.Result, again.Result)
	require.Zero(t, must(t, s, reserve("none", nil)).Reservation.ExpiresAt, "without a maximum there is no deadline")
	s.audited(t)
}
