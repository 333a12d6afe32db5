package reservation_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
)

func TestTheStatusFollowsFromTheLines(t *testing.T) {
	for name, s := range map[string]struct {
		history []reservation.Event
		status  reservation.Status
		open    bool
	}{
		"held as long as nothing happened":         {[]reservation.Event{held}, reservation.HeldStatus, true},
		"held as long as a unit is":                {[]reservation.Event{held, committed(part(a, 5)), released(part(b, 2))}, reservation.HeldStatus, true},
		"committed if all was":                     {[]reservation.Event{held, committed(part(a, 5), part(b, 3))}, reservation.CommittedStatus, false},
		"committed if one unit was":                {[]reservation.Event{held, committed(part(b, 1)), released(part(a, 5)), expired}, reservation.CommittedStatus, false},
		"committed although it came back":          {[]reservation.Event{held, committed(part(a, 5), part(b, 3)), returned(part(a, 5), part(b, 3))}, reservation.CommittedStatus, false},
		"released if all was":                      {[]reservation.Event{held, released(part(a, 5), part(b, 3))}, reservation.ReleasedStatus, false},
		"expired if nothing was done in time":      {[]reservation.Event{held, expired}, reservation.ExpiredStatus, false},
		"expired if only a part was given back":    {[]reservation.Event{held, released(part(a, 5), part(b, 2)), expired}, reservation.ExpiredStatus, false},
		"held anew after it expired":               {[]reservation.Event{held, expired, held}, reservation.HeldStatus, true},
		"released if its replacement was released": {[]reservation.Event{held, at(noon, reservation.Replaced{Terms: terms(part(c, 1))}), released(part(c, 1))}, reservation.ReleasedStatus, false},
	} {
		t.Run(name, func(t *testing.T) {
			r := happened(s.history...)
			require.Equal(t, s.status, r.Status())
			require.Equal(t, s.open, r.Open())
			require.True(t, r.Exists())
		})
	}
	require.False(t, reservation.Reservation{ID: "r"}.Exists())
}

func TestADeadlineIsExact(t *testing.T) {
	r := happened(held, committed(part(a, 1)))
	require.False(t, r.Overdue(before))
	require.Equal(t, r, r.At(before))
	require.Empty(t, r.Expire(before))
	for _, now := range []time.Time{deadline, deadline.Add(time.Microsecond), deadline.AddDate(1, 0, 0)} {
		require.True(t, r.Overdue(now))
		seen := r.At(now)
		events := r.Expire(now)
		require.Equal(t, []reservation.Event{{At: deadline, Change: reservation.Expired{}, After: seen.State}}, events)
		require.Equal(t, happened(held, committed(part(a, 1)), expired), seen, "the view tells what the event will")
		require.Equal(t, deadline, seen.UpdatedAt)
		require.False(t, seen.Overdue(now))
		require.Equal(t, seen, seen.At(now), "once is enough")
	}
	require.Equal(t, happened(held, committed(part(a, 1))), r, "asking changes nothing")

	done := happened(held, committed(part(a, 5), part(b, 3)))
	require.False(t, done.Overdue(deadline), "what holds nothing cannot be late")
	require.Empty(t, done.Expire(deadline))
}

func TestALineIsFoundByItsItem(t *testing.T) {
	r := happened(held)
	line, ok := r.Line(b)
	require.True(t, ok)
	require.Equal(t, reservation.Line{Key: b, Quantity: 3, Remaining: 3}, line)
	_, ok = r.Line(c)
	require.False(t, ok)
}

// TestApplyKeepsToItsLines: what an event says of an item that is not there
// changes nothing, and a state that was handed out stays as it is.
func TestApplyKeepsToItsLines(t *testing.T) {
	r := happened(held)
	former := r.State
	r.Apply(committed(part(c, 1), part(a, 5)))
	r.Apply(expired)
	require.Equal(t, []reservation.Line{{Key: a, Quantity: 5, Committed: 5}, {Key: b, Quantity: 3}}, r.Lines)
	require.Equal(t, happened(held).State, former)

	type unheardOf struct{ reservation.Change }
	require.PanicsWithValue(t, "reservation: Apply does not know reservation_test.unheardOf", func() { r.Apply(at(noon, unheardOf{})) })
}

func TestIDs(t *testing.T) {
	require.Equal(t, event.StreamID("reservation/order-1001"), reservation.Stream("order-1001"))
	id, ok := reservation.IDOf(reservation.Stream("order-1001"))
	require.True(t, ok)
	require.Equal(t, "order-1001", id)
	for _, other := range []event.StreamID{"", "reservation", "reservation/", "transfer/1", "stock/S1/A"} {
		_, ok := reservation.IDOf(other)
		require.False(t, ok, "%q", other)
	}
}

