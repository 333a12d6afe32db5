package jsonevents_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/adapters/internal/durablefile/simdisk"
	"github.com/onhand/onhand/adapters/jsonevents"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

const (
	dataDir  = "/data"
	logDir   = dataDir + "/log"
	asideDir = dataDir + "/aside"
	headFile = dataDir + "/HEAD"
	lockFile = dataDir + "/LOCK"
)

// noon is the time of the commits, unless the test is about time.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// site is a data directory on a simulated disk, and the reports of its stores.
type site struct {
	t    *testing.T
	disk *simdisk.Disk
	opts jsonevents.Options

	mu        sync.Mutex
	incidents []ports.Incident
	fatal     chan error // the argument of Fatal
}

// newSite is an empty directory. HEAD is written at a roll and at the end only,
// unless the test sets IdleAfter.
func newSite(t *testing.T) *site {
	return on(t, simdisk.New(), jsonevents.Options{IdleAfter: time.Hour, KeyTTL: time.Hour})
}

func on(t *testing.T, disk *simdisk.Disk, opts jsonevents.Options) *site {
	return &site{t: t, disk: disk, opts: opts, fatal: make(chan error, 9)}
}

// moved is the same directory on another disk, with nothing told yet.
func (s *site) moved(disk *simdisk.Disk) *site { return on(s.t, disk, s.opts) }

func (s *site) tryOpen() (*jsonevents.Store, error) {
	opts := s.opts
	opts.Disk = s.disk
	opts.Fatal = func(err error) { s.fatal <- err }
	opts.Report = func(i ports.Incident) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.incidents = append(s.incidents, i)
	}
	return jsonevents.Open(dataDir, opts)
}

func (s *site) open() *jsonevents.Store {
	s.t.Helper()
	store, err := s.tryOpen()
	require.NoError(s.t, err)
	s.t.Cleanup(func() { _ = store.Close() })
	return store
}

// reports counts the incidents whose message holds a text.
func (s *site) reports(text string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, i := range s.incidents {
		if strings.Contains(i.Message, text) {
			n++
		}
	}
	return n
}

// files are the contents of the data directory by name, but for LOCK, where
// every start writes its process id.
func (s *site) files() map[string]string {
	s.t.Helper()
	found := map[string]string{}
	for _, dir := range []string{dataDir, logDir, asideDir} {
		names, err := s.disk.List(dir)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		require.NoError(s.t, err)
		for _, name := range names {
			path := filepath.Join(dir, name)
			if path != lockFile && path != logDir && path != asideDir {
				found[path] = s.read(path)
			}
		}
	}
	return found
}

func (s *site) read(name string) string {
	s.t.Helper()
	content, err := durablefile.ReadAll(s.disk, name)
	require.NoError(s.t, err)
	return string(content)
}

func (s *site) write(name, content string) {
	s.t.Helper()
	require.NoError(s.t, durablefile.WriteAtomically(s.disk, name, []byte(content)))
}

// aside are the contents of the files that starts have kept.
func (s *site) aside() []string {
	var kept []string
	for name, content := range s.files() {
		if filepath.Dir(name) == asideDir {
			kept = append(kept, content)
		}
	}
	return kept
}

func segment(first event.Position) string { return fmt.Sprintf("%s/%020d.ndjson", logDir, first) }

// fact is a small event.
func fact(stream event.StreamID, version event.Version) ports.Event {
	return ports.Event{Stream: stream, Version: version, Type: "t", Time: noon, Data: []byte(`{}`)}
}

// entry is the commit of one event that brings stream to version; its key and
// id say so.
func entry(stream event.StreamID, version event.Version) ports.Commit {
	name := fmt.Sprintf("%s%d", stream, version)
	return ports.Commit{ID: name, Key: name, Time: noon, Events: []ports.Event{fact(stream, version)}}
}

// put appends commits that must all be written.
func put(t *testing.T, s ports.EventStore, commits ...ports.Commit) {
	t.Helper()
	require.NoError(t, attempt(s, commits...))
}

// attempt appends commits and returns the first error.
func attempt(s ports.EventStore, commits ...ports.Commit) error {
	results, err := s.Append(context.Background(), commits)
	for _, r := range results {
		err = errors.Join(err, r.Err)
	}
	return err
}

// condition returns a store's status.
func condition(t *testing.T, s ports.EventStore) ports.StoreStatus {
	t.Helper()
	status, err := s.Status(context.Background())
	require.NoError(t, err)
	return status
}

// ids reads the whole log and checks that its positions have no gaps.
func ids(t *testing.T, s ports.EventFeed) []string {
	t.Helper()
	found := []string{}
	for c, err := range s.Commits(context.Background(), 0) {
		require.NoError(t, err)
		found = append(found, c.ID)
		require.Equal(t, event.Position(len(found)), c.Position)
	}
	return found
}

// version returns the newest version of a stream.
func version(t *testing.T, s ports.EventStore, stream event.StreamID) event.Version {
	t.Helper()
	for e, err := range s.Stream(context.Background(), stream, 0, ports.Newest) {
		require.NoError(t, err)
		return e.Version
	}
	return 0
}

// continues checks that a store takes commits and that they are there after it
// was opened again. It ends the store.
func (s *site) continues(store *jsonevents.Store) {
	s.t.Helper()
	want := slices.Concat(ids(s.t, store), []string{"later1", "later2", "later3"})
	put(s.t, store, entry("later", 1))
	put(s.t, store, entry("later", 2), entry("later", 3))
	require.Equal(s.t, want, ids(s.t, store))
	require.NoError(s.t, store.Close())
	again, err := s.moved(s.disk).tryOpen()
	require.NoError(s.t, err)
	require.Equal(s.t, want, ids(s.t, again))
	require.Equal(s.t, event.Version(3), version(s.t, again, "later"))
	require.NoError(s.t, again.Close())
	require.Zero(s.t, s.disk.OpenFiles(), "open files")
}

// seeded makes randomness that can be repeated with ONHAND_SEED.
func seeded(t *testing.T) *rand.Rand {
	t.Helper()
	seed := rand.Uint64()
	if text := os.Getenv("ONHAND_SEED"); text != "" {
		given, err := strconv.ParseUint(text, 10, 64)
		require.NoError(t, err)
		seed = given
	}
	t.Logf("ONHAND_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// inBubble runs a test whose time passes only while all goroutines wait.
func inBubble(t *testing.T, name string, test func(t *testing.T)) {
	t.Run(name, func(t *testing.T) { synctest.Test(t, test) })
}

// pass lets time go by in a bubble until all goroutines wait again.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}
