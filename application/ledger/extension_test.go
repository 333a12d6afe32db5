package ledger_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/application/audit"
	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

func extend(id string, seconds int64) *command.ExtendReservation {
	return &command.ExtendReservation{ID: id, TTLSeconds: &seconds}
}

// TestAnExtensionIsOneEventWhateverItExtends: given a reservation of several items, when it is
// extended, then the commit has one event and the token of one stream, and relies on both deadlines.
func TestAnExtensionIsOneEventWhateverItExtends(t *testing.T) {
	inSeveral(t, func(s *several) {
		g := &gate{EventStore: s.log, let: make(chan error)}
		l := s.process(func(p *memory.Process) ports.EventStore { return &gatedProcess{p, g} })
		s.must(l, adjust(9, a, b, c))
		_, err := reserve("r", 1, a, b, c).Handle(context.Background(), l, newID)
		require.NoError(t, err)
		until := time.Now().Add(3 * time.Second)
		_, err = extend("r", 3).Handle(context.Background(), l, newID)
		require.NoError(t, err)

		last := s.commits()[2]
		require.Len(t, last.Events, 1)
		require.Equal(t, reservation.ExtendedV2, last.Events[0].Type)
		require.Len(t, last.Tokens, 1)
		require.Equal(t, reservation.Stream("r"), last.Tokens[0].Stream)
		item, _, err := l.Item(context.Background(), b)
		require.NoError(t, err)
		require.EqualValues(t, 2, item.Version)
		_, held := item.Hold("r", until)
		require.True(t, held)
	})
}

// recorder keeps the commits that are to be written.
type recorder struct {
	*memory.Process
	written *[]ports.Commit
}

func (r recorder) Append(ctx context.Context, commits []ports.Commit) ([]ports.Appended, error) {
	*r.written = append(*r.written, slices.Clone(commits)...)
	return r.Process.Append(ctx, commits)
}

// TestAnExtensionIsValidUntilTheEarlierDeadline: after the old one the hold has ended, and a decision
// after the new one must not precede the extension in the log.
func TestAnExtensionIsValidUntilTheEarlierDeadline(t *testing.T) {
	for seconds, want := range map[int64]int64{3: 3, 300: ttl} {
		inSeveral(t, func(s *several) {
			var written []ports.Commit
			l := s.process(func(p *memory.Process) ports.EventStore { return recorder{p, &written} })
			s.must(l, adjust(9, a))
			began := time.Now()
			_, err := reserve("r", 1, a).Handle(context.Background(), l, newID)
			require.NoError(t, err)
			_, err = extend("r", seconds).Handle(context.Background(), l, newID)
			require.NoError(t, err)
			require.Equal(t, began.Add(time.Duration(want)*time.Second).UTC(), written[2].ValidUntil)
		})
	}
}

// TestAnExtensionBetweenADecisionAndItsCommitIsKept: given a decision of one process on an item, when
// another one extends a hold on the item before the commit, then the commit is no conflict, and
// every process knows units and deadline.
func TestAnExtensionBetweenADecisionAndItsCommitIsKept(t *testing.T) {
	inSeveral(t, func(s *several) {
		g := &gate{EventStore: s.log, let: make(chan error)}
		// Without leases, only the log keeps the two apart.
		slow := s.processWith(nil, func(p *memory.Process) ports.EventStore { return &gatedProcess{p, g} })
		quick := s.processWith(nil, nil)
		s.must(quick, adjust(9, a))
		_, err := reserve("r", 2, a).Handle(context.Background(), quick, newID)
		require.NoError(t, err)

		g.setShut(true)
		adjusted := s.start(slow, adjust(1, a))
		until := time.Now().Add(time.Minute)
		_, err = extend("r", 60).Handle(context.Background(), quick, newID)
		require.NoError(t, err)
		require.NoError(t, slow.CatchUp(context.Background()), "it publishes the extension before its own commit")
		g.open()
		<-adjusted.done
		require.NoError(t, adjusted.err)
		require.Len(t, s.commits(), 4, "nothing was decided again")

		for _, l := range []*ledger.Ledger{slow, quick, s.process(nil)} {
			require.NoError(t, l.CatchUp(context.Background()))
			item, _, err := l.Item(context.Background(), a)
			require.NoError(t, err)
			require.Equal(t, int64(10), item.OnHand)
			require.Equal(t, []stock.Hold{{ReservationID: "r", Quantity: 2, ExpiresAt: until.UTC()}},
				slices.Collect(item.Holds()))
		}
		_, err = (&command.CommitReservation{ID: "r"}).Handle(context.Background(), slow, newID)
		require.NoError(t, err)
		s.sound()
	})
}

// TestOverdueHoldsAreNotWrittenWhileAnotherProcessMayExtendThem: given more overdue holds than go
// before a commit, when their deadlines come while another process extends one, then the one that came
// first stands: written deadlines are closed before.
func TestOverdueHoldsAreNotWrittenWhileAnotherProcessMayExtendThem(t *testing.T) {
	inSeveral(t, func(s *several) {
		g := &gate{EventStore: s.log, let: make(chan error)}
		slow := s.processWith(nil, func(p *memory.Process) ports.EventStore { return &gatedProcess{p, g} })
		quick := s.processWith(nil, nil)
		s.must(quick, adjust(2000, a))
		for range 11 {
			var crowd command.Batch
			for range 100 {
				crowd.Operations = append(crowd.Operations, reserve("", 1, a))
			}
			ids := command.Call{NewID: s.nextID}
			_, err := crowd.Handle(context.Background(), quick, ids)
			require.NoError(t, err)
		}
		_, err := reserve("late", 1, a).Handle(context.Background(), quick, newID)
		require.NoError(t, err)
		require.NoError(t, slow.CatchUp(context.Background()))
		time.Sleep(untilDeadline - time.Second)

		g.setShut(true)
		extending := begin(&fixture{T: t, Ledger: slow}, extend("late", 60).Handle)
		time.Sleep(time.Second) // the deadline comes while the extension is written
		adjusted := s.start(quick, adjust(1, a))
		require.True(t, adjusted.finished())
		require.NoError(t, adjusted.err)
		g.open()
		<-extending.done
		expired := &reservation.ExpiredError{}
		require.ErrorAs(t, extending.err, &expired)
		s.sound()
	})
}

func (s *several) nextID() string { return fmt.Sprint("hold-", s.ids.Add(1)) }

// sound checks the whole log against the rules of the domain.
func (s *several) sound() {
	s.Helper()
	auditor := audit.New(nil)
	for _, c := range s.commits() {
		require.NoError(s, auditor.Check(c))
	}
	synctest.Wait()
}
