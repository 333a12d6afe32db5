package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const ms = time.Millisecond

func TestSpansFollowFromObservations(t *testing.T) {
	var s spans
	s.see(false, 0)
	s.see(true, 10*ms)
	require.Empty(t, s.finished(), "it goes on")
	s.see(true, 20*ms)
	s.see(false, 30*ms)
	s.see(false, 40*ms)
	s.see(true, 50*ms)
	s.see(false, 60*ms)
	s.see(true, 70*ms)
	require.Equal(t, []span{{10 * ms, 30 * ms}, {50 * ms, 60 * ms}}, s.finished())
	require.Len(t, s.all, 3)
}

func TestARequestThatMeetsAnyOfASpanIsDuring(t *testing.T) {
	s := spans{all: []span{{100 * ms, 200 * ms}}}
	for name, c := range map[string]struct {
		request answered
		during  bool
	}{
		"over before":         {answered{50 * ms, 49 * ms}, false},
		"begun before":        {answered{50 * ms, 60 * ms}, true},
		"inside":              {answered{150 * ms, ms}, true},
		"ended after":         {answered{199 * ms, 50 * ms}, true},
		"around all of it":    {answered{50 * ms, 500 * ms}, true},
		"begun after the end": {answered{201 * ms, ms}, false},
	} {
		require.Equal(t, c.during, s.meets(c.request), name)
	}
	during, otherwise := s.split([]answered{{0, ms}, {150 * ms, 7 * ms}, {300 * ms, 2 * ms}})
	require.Equal(t, []time.Duration{7 * ms}, during)
	require.Equal(t, []time.Duration{ms, 2 * ms}, otherwise)
	during, _ = (&spans{}).split([]answered{{0, ms}})
	require.Empty(t, during, "nothing was seen")
}
