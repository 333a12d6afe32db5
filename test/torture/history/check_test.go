package history

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// told makes operations; each begins when the one before has ended, unless it says when.
type asked []Operation

func (t asked) at(begin, end, from int64, effect bool, step Step, a Answer) asked {
	return append(t,
		Operation{
			Name: step.Kind.String(), Steps: []Step{step}, Answers: []Answer{a}, Effect: effect, From: from, Until: from,
			Begin: begin, End: end,
		})
}

func (t asked) then(effect bool, step Step, a Answer) asked {
	n := int64(len(t))*10 + 10
	return t.at(n, n+5, n, effect, step, a)
}

func shows(onHand, reserved, version int64) Answer {
	return Answer{
		Fate: Done, Item: &Item{OnHand: onHand, Reserved: reserved, Available: onHand - reserved, Version: version},
	}
}

func short(available int64) Answer {
	return Answer{Fate: Refused, Code: "insufficient-stock", Available: &available}
}

func of(n int64) *int64 { return &n }

var (
	look = Step{Kind: Read}
	ten  = asked{}.then(true, Step{Kind: Adjust, Units: 10}, shows(10, 0, 1))
	done = Answer{Fate: Done}
)

func reject(t *testing.T, h asked) {
	t.Helper()
	err := Check("S1/A", h)
	require.ErrorContains(t, err, "no order explains all answers")
	picture := err.Error()[strings.LastIndex(err.Error(), " ")+1:]
	require.FileExists(t, picture)
	require.NoError(t, os.RemoveAll(filepath.Dir(picture)))
}

func TestASoundHistoryIsAccepted(t *testing.T) {
	h := ten.
		then(true, Step{Kind: Place, Hold: "r", Units: 4}, Answer{Fate: Done, Line: &Line{Quantity: 4, Remaining: 4}}).
		then(false, look, shows(10, 4, 2)).
		then(true, Step{Kind: Extend, Hold: "r", Deadline: 1000}, done).
		then(false, look, shows(10, 4, 2)).
		then(false, Step{Kind: Place, Hold: "s", Units: 7}, short(6)).
		then(false, Step{Kind: Adjust, Units: -7},
			Answer{Fate: Refused, Code: "would-break-reservations", Available: of(3), Actual: of(4)}).
		then(true, Step{Kind: Commit, Hold: "r", Units: 3, Rest: true},
			Answer{Fate: Done, Line: &Line{Quantity: 4, Committed: 3, Released: 1}}).
		then(false, look, shows(7, 0, 4)).
		then(false, Step{Kind: Adjust, Units: 1, Expected: of(3)},
										Answer{Fate: Refused, Code: "version-conflict", Actual: of(4)}).
		then(false, Step{Kind: Adjust, Units: 1}, shows(8, 0, 5)). // a dry run
		then(false, Step{Kind: Release, Hold: "r"}, Answer{Fate: Refused, Code: "reservation-closed"}).
		then(false, Step{Kind: Release, Hold: "x"}, Answer{Fate: Refused, Code: "reservation-not-found"}).
		then(false, look, shows(7, 0, 4))
	require.NoError(t, Check("S1/A", h))
}

func TestWhatOverlapsMayHappenInAnyOrder(t *testing.T) {
	h := ten.
		at(20, 40, 30, true, Step{Kind: Adjust, Units: -10}, shows(0, 0, 2)).
		at(21, 39, 30, false, look, shows(10, 0, 1)).
		at(22, 41, 30, false, Step{Kind: Place, Hold: "r", Units: 1}, short(0))
	require.NoError(t, Check("S1/A", h))
}

func TestAnUnansweredOperationMayHappenLater(t *testing.T) {
	h := ten.
		at(20, Never, 20, true, Step{Kind: Adjust, Units: 5}, done).
		then(false, look, shows(10, 0, 1)).
		then(false, look, shows(15, 0, 2))
	require.NoError(t, Check("S1/A", h))
}

func TestALostUpdateIsFound(t *testing.T) {
	reject(t, ten.
		at(20, 30, 25, true, Step{Kind: Adjust, Units: -1}, shows(9, 0, 2)).
		at(21, 31, 25, true, Step{Kind: Adjust, Units: -1}, shows(9, 0, 2)))
	reject(t, ten.then(true, Step{Kind: Adjust, Units: 5}, done).then(false, look, shows(10, 0, 1)))
}

func TestAStaleReadIsFound(t *testing.T) {
	reject(t, ten.then(true, Step{Kind: Adjust, Units: 1}, shows(11, 0, 2)).then(false, look, shows(10, 0, 1)))
}

func TestADirtyReadIsFound(t *testing.T) {
	reject(t, ten.then(false, look, shows(11, 0, 2)).then(false, look, shows(10, 0, 1)))
}

func TestAnOversellIsFound(t *testing.T) {
	reject(t, ten.
		at(20, 30, 25, true, Step{Kind: Place, Hold: "r", Units: 6}, done).
		at(20, 30, 25, true, Step{Kind: Place, Hold: "s", Units: 6}, done))
}

func TestAKeyWithTwoEffectsIsFound(t *testing.T) {
	reject(t, ten.
		at(20, 40, 25, true, Step{Kind: Adjust, Units: 1}, done). // one operation, asked for twice
		at(50, 60, 55, false, look, shows(12, 0, 3)))
}

