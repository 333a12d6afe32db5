package bootstrap

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"go.uber.org/fx"

	"github.com/onhand/onhand/adapters/eventfile"
	"github.com/onhand/onhand/adapters/guarded"
	"github.com/onhand/onhand/application/leadership"
	"github.com/onhand/onhand/application/projection"
	"github.com/onhand/onhand/ports"
)

// eventFileName is the name of the projection that writes EVENTS_FILE.
const eventFileName = "events-file"

type eventFileParams struct {
	fx.In

	Config       Config
	Duties       *leadership.Duties
	Dependencies projection.Dependencies
	Projections  *projection.Group
	Log          ports.EventFeed
	Breakers     *breakers
}

// publishToFile writes every event to EVENTS_FILE, if that is set, in the order of the log:
// an event that cannot be written holds back all later ones. Only the leader has the file open.
func publishToFile(p eventFileParams, lc fx.Lifecycle) {
	if p.Config.EventsFile == "" {
		return
	}
	var opened atomic.Pointer[eventfile.File]
	closeFile := func() error {
		if file := opened.Swap(nil); file != nil {
			return file.Close()
		}
		return nil
	}
	begin := func(ctx context.Context) error {
		file, err := openEventFile(ctx, p.Config, p.Log)
		if err != nil {
			return err
		}
		opened.Store(file)
		runner := projection.New(p.Dependencies, projection.Options{
			Name: eventFileName, New: projection.Publish(guarded.Publisher(file, p.Breakers.eventsFile)),
			Together: true, SaveAfter: saveAfter,
			Retry: projection.After(time.Second, 2*time.Second, 5*time.Second, 15*time.Second, time.Minute),
		})
		if err := p.Projections.Add(runner); err != nil {
			return errors.Join(err, closeFile())
		}
		return nil
	}
	end := func(ctx context.Context) error {
		if err := p.Projections.Remove(ctx, eventFileName); err != nil && !errors.Is(err, projection.ErrUnknownProjection) {
			return err
		}
		return closeFile()
	}
	p.Duties.Add(leadership.Duty{Begin: begin, End: end})
	lc.Append(fx.StopHook(closeFile))
}

// openEventFile opens the file that events are published to.
func openEventFile(ctx context.Context, c Config, log ports.EventFeed) (*eventfile.File, error) {
	file, err := eventfile.Open(c.EventsFile, c.PublicURL, nil)
	if err != nil {
		return nil, err
	}
	if err := file.ComesFrom(ctx, log); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}
