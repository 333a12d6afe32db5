package query

import (
	"context"
	"fmt"

	"github.com/onhand/onhand/ports"
)

// ListDeadLetters asks for the dead letters of a projection, or of all where that is
// empty, in the order of their ids: by projection, and there by event.
type ListDeadLetters struct {
	Projection string
	Limit      int // 1 to MaxLimit
	Cursor     string
}

// DeadLetterPage is one page of dead letters.
type DeadLetterPage struct {
	Letters    []ports.DeadLetter
	NextCursor string // empty on the last page
}

// Handle gives one page, or ErrMalformedCursor. Other errors are the store's.
func (q ListDeadLetters) Handle(ctx context.Context, letters ports.DeadLetterStore) (DeadLetterPage, error) {
	cursor := cursorFor("dead letters", q.Projection)
	behind, err := cursor.decode(q.Cursor)
	if err != nil {
		return DeadLetterPage{}, err
	}
	list, err := letters.List(ctx, q.Projection, behind, q.Limit+1)
	if err != nil {
		return DeadLetterPage{}, fmt.Errorf("list dead letters: %w", err)
	}
	page := DeadLetterPage{Letters: list}
	if len(list) > q.Limit {
		page.Letters = list[:q.Limit]
		page.NextCursor = cursor.encode(list[q.Limit-1].ID)
	}
	return page, nil
}
