package bootstrap

import (
	"context"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/stretchr/testify/require"
	"go.uber.org/fx"
	"go.uber.org/fx/fxtest"

	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// running is what a process has of its store.
type running struct {
	ports.EventStore
	clock *ledger.Clock
	now   atomic.Int64 // of its clock, since noon
	ended chan fx.ShutdownOption
	lc    *fxtest.Lifecycle
}

func (r *running) Shutdown(options ...fx.ShutdownOption) error {
	r.ended <- options[0]
	return nil
}

// launched opens the store as the service does.
func launched(t *testing.T, settings map[string]string) *running {
	c, err := readConfig(settings)
	require.NoError(t, err)
	r := &running{ended: make(chan fx.ShutdownOption, 1), lc: fxtest.NewLifecycle(t)}
	r.clock = ledger.NewClock(func() (time.Time, time.Duration) {
		return noon.Add(time.Duration(r.now.Load())), time.Duration(r.now.Load())
	}, func(ports.Incident) {})
	b, _ := wired(t, settings)
	bulk := newBulkheads(c)
	opened, err := newBackend(backendParams{
		Config: c, Clock: r.clock, Breakers: b, Bulkheads: bulk, Metrics: newMetrics(), Report: func(ports.Incident) {}, Logger: logrus.New(), Stop: r,
	}, r.lc)
	require.NoError(t, err)
	r.EventStore = opened.store
	r.lc.RequireStart()
	return r
}

func (r *running) write(t *testing.T, version event.Version, validUntil time.Time) error {
	fates, err := r.Append(t.Context(), []ports.Commit{{
		ID: "c", Time: noon, ValidUntil: validUntil,
		Events: []ports.Event{{Stream: "s", Version: version, Type: "t", Time: noon, Data: []byte(`{}`)}},
	}})
	require.NoError(t, err)
	return fates[0].Err
}

func TestTheStoreGoesByTheClockOfDecisions(t *testing.T) {
	settings := map[string]string{"ONHAND_DATA_DIR": t.TempDir()}
	first := launched(t, settings)
	first.now.Store(int64(time.Hour))
	first.clock.Now() // a decision without a commit
	require.ErrorAs(t, first.write(t, 1, noon.Add(time.Minute)), new(*ports.TooLateError))
	require.NoError(t, first.write(t, 1, noon.Add(2*time.Hour)))
	first.lc.RequireStop()
	second := launched(t, settings)
	require.Equal(t, noon.Add(time.Hour), second.Head().Time, "the next run decides at no earlier time")
	second.lc.RequireStop()
}

func TestProcessesThatShareADirectoryRaiseEachOthersClocks(t *testing.T) {
	settings := map[string]string{"ONHAND_DATA_DIR": t.TempDir(), "ONHAND_LOCKS_ENABLED": "true"}
	ahead, behind := launched(t, settings), launched(t, settings)
	ahead.now.Store(int64(time.Hour))
	ahead.clock.Now()
	require.NoError(t, ahead.write(t, 1, time.Time{}))
	_, err := behind.CatchUp(context.Background())
	require.NoError(t, err)
	require.Equal(t, noon.Add(time.Hour), behind.clock.Now())
	ahead.lc.RequireStop()
	behind.lc.RequireStop()
}

func TestAStoreThatCannotGoOnEndsTheProcess(t *testing.T) {
	dir := t.TempDir() + "/data"
	r := launched(t, map[string]string{"ONHAND_DATA_DIR": dir})
	require.NoError(t, os.Rename(dir, dir+"-moved"))
	require.Equal(t, fx.ExitCode(1), <-r.ended)
	_ = r.lc.Stop(context.Background()) // it has failed already
}
