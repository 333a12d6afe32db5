package processlock

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/adapters/jsonevents/internal/logline"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

const poisonStart = `{"v":1,"poison":`

// MarkPoison tells the next start where the log was last durable when a sync failed. It works on
// a disk that is full.
func (l *Lock) MarkPoison(durable logline.Offset) error {
	dst := strconv.AppendInt([]byte(poisonStart), int64(durable.Segment), 10)
	dst = strconv.AppendInt(append(dst, `,"offset":`...), durable.Byte, 10)
	dst, _ = logline.Seal(dst, 0)
	return l.writePoison(string(dst))
}

// ClearPoison removes the POISON mark.
func (l *Lock) ClearPoison() error { return l.writePoison("") }

func (l *Lock) writePoison(text string) error {
	if _, err := l.file.WriteAt(padded(text, blockSize), poisonAt); err != nil {
		return fmt.Errorf("write poison mark: %w", err)
	}
	return l.sync()
}

// Poison reads the POISON mark; false if there is none. It changes nothing, and needs no Prepare.
func (l *Lock) Poison() (durable logline.Offset, found bool, err error) {
	content, err := durablefile.ReadAll(l.disk, l.name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return logline.Offset{}, false, fmt.Errorf("read poison mark: %w", err)
	}
	text := unpadded(content[min(len(content), poisonAt):min(len(content), watermarksAt)])
	if len(text) == 0 {
		return logline.Offset{}, false, nil
	}
	_, err = logline.CheckSeal(text)
	if _, newer := errors.AsType[*logline.NewerError](err); newer {
		return logline.Offset{}, false, err
	}
	if err != nil {
		return logline.Offset{}, false, &ports.CorruptError{
			Location: durablefile.Location(l.name, 0, poisonAt),
			Problem:  "the poison mark is unreadable: " + err.Error(),
		}
	}
	c := logline.NewCursor(text)
	durable.Segment = event.Position(c.Natural(poisonStart))
	durable.Byte = c.Natural(`,"offset":`)
	return durable, true, c.End()
}