func TestARefusalThatNoStateJustifiesIsFound(t *testing.T) {
	reject(t, ten.then(false, Step{Kind: Place, Hold: "r", Units: 5}, short(4)))
	reject(t, ten.then(false, Step{Kind: Place, Hold: "r", Units: 11}, short(9)))
	reject(t,
		ten.then(false, Step{Kind: Adjust, Units: 1, Expected: of(1)},
			Answer{Fate: Refused, Code: "version-conflict", Actual: of(1)}))
	reject(t,
		ten.then(false, Step{Kind: Adjust, Units: 1, Expected: of(3)},
			Answer{Fate: Refused, Code: "precondition-failed", Actual: of(2)}))
	reject(t, ten.then(false, look, Answer{Fate: Refused, Code: "item-not-found"}))
	reject(t, ten.then(false, look, Answer{Fate: Refused, Code: "overloaded"}))
}

func TestATornOperationIsFound(t *testing.T) {
	torn := Operation{
		Name: "batch", Effect: true, Begin: 20, End: 30,
		Steps: []Step{{Kind: Adjust, Units: 1}, {Kind: Adjust, Units: 1}}, Answers: []Answer{shows(11, 0, 2), shows(12, 0, 3)},
	}
	require.NoError(t, Check("S1/A", append(ten[:1:1], torn)))
	reject(t, append(ten[:1:1], torn).at(20, 30, 25, false, look, shows(11, 0, 2)))
}

// heldUntil is an item of which 4 are held until a time.
func heldUntil(deadline int64) asked {
	return ten.then(true, Step{Kind: Place, Hold: "r", Units: 4, Deadline: deadline}, done)
}

func TestADeadlineIsExact(t *testing.T) {
	require.NoError(t, Check("S1/A", heldUntil(100).
		at(110, 120, 99, false, look, shows(10, 4, 2)).
		at(130, 140, 100, false, look, shows(10, 0, 3)).
		at(150, 160, 110, false, Step{Kind: Commit, Hold: "r"}, Answer{Fate: Refused, Code: "reservation-expired"})))
	reject(t, heldUntil(100).at(110, 120, 100, false, look, shows(10, 4, 2)))
	reject(t, heldUntil(100).at(110, 120, 99, false, look, shows(10, 0, 3)))
	reject(t,
		heldUntil(100).at(110, 120, 99, false, Step{Kind: Commit, Hold: "r"},
			Answer{Fate: Refused, Code: "reservation-expired"}))
	reject(t,
		heldUntil(100).at(110, 120, 100, true, Step{Kind: Commit, Hold: "r"},
			Answer{Fate: Done, Line: &Line{Quantity: 4, Committed: 4}}))
	reject(t, heldUntil(100).at(110, 120, 100, true, Step{Kind: Commit, Hold: "r", Units: 4}, done))
}

func TestAnEndedReservationStaysEnded(t *testing.T) {
	h := heldUntil(100).at(110, 120, 105, false, look, shows(10, 0, 3))
	window := Operation{
		Name: "read", Steps: []Step{look}, Answers: []Answer{shows(10, 4, 2)}, From: 90, Until: 110, Begin: 130, End: 140,
	}
	reject(t, append(h, window))
	window.Begin, window.End = 105, 140
	require.NoError(t, Check("S1/A", append(h, window)), "it may have been decided before the deadline")
}

func TestADecisionInTimeComesBeforeALookAfterTheDeadline(t *testing.T) {
	h := heldUntil(100).at(110, 120, 105, false, look, shows(10, 0, 3)).at(130, 140, 99, true,
		Step{Kind: Adjust, Units: 1}, done)
	reject(t, h)
}

func TestALookAtAReservationSaysNothingOfOtherDeadlines(t *testing.T) {
	missing := Answer{Fate: Refused, Code: "reservation-not-found"}
	h := heldUntil(100).
		at(30, 140, 95, true, Step{Kind: Place, Hold: "s", Units: 1}, done).
		at(110, 120, 105, false, Step{Kind: Look, Hold: "s"}, missing).
		at(150, 160, 105, false, look, shows(10, 1, 4))
	require.NoError(t, Check("S1/A", h))
	over, held := &Line{Quantity: 4}, &Line{Quantity: 4, Remaining: 4}
	require.NoError(t,
		Check("S1/A", heldUntil(100).at(110, 120, 100, false, Step{Kind: Look, Hold: "r"}, Answer{Fate: Done, Line: over})))
	require.NoError(t,
		Check("S1/A", heldUntil(100).at(110, 120, 99, false, Step{Kind: Look, Hold: "r"}, Answer{Fate: Done, Line: held})))
	reject(t, heldUntil(100).at(110, 120, 99, false, Step{Kind: Look, Hold: "r"}, Answer{Fate: Done, Line: over}))
	reject(t, heldUntil(100).at(110, 120, 100, false, Step{Kind: Look, Hold: "r"}, Answer{Fate: Done, Line: held}))
}

func TestLinesAreWhatTheyWereToldToBe(t *testing.T) {
	h := heldUntil(0).then(true, Step{Kind: Commit, Hold: "r", Units: 1},
		Answer{Fate: Done, Line: &Line{Quantity: 4, Remaining: 3, Committed: 1}})
	require.NoError(t,
		Check("S1/A",
			h.then(false, Step{Kind: Look, Hold: "r"},
				Answer{Fate: Done, Line: &Line{Quantity: 4, Remaining: 3, Committed: 1}})))
	reject(t, h.then(false, Step{Kind: Look, Hold: "r"}, Answer{Fate: Done, Line: &Line{Quantity: 4, Remaining: 4}}))
	reject(t, h.then(true, Step{Kind: Commit, Hold: "r", Units: 4}, done))
}
