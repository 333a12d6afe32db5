package bulkhead_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/bulkhead"
	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/ports"
	"github.com/onhand/onhand/ports/publishertest"
)

var (
	inTime   error
	timedOut = &ports.DeliveryError{Reason: "no answer", TimedOut: true}
	refused  = &ports.DeliveryError{Status: 500, Reason: "Internal Server Error"}
)

// dependency is a receiver whose calls end when a test says so.
type dependency struct {
	through ports.Publisher
	ends    chan error
	ended   sync.WaitGroup
	underWay,
	most int
	mu sync.Mutex
}

func join(s *bulkhead.Shares) *dependency {
	d := &dependency{ends: make(chan error)}
	d.through = bulkhead.Publisher(d, s.Join(9))
	return d
}

// Publish implements ports.Publisher.
func (d *dependency) Publish(_ context.Context, events []ports.StreamEvent) (int, error) {
	d.count(1)
	defer d.count(-1)
	if err := <-d.ends; err != nil {
		return 0, err
	}
	return len(events), nil
}

func (d *dependency) count(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.underWay += n
	d.most = max(d.most, d.underWay)
}

// running waits for all others, and returns the number of calls under way.
func (d *dependency) running() int {
	synctest.Wait()
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.underWay
}

// call begins calls of one event each.
func (d *dependency) call(ctx context.Context, n int) {
	for range n {
		d.ended.Go(func() { _, _ = d.through.Publish(ctx, publishertest.Events(1, 1)) })
	}
	synctest.Wait()
}

// end ends one call.
func (d *dependency) end(outcome error) {
	d.ends <- outcome
	synctest.Wait()
}

// over ends all calls, also those that wait.
func (d *dependency) over() {
	close(d.ends)
	d.ended.Wait()
}

// once makes one call, which ends with an outcome.
func (d *dependency) once(outcome error) {
	d.call(context.Background(), 1)
	d.end(outcome)
}

func TestHangingDependenciesTakeNoPermitOfOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := bulkhead.NewShares(bulkhead.SharesOptions{Name: "test", Shares: 21, Common: 2, Most: 3})
		for range 20 {
			hanging := join(s)
			defer hanging.over()
			hanging.once(timedOut)
			hanging.call(t.Context(), 3)
			require.Equal(t, 1, hanging.running(), "its latest call had no answer")
		}
		healthy := join(s)
		defer healthy.over()
		healthy.once(inTime)
		healthy.call(t.Context(), 4)
		require.Equal(t, 3, healthy.running(), "its own, and the two common ones")
		require.Equal(t, ports.BulkheadStatus{
			Name: "test", InUse: 23, Limit: 23, Waiting: 41, WaitingLimit: 63,
		}, s.Status())
	})
}

func TestADependencyHasOnePermitUntilItHasAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := bulkhead.NewShares(bulkhead.SharesOptions{Name: "test", Shares: 1, Common: 9, Most: 5})
		d := join(s)
		defer d.over()
		d.call(t.Context(), 8)
		require.Equal(t, 1, d.running(), "its own")
		d.end(inTime)
		require.Equal(t, 5, d.running(), "as many as it may have")
	})
}

func TestOnlyDependenciesThatAnswerInTimeHaveMoreThanOnePermit(t *testing.T) {
	for outcome, permits := range map[error]int{inTime: 2, refused: 2, timedOut: 1} {
		synctest.Test(t, func(t *testing.T) {
			s := bulkhead.NewShares(bulkhead.SharesOptions{Name: "test", Shares: 1, Common: 9, Most: 2})
			d := join(s)
			defer d.over()
			d.once(outcome)
			d.call(t.Context(), 3)
			require.Equal(t, permits, d.running(), outcome)
			d.end(timedOut)
			require.Equal(t, 1, d.running(), "it has lost the common permits, and waits for its own")
			d.end(inTime)
			require.Equal(t, 1, d.running())
		})
	}
}

// A dependency with many calls does not get each common permit that becomes free.
func TestCommonPermitsGoRound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := bulkhead.NewShares(bulkhead.SharesOptions{Name: "test", Shares: 3, Common: 1, Most: 2})
		var all []*dependency
		for range 3 {
			d := join(s)
			defer d.over()
			d.once(inTime)
			all = append(all, d)
		}
		for _, d := range all {
			d.call(t.Context(), 20)
		}
		for round := range 9 {
			for i, d := range all {
				require.Equal(t, map[bool]int{true: 2, false: 1}[round%3 == i], d.running(), "round %d, %d", round, i)
			}
			all[round%3].end(inTime)
		}
	})
}

