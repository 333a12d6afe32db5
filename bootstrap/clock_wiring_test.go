package bootstrap

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/stretchr/testify/require"
	"go.uber.org/fx"

	"github.com/onhand/onhand/adapters/httpapi"
	"github.com/onhand/onhand/adapters/jsondocuments"
	"github.com/onhand/onhand/adapters/machineclock"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/ports"
)

// siteOf is a data directory whose log time is ahead of the wall clock, and the clock of a service on it.
type siteOf struct {
	*testing.T
	dir   string
	kept  *jsondocuments.LogTime
	clock *ledger.Clock
	app   *fx.App
}

func aheadBy(t *testing.T, d time.Duration) *siteOf {
	s := &siteOf{T: t, dir: t.TempDir()}
	s.kept = jsondocuments.NewLogTime(filepath.Join(s.dir, "CLOCK"), nil)
	machine, boot, err := machineclock.New()
	require.NoError(t, err)
	wall, since := machine.Read()
	require.NoError(t, s.kept.Save(ports.LogTime{Boot: boot, Zero: wall.Add(d - since)}))
	return s
}

// start starts a service, or returns why it does not start.
func (s *siteOf) start(accept acceptClock, settings ...string) error {
	values := map[string]string{"ONHAND_DATA_DIR": s.dir, "ONHAND_PORT": "0", "ONHAND_SHUTDOWN_DELAY_MS": "0"}
	for n := 0; n < len(settings); n += 2 {
		values[settings[n]] = settings[n+1]
	}
	c, err := readConfig(values)
	require.NoError(s, err)
	logger := logrus.New()
	logger.SetOutput(s.Output())
	var server *httpapi.Server
	s.app = fx.New(options(c, accept, logger), fx.Populate(&s.clock, &server))
	if err := s.app.Err(); err != nil {
		return rootCause(err)
	}
	require.NoError(s, s.app.Start(s.Context()))
	return nil
}

func (s *siteOf) stop() { require.NoError(s, s.app.Stop(s.Context())) }

func TestAServiceContinuesTheLogTimeOfItsDirectory(t *testing.T) {
	s := aheadBy(t, 10*time.Minute)
	require.NoError(t, s.start(false))
	require.Greater(t, time.Until(s.clock.Now()), 9*time.Minute)
	s.stop()
}

func TestAServiceRefusesAClockThatLeaptUntilItIsAccepted(t *testing.T) {
	s := aheadBy(t, -2*time.Hour)
	require.ErrorAs(t, s.start(false), new(*ledger.LeapError))
	require.NoError(t, s.start(false, "ONHAND_CLOCK_MAX_LEAP_SECONDS", "86400"))
	require.Less(t, time.Until(s.clock.Now()), -time.Hour)
	s.stop()
	require.NoError(t, s.start(true))
	require.Greater(t, time.Until(s.clock.Now()), -time.Minute)
	s.stop()
	require.NoError(t, s.start(false))
	s.stop()
}

func TestAServiceRefusesAClockFarAheadOfTheLogAfterABoot(t *testing.T) {
	s := aheadBy(t, -20*24*time.Hour)
	require.NoError(t, s.start(false, "ONHAND_CLOCK_MAX_LEAP_SECONDS", "31536000"))
	s.clock.Now() // the log's last time
	s.stop()
	kept, _, err := s.kept.Load()
	require.NoError(t, err)
	kept.Boot = "another"
	require.NoError(t, s.kept.Save(kept))
	require.ErrorAs(t, s.start(false, "ONHAND_CLOCK_MAX_DOWNTIME_SECONDS", "864000"), new(*ledger.LeapError))
	require.NoError(t, s.start(false))
	s.stop()
}
