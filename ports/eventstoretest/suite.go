package eventstoretest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// Store is what an adapter of both ports offers.
type Store interface {
	ports.EventStore
	ports.EventFeed
}

// Subject is one store under test.
type Subject struct {
	// Store is open and empty, and its keys live for KeyTTL.
	Store Store
	// Reopen closes the store, if it is open, and opens what it kept.
	Reopen func() Store
	// Another opens one more instance on the log, as one more process does. It fails with
	// ports.ErrInUse while Store is open if the properties of Store say that there is only one
	// writer. Nil is only for a store that is nothing but an object in memory, and for one that
	// consists of several instances already.
	Another func() (Store, error)
	// Leaks names anything that is still held although nothing is under way, or is "".
	Leaks func() string
	// LoseOutcome, where the store can be made to, lets the next Append lose its outcome:
	// it reports ErrOutcomeUnknown, its first commits are written, so many, and CatchUp
	// fails some times before the store has found out. nil leaves that part out.
	LoseOutcome func(written, failures int)
}

// KeyTTL is how long keys live in stores under test.
const KeyTTL = time.Minute

// start is the time of the first commit in each test.
var start = time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)

// Run runs the whole contract; open makes a new subject for each test.
func Run(t *testing.T, open func(t *testing.T) Subject) {
	for name, test := range map[string]func(*testing.T, Subject){
		"an append is shown by every read, in full":                                 testAppendAndRead,
		"a stale expected version is a conflict and writes nothing":                 testConflict,
		"one conflict does not stop the other commits":                              testConflictAmongOthers,
		"what builds on a refused commit conflicts, though its version is there":    testConflictAfterARefusal,
		"a commit on several streams is written whole or not at all":                testAtomicStreams,
		"of twenty racers on one version exactly one wins":                          testRacers,
		"a context that has ended changes nothing":                                  testCancelled,
		"a read whose context ends midway ends there":                               testEndsMidway,
		"an idempotency key is taken once, also within one append":                  testKeys,
		"a key is known for twice its lifetime, and refused as long as it is known": testKeyLifetime,
		"a stale fencing token is refused":                                          testFencingTokens,
		"a commit whose deadline has come is not written":                           testValidUntil,
		"time in the log never runs backwards":                                      testTime,
		"hostile names come back as they were":                                      testHostileNames,
		"a stream reads both ways from any version":                                 testStreamOrders,
		"a long stream is found at any version":                                     testLongStream,
		"several events of one stream in a commit keep their order":                 testSeveralEvents,
		"a malformed commit is refused alone":                                       testMalformed,
		"a commit over the store's limits is refused alone":                         testCommitLimits,
		"a commit is found by its ID after a position":                              testCommitByID,
		"a read barrier names no other writer where there is none":                  testCatchUp,
		"no commit that is valid until a closed timestamp is written":               testCloseTimestamp,
		"breaking off an iteration leaks nothing":                                   testEarlyBreak,
		"after a lost outcome a read barrier proves what is durable, for ever":      testLostOutcome,
		"the feed is gapless from any position":                                     testFeed,
		"a caller that waits for the log to grow is told, also of its end":          testGrown,
		"reopening sees everything":                                                 testReopen,
		"closing twice is harmless and later calls are unavailable":                 testClose,
		"what a caller does with its bytes afterwards has no effect":                testOwnership,
		"a second instance is one more writer, or is refused":                       testAnother,
		"each instance shows what the others wrote, after a read barrier":           testTwoShowTheSame,
		"each instance refuses what another's commits forbid":                       testTwoRefuse,
		"of racers on two instances exactly one wins":                               testTwoRace,
		"an instance is told that another has written":                              testTwoGrow,
	} {
		t.Run(name, func(t *testing.T) {
			subject := open(t)
			test(t, subject)
			if subject.Leaks != nil {
				require.Empty(t, subject.Leaks(), "held after the test")
			}
		})
	}
}

// fact makes the event that brings a stream to a version.
func fact(stream event.StreamID, version event.Version) ports.Event {
	return ports.Event{
		Stream:  stream,
		Version: version,
		Type:    "test.happened.v1",
		Time:    start,
		Data:    fmt.Appendf(nil, `{"n":%d,"text":"a \"quoted\" } brace"}`, version),
	}
}

// commit makes a commit of events.
func commit(events ...ports.Event) ports.Commit {
	return ports.Commit{ID: "id", Time: start, Events: events}
}

// mustAppend appends commits that must all be written, and returns the last
// position.
func mustAppend(t *testing.T, s ports.EventStore, commits ...ports.Commit) event.Position {
	t.Helper()
	results, err := s.Append(context.Background(), commits)
	require.NoError(t, err)
	require.Len(t, results, len(commits))
	for _, r := range results {
		require.NoError(t, r.Err)
	}
	return results[len(results)-1].Position
}

// appendOne appends one commit and returns its fate.
func appendOne(t *testing.T, s ports.EventStore, c ports.Commit) error {
	t.Helper()
	results, err := s.Append(context.Background(), []ports.Commit{c})
	require.NoError(t, err)
	require.Len(t, results, 1)
	return results[0].Err
}

// statusOf returns the status of a store that can say it.
func statusOf(t *testing.T, s ports.EventStore) ports.StoreStatus {
	t.Helper()
	status, err := s.Status(context.Background())
	require.NoError(t, err)
	return status
}

// versions reads a stream's versions.
func versions(
	t *testing.T, s ports.EventStore, id event.StreamID, from event.Version, order ports.Order,
) []event.Version {
	t.Helper()
	var found []event.Version
	for e, err := range s.Stream(context.Background(), id, from, order) {
		require.NoError(t, err)
		require.Equal(t, id, e.Stream)
		found = append(found, e.Version)
	}
	return found
}

// feed reads the feed.
func feed(t *testing.T, s ports.EventFeed, after event.Position) []ports.Recorded {
	t.Helper()
	var found []ports.Recorded
	for c, err := range s.Commits(context.Background(), after) {
		require.NoError(t, err)
		found = append(found, c)
	}
	return found
}

// upTo is the versions from a to b, whichever way.
func upTo(a, b event.Version) []event.Version {
	var all []event.Version
	step := event.Version(1)
	if a > b {
		step = -1
	}
	for v := a; v != b+step; v += step {
		all = append(all, v)
	}
	return all
}
