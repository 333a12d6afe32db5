package ledger_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// refusedAsExpired requires that a command is refused because its key has expired.
func refusedAsExpired(t *testing.T, err error, want ledger.KeyExpiredError) {
	t.Helper()
	refusal, ok := errors.AsType[*ledger.KeyExpiredError](err)
	require.True(t, ok, "%v", err)
	require.Equal(t, want.Position, refusal.Position)
	require.WithinDuration(t, want.Time, refusal.Time, 0)
}

func TestAnExpiredKey(t *testing.T) {
	t.Run("is refused with the commit that used it, and has no second effect", func(t *testing.T) {
		inBubble(t, func(f *fixture) {
			f.must(adjust(1, a))
			used := time.Now()
			first := f.must(keyed("k", adjust(5, a)))
			require.WithinDuration(t, used.Add(time.Minute), first.KeyExpires, 0)
			commit := ledger.KeyExpiredError{Position: 2, Time: used}
			time.Sleep(time.Minute - time.Microsecond) // of the bubble's time
			again := f.must(keyed("k", adjust(5, a)))
			require.True(t, again.Replayed)
			require.Equal(t, first.KeyExpires, again.KeyExpires, "a repetition does not prolong it")

			time.Sleep(time.Microsecond)
			refusedAsExpired(t, f.start(keyed("k", adjust(5, a))).err, commit)
			refusedAsExpired(t, f.start(keyed("k", adjust(6, b))).err, commit)
			time.Sleep(10 * time.Minute)
			refusedAsExpired(t, f.start(keyed("k", adjust(5, a))).err, commit)
			require.Equal(t, int64(6), f.onHand(a))
			require.EqualValues(t, 2, f.store.Head().Position, "nothing was written")
			require.Equal(t, "7", f.start(keyed("another", adjust(1, a))).result(), "other keys are free")
		})
	})
	t.Run("is refused after a restart, too", func(t *testing.T) {
		inBubble(t, func(f *fixture) {
			used := time.Now()
			f.must(keyed("k", adjust(5, a)))
			time.Sleep(time.Hour)
			again := f.ledgerOn(f.store)
			refusedAsExpired(t, f.startOn(again, keyed("k", adjust(5, a))).err, ledger.KeyExpiredError{Position: 1, Time: used})
			require.Equal(t, int64(5), f.onHand(a))
			require.NoError(t, again.Close(context.Background()))
		})
	})
	t.Run("is ignored by a dry run", func(t *testing.T) {
		inBubble(t, func(f *fixture) {
			f.must(keyed("k", adjust(5, a)))
			time.Sleep(time.Hour)
			outcome := f.must(keyed("k", dry(adjust(5, a))))
			require.Equal(t, text("10"), outcome.Result)
			require.Zero(t, outcome.KeyExpires)
		})
	})
	t.Run("is refused in every process", func(t *testing.T) {
		inSeveral(t, func(s *several) {
			one, two := s.process(nil), s.process(nil)
			used := time.Now()
			s.must(one, keyed("k", adjust(5, a)))
			time.Sleep(time.Hour)
			refusedAsExpired(t, s.start(two, keyed("k", adjust(5, a))).err, ledger.KeyExpiredError{Position: 1, Time: used})
			require.Equal(t, int64(5), s.onHand(two, a))
		})
	})
	t.Run("that another process used just before the append is refused", func(t *testing.T) {
		inSeveral(t, func(s *several) {
			one := s.process(nil)
			late := &lateProcess{keys: map[string]bool{"k": true}}
			two := s.process(func(p *memory.Process) ports.EventStore {
				late.Process = p
				return late
			})
			used := time.Now()
			s.must(one, keyed("k", adjust(5, a)))
			time.Sleep(time.Hour)
			refusedAsExpired(t, s.start(two, keyed("k", adjust(5, b))).err, ledger.KeyExpiredError{Position: 1, Time: used})
			require.Empty(t, late.keys, "the store refused the append, then the ledger looked the key up")
			require.Zero(t, s.onHand(one, b))
			require.Equal(t, event.Position(1), s.log.Head().Position)
		})
	})
}

// lateProcess is a process that does not find some keys at its first look.
type lateProcess struct {
	*memory.Process
	keys map[string]bool
}

func (p *lateProcess) CommitByKey(ctx context.Context, key string) (ports.Recorded, bool, error) {
	if p.keys[key] {
		delete(p.keys, key)
		return ports.Recorded{}, false, nil
	}
	return p.Process.CommitByKey(ctx, key)
}

func TestAnAcceptedCommandThatChangesNothingKeepsItsKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &several{T: t, log: memory.NewEventStore(time.Hour, time.Now)}
		l := ledger.New(s.log, s.log, ledger.NewClock(bubbleClock(), func(ports.Incident) {}),
			func() string { return "id" }, ledger.Options{})
		require.NoError(t, l.Open(context.Background()))
		require.Zero(t, s.must(l, adjust(5, a)).KeyExpires, "without a key")
		nothing := keyed("k", ledger.Request{
			Keys: adjust(0, a).Keys, Decide: func(*ledger.Tx) (ledger.Result, error) { return text("nothing"), nil },
		})
		for range 2 { // the second command writes to the stream of the first
			nothing.Key += "k"
			first := s.must(l, nothing)
			require.WithinDuration(t, time.Now().Add(time.Hour), first.KeyExpires, 0)
			again := s.must(l, nothing)
			require.True(t, again.Replayed)
			require.Equal(t, string(text("nothing").AppendJSON(nil)), string(again.Stored))
			require.Equal(t, first.Position, again.Position)
			require.Equal(t, first.KeyExpires, again.KeyExpires)
			other := nothing
			other.Fingerprint = "other"
			_, err := l.Execute(context.Background(), other)
			require.ErrorIs(t, err, ledger.ErrKeyReused)
		}
		require.EqualValues(t, 3, s.log.Head().Position)
		require.Equal(t, 2, len(streamsOf(t, s.log)), "an item and one stream for answers")
		for _, free := range []ledger.Request{dry(nothing), unkeyed(nothing)} {
			require.Zero(t, s.must(l, free).Position)
		}
		require.EqualValues(t, 3, s.log.Head().Position, "without a key nothing is kept")
		require.NoError(t, l.Close(context.Background()))
	})
}

func unkeyed(r ledger.Request) ledger.Request {
	r.Key, r.Fingerprint = "", ""
	return r
}

func streamsOf(t *testing.T, log *memory.EventStore) map[event.StreamID]bool {
	streams := map[event.StreamID]bool{}
	for c, err := range log.Commits(context.Background(), 0) {
		require.NoError(t, err)
		for i := range c.Events {
			streams[c.Events[i].Stream] = true
		}
	}
	return streams
}
