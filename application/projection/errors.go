package projection

import (
	"errors"
	"fmt"
	"strings"

	"github.com/onhand/onhand/ports"
)

// Outcomes of a control request.
var (
	// ErrNotFound means that the dead letter does not exist, or no longer exists.
	ErrNotFound = errors.New("no such dead letter")
	// ErrUnknownProjection means that no projection has the name.
	ErrUnknownProjection = errors.New("no such projection")
	// ErrNotReached means that the projection is being rebuilt and has not reached the
	// event again.
	ErrNotReached = errors.New("the projection has not come to that event again yet")
	// ErrUnderWay means that the caller stopped waiting after the runner had begun. The
	// runner completes the request.
	ErrUnderWay = errors.New("the projection is still about it")
	// ErrStopped means that the runner has ended.
	ErrStopped = errors.New("the projection has stopped")
)

// RedriveError means that the target refused the event again. The dead letter stays.
type RedriveError struct {
	Letter ports.DeadLetter
}

func (e *RedriveError) Error() string {
	return fmt.Sprintf("tried %d times, last: %s", e.Letter.Attempts, e.Letter.Cause)
}

// maxCause limits the text of an error that is kept, in bytes.
const maxCause = 500

// clip returns the text of an error, shortened to maxCause.
func clip(cause error) string {
	text := strings.ToValidUTF8(cause.Error(), "?")
	if len(text) > maxCause {
		text = strings.ToValidUTF8(text[:maxCause], "") + "…"
	}
	return text
}
