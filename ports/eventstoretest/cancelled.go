package eventstoretest

import (
	"context"
	"iter"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// testEndsMidway ends the context in the middle of a long read: the rest is not read.
func testEndsMidway(t *testing.T, s Subject) {
	const length = 600
	var commits []ports.Commit
	for v := range event.Version(length) {
		commits = append(commits, commit(fact("a", v+1)))
	}
	mustAppend(t, s.Store, commits...)
	for name, read := range map[string]func(context.Context) iter.Seq2[any, error]{
		"oldest first": func(ctx context.Context) iter.Seq2[any, error] {
			return anything(s.Store.Stream(ctx, "a", 0, ports.Oldest))
		},
		"newest first": func(ctx context.Context) iter.Seq2[any, error] {
			return anything(s.Store.Stream(ctx, "a", 0, ports.Newest))
		},
		"the feed": func(ctx context.Context) iter.Seq2[any, error] { return anything(s.Store.Commits(ctx, 0)) },
	} {
		ctx, cancel := context.WithCancel(context.Background())
		var taken int
		var last error
		for _, err := range read(ctx) {
			if last = err; err == nil {
				taken++
				cancel()
			}
		}
		cancel()
		require.ErrorIs(t, last, context.Canceled, name)
		require.Equal(t, 1, taken, name)

		ctx, cancel = context.WithCancel(context.Background())
		require.NotPanics(t, func() {
			for _, err := range read(ctx) {
				require.NoError(t, err, name)
				cancel()
				break // a caller that breaks off is not told that the context has ended
			}
		}, name)
		cancel()
	}
}

func anything[T any](seq iter.Seq2[T, error]) iter.Seq2[any, error] {
	return func(yield func(any, error) bool) {
		for v, err := range seq {
			if !yield(v, err) {
				return
			}
		}
	}
}
