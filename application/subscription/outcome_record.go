package subscription

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/onhand/onhand/application/projection"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// outcomesRecord is Outcomes in a checkpoint. Its JSON is part of the checkpoint's format.
type outcomesRecord struct {
	LastSuccess time.Time       `json:"lastSuccess,omitzero"`
	LastFailure time.Time       `json:"lastFailure,omitzero"`
	Failures    int             `json:"failures,omitempty"`
	Attempts    []attemptRecord `json:"attempts,omitempty"` // the oldest first
}

type attemptRecord struct {
	At        time.Time      `json:"at"`
	Position  event.Position `json:"position"`
	Index     int            `json:"index"`
	Events    int            `json:"events"`
	Delivered bool           `json:"delivered,omitempty"`
	Status    int            `json:"status,omitempty"`
	Error     string         `json:"error,omitempty"`
	Duration  time.Duration  `json:"nanoseconds"`
}

var _ projection.Kept = (*outcomeLog)(nil)

// Encode implements projection.Kept.
func (l *outcomeLog) Encode() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := outcomesRecord{LastSuccess: l.now.LastSuccess, LastFailure: l.now.LastFailure, Failures: l.now.Failures}
	for _, a := range l.now.Attempts {
		r.Attempts = append(r.Attempts, attemptRecord{
			At: a.At.UTC(), Position: a.Event.Position, Index: a.Event.Index, Events: a.Events,
			Delivered: a.Delivered, Status: a.Status, Error: a.Error, Duration: a.Duration,
		})
	}
	if len(r.Attempts) == 0 {
		return nil
	}
	text, err := json.Marshal(r)
	if err != nil {
		panic(err) // cannot happen: all members are plain values
	}
	return text
}

// Restore implements projection.Kept. Only the first call has an effect: later ones would repeat
// what this process has recorded itself.
func (l *outcomeLog) Restore(text []byte) {
	var r outcomesRecord
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.restored || len(text) == 0 || json.Unmarshal(text, &r) != nil {
		return
	}
	l.restored = true
	var earlier []Attempt
	for _, a := range r.Attempts {
		earlier = append(earlier, Attempt{
			At: a.At, Event: ports.EventID{Position: a.Position, Index: a.Index}, Events: a.Events,
			Delivered: a.Delivered, Status: a.Status, Error: a.Error, Duration: a.Duration,
		})
	}
	all := slices.Concat(earlier, l.now.Attempts)
	l.now.Attempts = slices.Clone(all[max(0, len(all)-keptAttempts):])
	if l.now.LastSuccess.IsZero() {
		l.now.LastSuccess = r.LastSuccess
		l.now.Failures += r.Failures
	}
	if l.now.LastFailure.IsZero() {
		l.now.LastFailure = r.LastFailure
	}
}
