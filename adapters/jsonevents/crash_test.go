package jsonevents_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/internal/durablefile/simdisk"
	"github.com/onhand/onhand/adapters/jsonevents"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// work is forty appends of one to three commits on one to two streams each.
func work() [][]ports.Commit {
	var appends [][]ports.Commit
	versions := map[event.StreamID]event.Version{}
	next := func(stream event.StreamID) ports.Event {
		versions[stream]++
		return fact(stream, versions[stream])
	}
	for n := range 40 {
		var commits []ports.Commit
		for i := range 1 + n%3 {
			name := fmt.Sprintf("%d.%d", n, i)
			c := ports.Commit{ID: name, Key: name, Time: noon, Result: []byte(`{"ok":true}`)}
			c.Events = append(c.Events, next(event.StreamID(fmt.Sprint("s", n%5))))
			if i == 1 {
				c.Events = append(c.Events, next("other"))
			}
			commits = append(commits, c)
		}
		appends = append(appends, commits)
	}
	return appends
}

// progress is how far the work got: the appends before done were acknowledged,
// that at done may have been under way. After each so many appends the index is
// saved, if saves is not 0.
type progress struct {
	done  int
	saves int
}

// run does the work from an append on until something fails or limit is met.
func (p *progress) run(store *jsonevents.Store, limit int) {
	for appends := work(); p.done < min(limit, len(appends)); p.done++ {
		if attempt(store, appends[p.done]...) != nil {
			return
		}
		if p.saves > 0 && p.done%p.saves == 0 {
			_ = store.SaveIndex(context.Background(), nil) // the disk may be gone
		}
	}
}

// check reads the log: every commit that was acknowledged is there once at its
// position as it was given, followed at most by a part of the append that was
// under way. It returns how many of that append's commits are there.
func (p *progress) check(t *testing.T, store ports.EventFeed, about string) int {
	var want []ports.Commit
	for _, commits := range work()[:p.done] {
		want = append(want, commits...)
	}
	sure := len(want)
	if p.done < len(work()) {
		want = append(want, work()[p.done]...)
	}
	read := 0
	for c, err := range store.Commits(context.Background(), 0) {
		require.NoError(t, err, about)
		require.Less(t, read, len(want), about)
		if c.Position != event.Position(read+1) || c.ID != want[read].ID || len(c.Events) != len(want[read].Events) {
			require.Equal(t, ports.Recorded{Position: event.Position(read + 1), Commit: want[read]}, c, about)
		}
		read++
	}
	require.GreaterOrEqual(t, read, sure, "acknowledged commits are missing: %s", about)
	return read - sure
}

// repeat repeats the append that was under way, of which so many commits are
// in the log already. The others are appended alone, because they would build on refused ones.
func (p *progress) repeat(t *testing.T, store ports.EventStore, there int, about string) {
	if p.done == len(work()) {
		return
	}
	all := work()[p.done]
	results, err := store.Append(context.Background(), all[:there])
	require.NoError(t, err, about)
	for _, r := range results {
		require.ErrorAs(t, r.Err, new(*ports.DuplicateKeyError), about)
	}
	if there < len(all) {
		results, err = store.Append(context.Background(), all[there:])
		require.NoError(t, err, about)
		for _, r := range results {
			require.NoError(t, r.Err, about)
		}
	}
	p.done++
}

func TestCrashAtEveryCall(t *testing.T) {
	for name, saves := range map[string]int{"without saved indexes": 0, "with saved indexes": 5} {
		t.Run(name, func(t *testing.T) { crashAtEveryCall(t, saves) })
	}
}

func crashAtEveryCall(t *testing.T, saves int) {
	rng := seeded(t)
	total := 0
	{
		s := newSite(t)
		s.opts.SegmentBytes = 4000
		store := s.open()
		(&progress{saves: saves}).run(store, len(work()))
		require.NoError(t, store.Close())
		total = s.disk.Calls()
		t.Logf("%d calls", total)
	}
	const parallel = 4 // subtests
	for lane := range parallel {
		seed := rng.Uint64()
		t.Run(fmt.Sprintf("nothing acknowledged is lost or doubled, part %d", lane), func(t *testing.T) {
			t.Parallel()
			for n := 1 + lane; n <= total; n += parallel {
				rng := rand.New(rand.NewPCG(seed, uint64(n)))
				s, index := indexed(t)
				s.opts.SegmentBytes = 4000
				s.crashAt(n, rng)
				p := &progress{saves: saves}
				if store, err := s.tryOpen(); err == nil {
					p.run(store, len(work()))
					_ = store.Close()
				}
				for _, after := range afterwards(s.disk, rng, 4) {
					next := s.moved(after.disk)
					next.opts.Index = index.copy().open
					if rng.IntN(4) == 0 {
						next.opts.Index = newIndexDisk().open
					}
					carryOn(next, *p, rng, fmt.Sprintf("crashed in call %d, then %s survived", n, after.what))
				}
			}
		})
	}
}

// carryOn starts on the disk that a crash left, repeats the append that was under way, loses power,
// and does a little more of the work.
func carryOn(s *site, p progress, rng *rand.Rand, about string) {
	store := mustOpen(s, about)
	p.repeat(s.t, store, p.check(s.t, store, about), about)
	require.Zero(s.t, s.reports("the index of the log cannot be used"), about)
	s = s.moved(s.disk.Reboot(rng))
	_ = store.Close()
	about += ", then power failed again"
	store = mustOpen(s, about)
	require.Zero(s.t, p.check(s.t, store, about), about)
	p.run(store, p.done+5)
	require.NoError(s.t, store.Close(), about)
	store = mustOpen(s, about)
	require.Zero(s.t, p.check(s.t, store, about), about)
	require.NoError(s.t, store.Close(), about)
	require.Zero(s.t, s.disk.OpenFiles(), about)
	require.Zero(s.t, s.reports("the index of the log cannot be used"), about)
}

func mustOpen(s *site, about string) *jsonevents.Store {
	store, err := s.tryOpen()
	require.NoError(s.t, err, about)
	return store
}

func TestCrashInRecovery(t *testing.T) {
	rng := seeded(t)
	t.Run("a start that crashes in any call while it cuts off a torn end can be repeated", func(t *testing.T) {
		spec := newSpecimen(t)
		spec.write(segment(lastSegment), spec.read(segment(lastSegment))+"torn")
		base := spec.disk
		for n, done := 1, false; !done; n++ {
			s := on(t, base.Reboot(nil), spec.opts)
			s.crashAt(n, rng)
			if store, err := s.tryOpen(); err == nil {
				done = true
				s.heals()
				require.NoError(t, store.Close())
			} else {
				require.True(t, errors.Is(err, simdisk.ErrCrashed), "%v", err)
			}
			for _, after := range afterwards(s.disk, rng, 10) {
				next := s.moved(after.disk)
				store := mustOpen(next, fmt.Sprintf("crashed in call %d, then %s survived", n, after.what))
				require.Equal(t, spec.ids, ids(t, store))
				require.Contains(t, next.aside(), "torn")
				next.continues(store)
			}
		}
	})
}