func TestErrorsTellWhatTheyAreAbout(t *testing.T) {
	for want, err := range map[string]error{
		"the reservation expired at 2026-03-01T13:00:00.123456Z: reserve again":                                                    &reservation.ExpiredError{ExpiresAt: deadline.In(time.FixedZone("", 3600))},
		"the reservation is held: only committed units can be returned, and a reservation with committed units cannot be replaced": &reservation.ClosedError{Status: reservation.HeldStatus},
		"the reservation is expired: it has no units left for this request":                                                        &reservation.ClosedError{Status: reservation.ExpiredStatus},
		"the reservation belongs to another owner: send its own owner, or use another id":                                          &reservation.NotOwnerError{},
		`6 units of "A" in S1 requested, but the reservation has 5 (1 too many)`:                                                   &reservation.ExceedsError{Lines: []reservation.Excess{{Key: a, Requested: 6, Remaining: 5}}},
		`the request exceeds the reservation on 4 lines: 1 unit of "A" in S1 requested, but the reservation has 0 (1 too many); ` +
			`1 unit of "A" in S1 requested, but the reservation has 0 (1 too many); ` +
			`1 unit of "A" in S1 requested, but the reservation has 0 (1 too many); see lines for 1 more`: &reservation.ExceedsError{
			Lines: slices.Repeat([]reservation.Excess{{Key: a, Requested: 1}}, 4),
		},
	} {
		require.EqualError(t, err, want)
	}
}

func TestAReservationReadsBackFromItsJSON(t *testing.T) {
	quoted := stock.Key{Store: "S1", SKU: `a "quoted" \ 日本語`}
	full := happened(at(noon, reservation.Created{Terms: terms(part(quoted, 5), part(b, 3))}), committed(part(quoted, 2)),
		returned(part(quoted, 1)))
	endless := happened(at(noon, reservation.Created{Terms: reservation.Terms{Lines: parts(part(a, 5))}}))
	for _, r := range []reservation.Reservation{full, endless} {
		var back reservation.Reservation
		require.NoError(t, json.Unmarshal(r.AppendJSON(nil), &back))
		require.Equal(t, r, back)
		require.True(t, r.Equal(back.State))
	}
	require.JSONEq(t, `{"id":"r","status":"held",
		"lines":[{"store":"S1","sku":"A","quantity":5,"remaining":5,"committed":0,"released":0,"returned":0}],
		"version":1,"createdAt":"2026-03-01T12:00:00.123456Z","updatedAt":"2026-03-01T12:00:00.123456Z"}`,
		string(endless.AppendJSON(nil)))
	require.True(t, strings.HasPrefix(string(full.AppendJSON([]byte("x"))), `x{"id":"r","status":"held","lines":[`),
		"it appends")
}

func TestStatesAreEqualByAllTheyCarry(t *testing.T) {
	same := happened(held).State
	require.True(t, same.Equal(happened(held).State))
	for name, change := range map[string]func(*reservation.State){
		"lines":     func(s *reservation.State) { s.Lines = s.Lines[:1] },
		"deadline":  func(s *reservation.State) { s.ExpiresAt = time.Time{} },
		"owner":     func(s *reservation.State) { s.Owner = "bob" },
		"reference": func(s *reservation.State) { s.Reference = "" },
		"version":   func(s *reservation.State) { s.Version++ },
		"creation":  func(s *reservation.State) { s.CreatedAt = before },
	} {
		other := same
		change(&other)
		require.False(t, same.Equal(other), name)
	}
}

func TestLinesAreChecked(t *testing.T) {
	require.NoError(t, happened(held, committed(part(a, 2)), returned(part(a, 2)), released(part(a, 1)), expired).Check())
	for name, bad := range map[string]reservation.Line{
		"nothing was asked for":            {},
		"more than there can be":           {Quantity: stock.MaxQuantity + 1, Remaining: 1},
		"less than nothing remains":        {Quantity: 1, Remaining: -1},
		"less than nothing was committed":  {Quantity: 1, Committed: -1, Returned: -2},
		"less than nothing was released":   {Quantity: 1, Released: -1},
		"less than nothing came back":      {Quantity: 1, Returned: -1},
		"more became of it than there was": {Quantity: 3, Remaining: 1, Committed: 2, Released: 1},
		"more came back than ever left":    {Quantity: 3, Committed: 1, Released: 2, Returned: 2},
	} {
		good := reservation.Line{Quantity: 1, Remaining: 1}
		state := reservation.State{Lines: []reservation.Line{good, bad}}
		require.ErrorAs(t, state.Check(), new(*stock.InvariantError), name)
	}
}
