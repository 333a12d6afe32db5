package snapfile

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"iter"
	"time"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// pieceBytes is how much of a snapshot is written and synced at a time. It is small, because a
// sync of the log on the same disk may have to wait for it.
const pieceBytes = 256 << 10

// errLineBreak refuses a record that would read back as two. A JSON text without
// insignificant whitespace has no line break.
var errLineBreak = errors.New("a record with a line break cannot be kept in a file of lines")

// Write makes a snapshot of records and removes those that it makes too many. It returns
// the file's size in bytes. A record with a line break is refused. After an error there is
// no snapshot at that position, or a whole one.
func (s Series) Write(
	ctx context.Context, at event.Position, records iter.Seq2[[]byte, error], pace ports.Pace,
) (int64, error) {
	if err := s.Disk.MkdirAll(s.Dir); err != nil {
		return 0, fmt.Errorf("create directory of snapshots: %w", err)
	}
	_ = s.Sweep() // the rest of an interrupted Write only takes space
	name := s.File(at)
	size, err := s.writeNew(ctx, name+tmpX, records, pace)
	if err == nil {
		err = s.Disk.Rename(name+tmpX, name)
	}
	if err != nil {
		return 0, errors.Join(fmt.Errorf("write snapshot: %w", err), s.Sweep())
	}
	if err := s.Disk.SyncDir(s.Dir); err != nil {
		return 0, fmt.Errorf("write snapshot: %w", err)
	}
	s.prune(at)
	return size, nil
}

func (s Series) writeNew(
	ctx context.Context, name string, records iter.Seq2[[]byte, error], pace ports.Pace,
) (size int64, err error) {
	file, err := s.Disk.Create(name)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	//nolint:forbidigo // measures, decides nothing
	w := &writer{ctx: ctx, file: file, hash: sha256.New(), pace: pace, began: time.Now()}
	for record, err := range records {
		if err == nil && bytes.IndexByte(record, '\n') >= 0 {
			err = errLineBreak
		}
		if err != nil {
			return 0, err
		}
		w.piece = append(append(w.piece, record...), '\n')
		if len(w.piece) >= pieceBytes {
			if err := w.flush(); err != nil {
				return 0, err
			}
		}
	}
	if err := w.flush(); err != nil {
		return 0, err
	}
	w.piece = appendTrailer(w.piece, w.hash.Sum(nil))
	if err := w.flush(); err != nil {
		return 0, err
	}
	return w.size, nil
}

const (
	trailerStart  = `{"hash":"`
	trailerEnd    = "\"}\n"
	trailerLength = len(trailerStart) + 2*sha256.Size + len(trailerEnd)
)

func appendTrailer(dst, sum []byte) []byte {
	dst = hex.AppendEncode(append(dst, trailerStart...), sum)
	return append(dst, trailerEnd...)
}

// writer writes pieces and rests between them.
type writer struct {
	ctx   context.Context
	file  durablefile.File
	hash  hash.Hash
	pace  ports.Pace
	piece []byte
	size  int64
	began time.Time // of the work on the piece
}

func (w *writer) flush() error {
	_, _ = w.hash.Write(w.piece) // never fails
	if _, err := w.file.WriteAt(w.piece, w.size); err != nil {
		return err
	}
	w.size += int64(len(w.piece))
	w.piece = w.piece[:0]
	if err := w.file.Datasync(); err != nil {
		return err
	}
	if err := w.rest(); err != nil {
		return err
	}
	w.began = time.Now() //nolint:forbidigo // measures, decides nothing
	return nil
}

func (w *writer) rest() error {
	if w.pace == nil {
		return w.ctx.Err()
	}
	rest := time.NewTimer(w.pace(time.Since(w.began))) //nolint:forbidigo // measures, decides nothing
	defer rest.Stop()
	select {
	case <-rest.C:
		return nil
	case <-w.ctx.Done():
		return w.ctx.Err()
	}
}