func TestACallerThatLeavesHasNoPermit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := bulkhead.NewShares(bulkhead.SharesOptions{Name: "test", Shares: 1, Most: 1})
		d := join(s)
		d.call(t.Context(), 1)
		ctx, cancel := context.WithCancel(t.Context())
		d.call(ctx, 3)
		require.Equal(t, 3, s.Status().Waiting)
		cancel()
		synctest.Wait()
		require.Zero(t, s.Status().Waiting)
		n, err := d.through.Publish(ctx, publishertest.Events(1, 1))
		require.ErrorIs(t, err, context.Canceled)
		require.Zero(t, n)
		d.over()
		require.Zero(t, s.Status().InUse)
	})
}

// Whatever happens, the bounds hold, and in the end nothing is in use and no caller waits.
func TestSharesKeepTheirBounds(t *testing.T) {
	const shares, common, most = 6, 3, 3
	for seed := range uint64(20) {
		synctest.Test(t, func(t *testing.T) {
			s := bulkhead.NewShares(bulkhead.SharesOptions{Name: "test", Shares: shares, Common: common, Most: most})
			underWay := make([]int, shares)
			var mu sync.Mutex
			count := func(i, n int) {
				mu.Lock()
				defer mu.Unlock()
				underWay[i] += n
				extra := 0
				for _, n := range underWay {
					require.LessOrEqual(t, n, most)
					extra += max(0, n-1)
				}
				require.LessOrEqual(t, extra, common)
			}
			var all sync.WaitGroup
			for i := range shares {
				share, chance := s.Join(9), rand.New(rand.NewPCG(seed, uint64(i)))
				through := bulkhead.Publisher(publisherFunc(func(ctx context.Context, events []ports.StreamEvent) (int, error) {
					count(i, 1)
					defer count(i, -1)
					mu.Lock()
					takes, outcome := time.Duration(chance.IntN(50)), []error{inTime, inTime, refused, timedOut}[chance.IntN(4)]
					mu.Unlock()
					time.Sleep(takes * time.Millisecond)
					if outcome != nil {
						return 0, outcome
					}
					return len(events), nil
				}), share)
				for range most {
					all.Go(func() {
						for n := range 40 {
							ctx, cancel := context.WithTimeout(t.Context(), time.Duration(n)*3*time.Millisecond)
							_, _ = through.Publish(ctx, publishertest.Events(1, 1+n%4))
							cancel()
						}
					})
				}
			}
			all.Wait()
			require.Zero(t, s.Status().InUse)
			require.Zero(t, s.Status().Waiting)
			d := join(s)
			defer d.over()
			d.once(inTime)
			d.call(t.Context(), most)
			require.Equal(t, most, d.running(), "all common permits are free again")
		})
	}
}

type publisherFunc func(context.Context, []ports.StreamEvent) (int, error)

// Publish implements ports.Publisher.
func (f publisherFunc) Publish(ctx context.Context, events []ports.StreamEvent) (int, error) {
	return f(ctx, events)
}

func TestAPermitIsHeldUntilTheCallHasEnded(t *testing.T) {
	s := bulkhead.NewShares(bulkhead.SharesOptions{Name: "test", Shares: 1, Most: 1})
	for name, call := range map[string]func(){
		"returns": func() {}, "panics": func() { panic("swordfish") },
	} {
		through := bulkhead.Publisher(publisherFunc(func(context.Context, []ports.StreamEvent) (int, error) {
			require.Equal(t, 1, s.Status().InUse, name)
			call()
			return 0, errors.New("no")
		}), s.Join(9))
		func() {
			defer func() { _ = recover() }()
			_, _ = through.Publish(t.Context(), publishertest.Events(1, 1))
		}()
		require.Zero(t, s.Status().InUse, name)
	}
}

func TestPublisherContract(t *testing.T) {
	publishertest.Run(t, func(*testing.T) publishertest.Receiver {
		kept := &memory.Publisher{}
		through := bulkhead.Publisher(kept, bulkhead.NewShares(bulkhead.SharesOptions{Shares: 1, Most: 1}).Join(9))
		return publishertest.Receiver{
			Open:  func(*testing.T) ports.Publisher { return through },
			Taken: func(*testing.T) [][]byte { return kept.Taken() },
			Refuse: func(refuse bool) {
				kept.Fail(nil)
				if refuse {
					kept.Fail(refused)
				}
			},
		}
	})
}
