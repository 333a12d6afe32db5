// Package instances opens several instances of an adapter on one store, as several processes
// do, for the contract suites of ports.
package instances

import (
	"io"
	"testing"

	"github.com/stretchr/testify/require"
)

// Opener opens instances of one store, which is empty at first.
type Opener[S io.Closer] struct {
	// Open opens one more instance, as one more process does.
	Open func(t *testing.T) (S, error)
	// Exclusive says that the adapter is documented to be so: a store has one instance at a
	// time. The suites then require that a second one is refused.
	Exclusive bool
}

// Must opens an instance, which is closed at the end of the test.
func (o Opener[S]) Must(t *testing.T) S {
	t.Helper()
	s, err := o.Open(t)
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// Reopen closes an instance and opens another one.
func (o Opener[S]) Reopen(t *testing.T, s S) S {
	t.Helper()
	require.NoError(t, s.Close())
	return o.Must(t)
}

// Everywhere checks an instance, one that is opened beside it if there may be one, and one
// that is opened after all are closed, which it returns.
func (o Opener[S]) Everywhere(t *testing.T, s S, check func(S)) S {
	t.Helper()
	check(s)
	if !o.Exclusive {
		other := o.Must(t)
		check(other)
		check(s)
		require.NoError(t, other.Close())
	}
	s = o.Reopen(t, s)
	check(s)
	return s
}
