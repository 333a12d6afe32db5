package ledger_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/ports"
)

// slowToTell is a process that hears late of what it has written.
type slowToTell struct {
	*memory.Process
	let chan struct{}
}

func (p *slowToTell) Append(ctx context.Context, commits []ports.Commit) ([]ports.Appended, error) {
	fates, err := p.Process.Append(ctx, commits)
	<-p.let
	return fates, err
}

// TestWhatOneProcessHasShownAnotherDoesNotHide reads at a process that has written
// something and does not show it yet, after another one has shown it.
func TestWhatOneProcessHasShownAnotherDoesNotHide(t *testing.T) {
	for name, others := range map[string]bool{
		"that others write to, too": true, "that one writes to and others read": false,
	} {
		t.Run("on a log "+name, func(t *testing.T) {
			inSeveral(t, func(s *several) {
				let := make(chan struct{}, 1)
				one := s.process(nil)
				two := s.process(func(p *memory.Process) ports.EventStore { return &slowToTell{p, let} })
				before := int64(0)
				if others {
					s.must(one, adjust(5, a))
					before = 5
				}
				adjusted := s.start(two, adjust(3, a))
				synctest.Wait() // it is written, and its process does not know
				for _, l := range []*ledger.Ledger{one, two} {
					require.NoError(t, l.CatchUp(context.Background()))
					require.Equal(t, before+3, s.onHand(l, a))
				}
				let <- struct{}{}
				<-adjusted.done
				require.NoError(t, adjusted.err)
				require.Equal(t, before+3, s.onHand(two, a))
			})
		})
	}
}
