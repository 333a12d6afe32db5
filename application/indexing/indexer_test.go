package indexing_test

import (
	"context"
	"errors"
	"iter"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/application/indexing"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/ports"
)

var errDisk = errors.New("the disk does not work")

func failing(context.Context) error { return errDisk }

func hanging(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

// status finds a reservation and returns its status and version.
func (s *shop) status(id string) (reservation.Status, event.Version) {
	r, _, err := s.Reservation(context.Background(), id)
	require.NoError(s, err)
	return r.Status(), r.Version
}

func TestClosedEntriesMoveFromMemoryToTheIndex(t *testing.T) {
	s := newShop(t)
	closed, open, moved := s.closed(10), s.reserve(), s.move()
	indexer := s.indexer(indexing.Options{Batch: 3})
	require.Equal(t, 11, indexer.Ending())
	require.Positive(t, indexer.Status().Lag)
	require.NoError(t, indexer.Flush(t.Context()))
	require.Zero(t, indexer.Ending())
	require.Equal(t, []int{1, 0}, []int{s.Inventory().Reservations().Count(), s.Inventory().Transfers().Count()})
	require.Equal(t, s.Position(), s.index.Mark().Position)
	status := indexer.Status()
	require.Equal(t, []int64{11, int64(s.Position()), 0, 0},
		[]int64{status.Entries, int64(status.Position), int64(status.Lag), int64(status.Ending)})
	for _, id := range closed {
		status, version := s.status(id)
		require.Equal(t, reservation.CommittedStatus, status)
		require.Equal(t, event.Version(2), version)
	}
	held, _ := s.status(open)
	require.Equal(t, reservation.HeldStatus, held)
	cancelled, _, err := s.Transfer(t.Context(), moved)
	require.NoError(t, err)
	require.Equal(t, event.Version(2), cancelled.Version)
}

func TestACommandChangesAnEntryThatIsInTheIndexOnly(t *testing.T) {
	s := newShop(t)
	id := s.closed(1)[0]
	indexer := s.indexer(indexing.Options{})
	require.NoError(t, indexer.Flush(t.Context()))
	s.giveBack(id)
	require.Equal(t, 1, indexer.Ending(), "the new version is in memory")
	_, version := s.status(id)
	require.Equal(t, event.Version(3), version)
	require.NoError(t, indexer.Flush(t.Context()))
	_, version = s.status(id)
	require.Equal(t, event.Version(3), version)
	require.Equal(t, int64(1), s.index.Status().Entries)
}

func TestAnEntryThatChangesDuringAWriteStaysInMemory(t *testing.T) {
	s := newShop(t)
	id := s.closed(1)[0]
	s.index.set(func(context.Context) error {
		s.index.set(nil)
		s.giveBack(id)
		return nil
	})
	indexer := s.indexer(indexing.Options{})
	require.NoError(t, indexer.Flush(t.Context()))
	require.Equal(t, 1, indexer.Ending())
	_, version := s.status(id)
	require.Equal(t, event.Version(3), version)
}

func TestNoEntryLeavesMemoryBeforeItIsInTheIndex(t *testing.T) {
	s := newShop(t)
	closed := s.closed(5)
	s.index.set(failing)
	indexer := s.indexer(indexing.Options{Batch: 2})
	require.ErrorIs(t, indexer.Flush(t.Context()), errDisk)
	require.Equal(t, 5, indexer.Ending())
	attempt := 0
	s.index.set(func(context.Context) error {
		if attempt++; attempt == 3 {
			return errDisk
		}
		return nil
	})
	require.ErrorIs(t, indexer.Flush(t.Context()), errDisk)
	require.Equal(t, 1, indexer.Ending(), "two batches are written")
	_, found, err := s.index.Find(t.Context(), ports.ReservationEntry, closed[4])
	require.NoError(t, err)
	require.False(t, found)
	for _, id := range closed {
		status, _ := s.status(id)
		require.Equal(t, reservation.CommittedStatus, status)
	}
	s.index.set(nil)
	require.NoError(t, indexer.Flush(t.Context()))
	require.Zero(t, indexer.Ending())
}

func TestAWriteThatHangsHoldsUpNothingElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShop(t)
		s.index.set(hanging)
		indexer := s.indexer(indexing.Options{})
		indexer.Start()
		ids := s.closed(3)
		time.Sleep(time.Second)
		require.Equal(t, 1, s.index.attempts(), "a write is under way")
		ids = append(ids, s.closed(3)...)
		s.giveBack(ids[0])
		_, version := s.status(ids[0])
		require.Equal(t, event.Version(3), version)
		time.Sleep(time.Minute)
		require.Equal(t, 1, s.index.attempts())
		require.Contains(t, (<-s.told).Message, "waits")
		s.index.set(nil)
		indexer.Stop(t.Context())
		require.Zero(t, indexer.Ending(), "the stop writes what is left")
	})
}

func TestAFailureIsReportedOnceAndTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShop(t)
		s.index.set(failing)
		indexer := s.indexer(indexing.Options{})
		indexer.Start()
		s.closed(2)
		time.Sleep(time.Minute)
		require.Greater(t, s.index.attempts(), 5)
		require.ErrorIs(t, (<-s.told).Err, errDisk)
		require.Empty(t, s.told)
		s.index.set(nil)
		time.Sleep(time.Minute)
		require.NoError(t, (<-s.told).Err)
		require.Empty(t, s.told)
		require.Zero(t, indexer.Ending())
		indexer.Stop(t.Context())
	})
}

func TestWritesAreSeldomAndFollowTheLastClosing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShop(t)
		indexer := s.indexer(indexing.Options{})
		indexer.Start()
		for range 100 {
			s.closed(1)
			time.Sleep(10 * time.Millisecond)
		}
		require.LessOrEqual(t, s.index.attempts(), 5)
		time.Sleep(time.Second)
		require.Zero(t, indexer.Ending())
		attempts := s.index.attempts()
		time.Sleep(time.Hour)
		require.Equal(t, attempts, s.index.attempts(), "it rests while nothing is closed")
		indexer.Stop(t.Context())
	})
}

func TestAStopDoesNotWaitForAWriteThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShop(t)
		s.index.set(hanging)
		indexer := s.indexer(indexing.Options{})
		indexer.Start()
		s.closed(1)
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		began := time.Now()
		indexer.Stop(ctx)
		require.Equal(t, 5*time.Second, time.Since(began))
		require.Equal(t, 1, indexer.Ending())
	})
}

func TestLookUpsDuringEvictionsMissNothing(t *testing.T) {
	s := newShop(t)
	indexer := s.indexer(indexing.Options{Batch: 7})
	ids := make(chan string, 10)
	go func() {
		defer close(ids)
		for range 300 {
			ids <- s.closed(1)[0]
		}
	}()
	looked := make(chan struct{})
	var flusher sync.WaitGroup
	flusher.Go(func() {
		for more := true; more; {
			select {
			case <-looked:
				more = false
			default:
			}
			if err := indexer.Flush(context.Background()); err != nil {
				t.Error(err)
			}
		}
	})
	for id := range ids {
		for range 20 {
			status, version := s.status(id)
			require.Equal(t, reservation.CommittedStatus, status)
			require.Equal(t, event.Version(2), version)
		}
	}
	close(looked)
	flusher.Wait()
	require.Zero(t, indexer.Ending())
}

// anyCommit is a log that has a commit at every position.
type anyCommit struct{ ports.EventFeed }

func (anyCommit) Commits(_ context.Context, after event.Position) iter.Seq2[ports.Recorded, error] {
	return func(yield func(ports.Recorded, error) bool) {
		yield(ports.Recorded{Position: after + 1, Commit: ports.Commit{ID: "c"}}, nil)
	}
}
