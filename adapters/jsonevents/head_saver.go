package jsonevents

import (
	"errors"
	"fmt"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/ports"
)

// headSaver makes HEAD vouch for the end of the log. It belongs to the committer's goroutine.
type headSaver struct {
	file     headFile
	log      *exclusiveLog
	view     *view
	reported bool // that HEAD could not be saved; until it could
}

// current reports whether HEAD vouches for the end of the log.
func (s *headSaver) current() bool { return s.log.head == s.log.writer.End() }

// save makes HEAD say that the log is durable up to its end.
func (s *headSaver) save() error {
	if err := s.log.lock.Held(); err != nil {
		return fmt.Errorf("write HEAD: %w", err)
	}
	last := s.view.tip()
	h := head{
		Position: last.Position,
		End:      s.log.writer.End(),
		Hash:     s.log.writer.Chain(),
		LastUsed: s.log.used.floor(last.Time),
	}
	if err := s.file.write(h); err != nil {
		return fmt.Errorf("write HEAD: %w", err)
	}
	s.log.head, s.reported = h.End, false
	if s.log.held {
		return s.log.publish(h.End, last)
	}
	return nil
}

// try saves HEAD, and reports whether it need not be tried again. A failure that leaves the old
// HEAD, because of a full disk or for another reason, is reported only: recovery needs HEAD to be right,
// not to be new.
func (s *headSaver) try() bool {
	err := s.save()
	switch sync, isSync := errors.AsType[*durablefile.SyncError](err); {
	case err == nil:
		return true
	case isSync && !durablefile.IsFull(err):
		s.log.fail(sync)
		return true
	default:
		s.failed(err)
		return false
	}
}

// last saves HEAD for the last time. An old HEAD stays true, so a full disk is reported and is no
// reason to fail.
func (s *headSaver) last() error {
	err := s.save()
	if durablefile.IsFull(err) {
		s.failed(err)
		return nil
	}
	return err
}

// failed reports that HEAD could not be saved.
func (s *headSaver) failed(err error) {
	if s.reported {
		return
	}
	s.reported = true
	s.log.opts.Report(ports.Incident{
		Component: component, Message: "HEAD could not be written: the service tries again later", Err: err,
	})
}
