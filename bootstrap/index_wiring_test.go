package bootstrap

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/sirupsen/logrus"
	"github.com/stretchr/testify/require"
	"go.uber.org/fx"

	"github.com/onhand/onhand/adapters/httpapi"
	"github.com/onhand/onhand/application/indexing"
	"github.com/onhand/onhand/application/ledger"
)

// indexed is a whole service in a directory, with its index.
type indexed struct {
	service
	app     *fx.App
	ledger  *ledger.Ledger
	indexer *indexing.Indexer
}

func startIndexed(t *testing.T, dir string) *indexed {
	c, err := readConfig(map[string]string{
		"ONHAND_DATA_DIR": dir, "ONHAND_PORT": "0", "ONHAND_RATE_LIMIT_RPS": "0", "ONHAND_SHUTDOWN_DELAY_MS": "0",
		"ONHAND_SNAPSHOT_EVERY_N_EVENTS": "1",
	})
	require.NoError(t, err)
	logger := logrus.New()
	logger.SetOutput(t.Output())
	s := &indexed{service: service{T: t}}
	var server *httpapi.Server
	s.app = fx.New(options(c, false, logger), fx.Populate(&server, &s.ledger, &s.indexer))
	require.NoError(t, s.app.Start(t.Context()))
	s.handler = server.Handler()
	return s
}

func (s *indexed) stop() { require.NoError(s, s.app.Stop(s.Context())) }

// state returns how many reservations are in memory, open and closed, and in the index.
func (s *indexed) state() []int {
	return []int{
		s.ledger.Inventory().Reservations().Count(), s.indexer.Ending(), int(s.indexer.Status().Entries),
	}
}

func TestClosedReservationsAreInTheIndexAfterAStart(t *testing.T) {
	dir := t.TempDir()
	s := startIndexed(t, dir)
	s.adjust()
	reservation := func(n int) string { return fmt.Sprintf("/v1/reservations/r%d", n) }
	for n := range 3 {
		require.Equal(t, 201, s.call("PUT", reservation(n), `{"lines":[{"store":"S1","sku":"A","quantity":1}]}`))
		require.Equal(t, 200, s.call("POST", reservation(n)+"/release", `{}`))
	}
	s.eventually(func() bool { return s.indexer.Ending() == 0 })
	require.Equal(t, []int{0, 0, 3}, s.state())
	s.stop()
	for name, damage := range map[string]func(){
		"the same":     func() {},
		"lost":         func() { require.NoError(t, os.RemoveAll(filepath.Join(dir, "index", "closed"))) },
		"no snapshots": func() { require.NoError(t, os.RemoveAll(filepath.Join(dir, "snapshots"))) },
	} {
		damage()
		s = startIndexed(t, dir)
		s.eventually(func() bool { return s.indexer.Ending() == 0 })
		require.Equal(t, []int{0, 0, 3}, s.state(), name)
		for n := range 3 {
			require.Equal(t, 200, s.call("GET", reservation(n), ""), name)
		}
		require.Equal(t, 404, s.call("GET", reservation(4), ""), name)
		s.stop()
	}
}

func TestAnIndexThatCannotBeOpenedFailsTheStart(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "index"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "index", "closed"), nil, 0o600))
	c, err := readConfig(map[string]string{"ONHAND_DATA_DIR": dir})
	require.NoError(t, err)
	err = fx.New(options(c, false, logrus.New())).Err()
	require.ErrorContains(t, err, "transfers in "+filepath.Join(dir, "index", "closed")+" cannot be opened")
}
