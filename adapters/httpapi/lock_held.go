package httpapi

import (
	"net/http"
	"time"
)

// LockHeld is how requests are refused that need what another process has.
type LockHeld struct {
	Status     int           // the table's by default
	RetryAfter time.Duration // rounded up to seconds; with a status, 0 is no advice
}

// lockHeld is the code of that refusal.
const lockHeld = "lock-held"

// classify finds an error's row, as it is configured.
func (p problems) classify(err error) (problem, members) {
	row, extra := classify(err)
	return p.configured(row), extra
}

func (p problems) configured(row problem) problem {
	if row.code == lockHeld && p.locks.Status != 0 {
		row.status = p.locks.Status
		row.retryAfter = int((p.locks.RetryAfter + time.Second - 1) / time.Second)
	}
	return row
}

// outspoken tells whether a problem's document says what the error does. A fault may have
// come from anywhere, and may name files and addresses; who has a lock is nobody's business.
func (p problem) showsDetail() bool {
	return p.status < http.StatusInternalServerError && p.code != lockHeld
}
