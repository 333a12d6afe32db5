package ledger_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/domain/stock"
)

// lossPlan says what clients do, and which appends lose their outcome.
type lossPlan struct {
	late     bool               // commits that are written all the same arrive late
	commands [][]plannedCommand // of each client, one after the other
	losses   []plannedLoss      // one for each append, until there are no more
}

type plannedCommand struct {
	items    []stock.Key
	delta    int64
	patience time.Duration // then the client leaves and asks again
}

type plannedLoss struct {
	lost    bool
	written int
	blind   time.Duration // read barriers fail for so long
}

func drawLossPlan(t *rapid.T) (plan lossPlan) {
	command := rapid.Custom(func(t *rapid.T) plannedCommand {
		return plannedCommand{
			items:    rapid.SliceOfNDistinct(rapid.SampledFrom([]stock.Key{a, b, c}), 1, 3, rapid.ID).Draw(t, "items"),
			delta:    rapid.Int64Range(-3, 5).Filter(func(n int64) bool { return n != 0 }).Draw(t, "delta"),
			patience: time.Duration(rapid.SampledFrom([]int{1, 50, 10_000}).Draw(t, "patience")) * time.Millisecond,
		}
	})
	loss := rapid.Custom(func(t *rapid.T) plannedLoss {
		return plannedLoss{
			lost:    rapid.Bool().Draw(t, "lost"),
			written: rapid.IntRange(0, 3).Draw(t, "written"),
			blind:   time.Duration(rapid.SampledFrom([]int{0, 20, 3_000}).Draw(t, "blind")) * time.Millisecond,
		}
	})
	plan.late = rapid.Bool().Draw(t, "late")
	plan.commands = rapid.SliceOfN(rapid.SliceOfN(command, 1, 6), 1, 5).Draw(t, "commands")
	plan.losses = rapid.SliceOfN(loss, 0, 20).Draw(t, "losses")
	return plan
}

// TestEveryCommandHasItsEffectOnceWhateverOutcomesAreLost lets clients repeat each command
// under its key until it is done or refused.
func TestEveryCommandHasItsEffectOnceWhateverOutcomesAreLost(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		plan := drawLossPlan(rt)
		synctest.Test(t, func(t *testing.T) {
			f := &fixture{T: t, store: &gate{EventStore: memory.NewEventStore(time.Hour, time.Now)}}
			store := &lossy{EventStore: f.store.EventStore, late: plan.late}
			f.Ledger = f.ledgerOnStore(store)
			store.carryOut(plan.losses)
			done := f.runClients(plan.commands)

			effects := map[string]int{}
			want := map[stock.Key]int64{}
			for _, commit := range f.commits() {
				effects[commit.Key]++
				for _, key := range done[commit.Key].items {
					want[key] += done[commit.Key].delta
				}
			}
			for key := range done {
				require.Equal(t, 1, effects[key], "effects of %s", key)
			}
			require.Len(t, effects, len(done), "nothing else is written")
			for _, key := range []stock.Key{a, b, c} {
				require.Equal(t, want[key], f.onHand(key))
			}
			require.NoError(t, f.WaitFor(t.Context(), store.Head().Position))
			f.sound()
			for key, command := range done {
				require.Equal(t, "again", f.try(key, command)[:5], "no key stays taken")
			}
			require.NoError(t, f.Close(context.Background()))
		})
	})
}

// runClients returns the commands that were done, by their keys.
func (f *fixture) runClients(commands [][]plannedCommand) map[string]plannedCommand {
	var mu sync.Mutex
	done := map[string]plannedCommand{}
	var clients sync.WaitGroup
	for n, each := range commands {
		clients.Go(func() {
			for i, command := range each {
				key := fmt.Sprint("client-", n, "-command-", i)
				if f.try(key, command) != "" {
					mu.Lock()
					done[key] = command
					mu.Unlock()
				}
			}
		})
	}
	clients.Wait()
	return done
}

// try repeats a command until it is done, and returns its result, or "" if it is refused.
func (f *fixture) try(key string, command plannedCommand) string {
	for range 10_000 {
		ctx, leave := context.WithTimeout(context.Background(), command.patience)
		outcome, err := f.Execute(ctx, keyed(key, adjust(command.delta, command.items...)))
		leave()
		switch {
		case insufficient(err):
			return ""
		case err == nil && outcome.Replayed:
			return "again " + string(outcome.Stored)
		case err == nil:
			return string(outcome.Result.(text))
		}
		time.Sleep(10 * time.Millisecond)
	}
	f.Errorf("%s has no outcome", key)
	return ""
}
