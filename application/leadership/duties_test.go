package leadership_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/application/leadership"
	"github.com/onhand/onhand/ports"
)

// journal is what several processes have done and reported, in order.
type journal struct {
	mu    sync.Mutex
	lines []string
}

func (j *journal) note(line string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lines = append(j.lines, line)
}

func (j *journal) report(i ports.Incident) { j.note(i.Message) }

// take returns the lines since the last call.
func (j *journal) take() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	lines := j.lines
	j.lines = nil
	return lines
}

// duty notes when it begins and ends.
func (j *journal) duty(name string) leadership.Duty {
	return leadership.Duty{
		Begin: func(context.Context) error { j.note("begin " + name); return nil },
		End:   func(context.Context) error { j.note("end " + name); return nil },
	}
}

func duties(leader ports.Leader, j *journal, list ...leadership.Duty) *leadership.Duties {
	d := leadership.New(leader, j.report)
	for _, duty := range list {
		d.Add(duty)
	}
	return d
}

// pass lets time go by.
func pass(d time.Duration) {
	time.Sleep(d) // in a bubble
	synctest.Wait()
}

const (
	leadsNow = "this process is now the leader: the earlier leader's term has ended"
	lost     = "this process lost the leadership: another process may lead"
)

func TestOneOfSeveralLeads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var j journal
		one := memory.NewLeader()
		first := duties(one, &j, j.duty("a1"), j.duty("a2"))
		second := duties(one.Another(), &j, j.duty("b1"), j.duty("b2"))
		third := duties(one.Another(), &j, j.duty("c1"), j.duty("c2"))
		for _, d := range []*leadership.Duties{first, second, third} {
			require.NoError(t, d.Start(t.Context()))
		}
		pass(time.Minute)
		require.True(t, first.Active())
		require.False(t, second.Active() || third.Active())
		require.Equal(t, []string{"begin a1", "begin a2"}, j.take())

		require.NoError(t, first.Stop(t.Context()))
		require.False(t, first.Active())
		pass(2 * time.Second)
		require.NotEqual(t, second.Active(), third.Active())
		follower := "c"
		if second.Active() {
			follower = "b"
		}
		require.Equal(t, []string{"begin " + follower + "1", "begin " + follower + "2", leadsNow}, j.take(),
			"and those of the first end elsewhere")
		require.NoError(t, errors.Join(second.Stop(t.Context()), third.Stop(t.Context()), first.Stop(t.Context())))
	})
}

func TestADutyThatCannotBegin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var j journal
		broken := errors.New("broken")
		var mended atomic.Bool
		duty := leadership.Duty{Begin: func(context.Context) error {
			if mended.Load() {
				return nil
			}
			return broken
		}}
		one := memory.NewLeader()
		first := duties(one, &j, duty)
		require.ErrorIs(t, first.Start(t.Context()), broken, "fails the start")
		require.False(t, first.Active())
		second := duties(one.Another(), &j, j.duty("b1"), duty)
		require.NoError(t, second.Start(t.Context()))
		require.NoError(t, first.Stop(t.Context()))
		pass(time.Minute)
		require.False(t, second.Active(), "but is tried again where another process led")
		require.Equal(t, []string{"begin b1", "the leader's duties could not begin: this process tries again"}, j.take())
		mended.Store(true)
		pass(2 * time.Second)
		require.True(t, second.Active())
		require.Equal(t, []string{leadsNow}, j.take())
		require.NoError(t, second.Stop(t.Context()))
	})
}

func TestDutiesEndWithATermThatIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var j journal
		var terms []context.Context
		stuck := 3
		watched := leadership.Duty{
			Begin: func(ctx context.Context) error { terms = append(terms, ctx); return nil },
			End: func(context.Context) error {
				if stuck--; stuck >= 0 {
					return errors.New("stuck")
				}
				return nil
			},
		}
		one := memory.NewLeader()
		rival := one.Another()
		d := duties(one, &j, j.duty("first"), watched, j.duty("last"))
		require.NoError(t, d.Start(t.Context()))
		require.NoError(t, terms[0].Err())
		require.NoError(t, one.Resign(t.Context())) // as a lease ends that cannot be renewed
		require.False(t, d.Active(), "at once")
		_, err := rival.Campaign(t.Context())
		require.NoError(t, err)
		synctest.Wait()
		require.ErrorIs(t, context.Cause(terms[0]), ports.ErrNotLeader)
		require.Equal(t,
			[]string{"begin first", "begin last", lost, "end last", "the leader's duties could not be ended: this process tries again"},
			j.take())
		require.NoError(t, rival.Resign(t.Context()))
		pass(time.Second)
		require.False(t, one.IsLeader(), "it does not campaign before all duties have ended")
		pass(time.Minute)
		require.True(t, d.Active())
		require.Equal(t, []string{"end first", "begin first", "begin last", leadsNow}, j.take())
		require.Len(t, terms, 2)
		require.NoError(t, d.Stop(t.Context()))
		require.Equal(t, context.Canceled, context.Cause(terms[1]), "the term was not lost")
		require.Empty(t, j.take())
	})
}

// electionFault is a ports.Leader that cannot hold an election now.
type electionFault struct {
	ports.Leader
	broken atomic.Bool
}

var errNoElection = errors.New("no election")

func (e *electionFault) Campaign(ctx context.Context) (ports.Term, error) {
	if e.broken.Load() {
		return ports.Term{}, errNoElection
	}
	return e.Leader.Campaign(ctx)
}

func (e *electionFault) TryCampaign(ctx context.Context) (ports.Term, error) {
	if e.broken.Load() {
		return ports.Term{}, errNoElection
	}
	return e.Leader.TryCampaign(ctx)
}

func TestAnElectionThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var j journal
		one := memory.NewLeader()
		faulty := &electionFault{Leader: one.Another()}
		faulty.broken.Store(true)
		d := duties(faulty, &j, j.duty("duty"))
		require.ErrorIs(t, d.Start(t.Context()), errNoElection, "fails the start")
		require.NoError(t, d.Stop(t.Context()))

		faulty.broken.Store(false)
		require.NoError(t, d.Start(t.Context()))
		require.Equal(t, []string{"begin duty"}, j.take())
		faulty.broken.Store(true)
		require.NoError(t, faulty.Resign(t.Context()))
		pass(time.Minute)
		require.False(t, d.Active())
		require.Equal(t, []string{lost, "end duty", "this process could not campaign for leadership: it tries again"}, j.take())
		faulty.broken.Store(false)
		pass(2 * time.Second)
		require.True(t, d.Active(), "but is held again later")
		require.NoError(t, d.Stop(t.Context()))
	})
}

func TestAProcessAloneLeads(t *testing.T) {
	var j journal
	d := duties(memory.NewLeader(), &j, j.duty("duty"))
	require.NoError(t, d.Start(t.Context()))
	require.Equal(t, []string{"begin duty"}, j.take())
	require.True(t, d.Active())
	require.NoError(t, d.Stop(t.Context()))
	require.False(t, d.Active())
}
