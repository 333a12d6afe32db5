package eventstoretest

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

func testMalformed(t *testing.T, s Subject) {
	with := func(data string) ports.Commit {
		c := commit(fact("a", 1))
		c.Events[0].Data = []byte(data)
		return c
	}
	badResult, badActor := commit(fact("a", 1)), commit(fact("a", 1))
	badYear, badToken := commit(fact("a", 1)), commit(fact("a", 1))
	badResult.Result = []byte(`{"open":`)
	badActor.Actor = "a\xff"
	badYear.Events[0].Time = start.AddDate(9000, 0, 0)
	badToken.Tokens = []ports.FencingToken{{Stream: "a", Token: -1}}
	malformed := map[string]ports.Commit{
		"no events":                  commit(),
		"no stream":                  commit(fact("", 1)),
		"version 0":                  commit(fact("a", 0)),
		"a gap":                      commit(fact("a", 1), fact("a", 3)),
		"no data":                    with(""),
		"not an object":              with(`[1]`),
		"two values":                 with(`{}{}`),
		"an open object":             with(`{"a":{}`),
		"an open string":             with(`{"a":"}`),
		"an unfinished result":       badResult,
		"a stream that is not UTF-8": commit(fact("a\xff", 1)),
		"an actor that is not UTF-8": badActor,
		"a year of five digits":      badYear,
		"a negative token":           badToken,
	}
	for name, c := range malformed {
		require.ErrorAs(t, appendOne(t, s.Store, c), new(*ports.MalformedCommitError), name)
	}
	fates, err := s.Store.Append(context.Background(),
		[]ports.Commit{commit(fact("fine", 1)), badActor, commit(fact("a", 2))})
	require.NoError(t, err)
	require.NoError(t, fates[0].Err, "a malformed commit does not stop the others")
	require.ErrorAs(t, fates[1].Err, new(*ports.MalformedCommitError))
	require.ErrorAs(t, fates[2].Err, new(*ports.ConflictError), "it builds on the malformed commit")
	require.Len(t, feed(t, s.Store, 0), 1)
}

func testCommitLimits(t *testing.T, s Subject) {
	limits := s.Store.Properties().Limits
	require.GreaterOrEqual(t, limits.Events, 1_000, "a batch of the API must fit")
	require.GreaterOrEqual(t, limits.Bytes, 1<<20)
	var many []ports.Event
	for v := range event.Version(limits.Events + 1) {
		many = append(many, fact("a", v+1))
		many[v].Data = []byte(`{}`)
	}
	require.NoError(t, appendOne(t, s.Store, commit(many[:limits.Events]...)))
	large := commit(fact("b", 1))
	large.Events[0].Data = fmt.Appendf(nil, `{"a":"%s"}`, strings.Repeat("x", limits.Bytes-8))
	require.NoError(t, appendOne(t, s.Store, large))
	large.Events[0].Version = 2
	large.Result = []byte(`1`)
	for _, c := range []ports.Commit{commit(many...), large} {
		require.ErrorAs(t, appendOne(t, s.Store, c), new(*ports.TooLargeError))
	}
	require.Len(t, feed(t, s.Store, 0), 2)
}
