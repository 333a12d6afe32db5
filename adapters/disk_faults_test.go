// Package adapters_test stands the API on the JSON event repository on a disk
// that fails on order, and looks at what clients are told.
package adapters_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/httpapi"
	"github.com/onhand/onhand/adapters/internal/durablefile/simdisk"
	"github.com/onhand/onhand/adapters/jsondocuments"
	"github.com/onhand/onhand/adapters/jsonevents"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/application/snapshot"
	"github.com/onhand/onhand/ports"
)

const (
	item    = "/v1/stores/S1/items/A"
	logFile = "/data/log/00000000000000000001.ndjson"
)

// service is the API on a disk.
type service struct {
	t           *testing.T
	disk        *simdisk.Disk
	store       *jsonevents.Store
	snapshotter *snapshot.Snapshotter
	api         *httpapi.Server
	fatal       chan error
	told        []string
}

// start brings the service up on a disk; change may alter how its store is.
func start(t *testing.T, disk *simdisk.Disk, change ...func(*jsonevents.Options)) *service {
	s := &service{t: t, disk: disk, fatal: make(chan error, 1)}
	report := func(i ports.Incident) { s.told = append(s.told, i.Message) }
	opts := jsonevents.Options{Disk: disk, Report: report, Fatal: func(err error) { s.fatal <- err }}
	for _, c := range change {
		c(&opts)
	}
	store, err := jsonevents.Open("/data", opts)
	require.NoError(t, err)
	begin := time.Now()
	clock := ledger.NewClock(func() (time.Time, time.Duration) { return time.Now(), time.Since(begin) }, report)
	snapshots := jsondocuments.NewSnapshots("/data/snapshots", disk)
	state, err := snapshot.Restore(context.Background(), snapshots, nil, store, report)
	require.NoError(t, err)
	l := ledger.New(store, store, clock, func() string { return "id" }, ledger.Options{State: state})
	t.Cleanup(func() { _ = l.Close(context.Background()) })
	require.NoError(t, l.Open(context.Background()))
	s.store = store
	s.snapshotter = snapshot.New(l.Inventory(), l, store, snapshots, snapshot.Options{
		AlsoSave: []snapshot.Saver{store.SaveIndex}, EveryEvents: 1, Report: report, Now: time.Now,
	})
	s.api = httpapi.New(l, store, httpapi.Options{NewID: func() string { return "r" }, RequestTimeout: time.Second})
	return s
}

func (s *service) stop() { require.NoError(s.t, s.store.Close()) }

// ask returns an answer's status and what its JSON has under "code" or "onHand".
func (s *service) ask(method, path, body string, headers ...string) string {
	request := httptest.NewRequest(method, path, strings.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		request.Header.Set(name, value)
	}
	answer := httptest.NewRecorder()
	s.api.Handler().ServeHTTP(answer, request)
	var said struct {
		Code   string
		OnHand int
	}
	require.NoError(s.t, json.Unmarshal(answer.Body.Bytes(), &said))
	if said.Code != "" {
		if answer.Code == http.StatusServiceUnavailable {
			require.NotEmpty(s.t, answer.Header().Get("Retry-After"))
		}
		return fmt.Sprint(answer.Code, " ", said.Code)
	}
	return fmt.Sprint(answer.Code, " ", said.OnHand)
}

func (s *service) add(headers ...string) string {
	return s.ask(http.MethodPost, item+"/adjustments", `{"delta":1}`, headers...)
}

func (s *service) read() string { return s.ask(http.MethodGet, item, "") }

// fails lets calls of an operation on the log fail.
func (s *service) fails(op string, fault simdisk.Fault) {
	s.disk.Plan(func(c simdisk.Call) simdisk.Fault {
		if c.Op == op && (c.Name == logFile || errors.Is(fault.Err, syscall.ENOSPC)) {
			return fault
		}
		return simdisk.Fault{}
	})
}

// inBubble runs a test on a fresh service in fake time.
func inBubble(t *testing.T, name string, test func(s *service)) {
	t.Run(name, func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { test(start(t, simdisk.New())) })
	})
}

func TestWhatClientsAreToldOfDiskFaults(t *testing.T) {
	inBubble(t, "a full disk: read-only, reads go on, writes resume by themselves", func(s *service) {
		require.Equal(s.t, "200 1", s.add("Idempotency-Key: a"))
		s.fails("write", simdisk.Fault{Err: syscall.ENOSPC, Keep: 9})
		for range 3 {
			require.Equal(s.t, "503 storage-read-only", s.add("Idempotency-Key: b"))
			require.Equal(s.t, "200 1", s.read())
			require.Equal(s.t, "200 1", s.add("Idempotency-Key: a"), "what is known is replayed")
			require.Equal(s.t, "200 0", s.ask(http.MethodGet, "/readyz", ""))
			time.Sleep(2 * time.Second) // of the bubble's time: probes find no room
		}
		s.disk.Plan(nil)
		time.Sleep(2 * time.Second)
		require.Equal(s.t, "200 2", s.add("Idempotency-Key: b"))
		require.Equal(s.t, "200 2", s.add("Idempotency-Key: b"))
		s.stop()
		again := start(s.t, s.disk.Restart())
		require.Equal(s.t, "200 2", again.read())
		again.stop()
	})
	inBubble(t, "a failed sync: outcome unknown, then nothing until a restart, and a retry has one effect", func(s *service) {
		require.Equal(s.t, "200 1", s.add())
		s.fails("sync", simdisk.Fault{Err: syscall.EIO})
		require.Equal(s.t, "503 outcome-unknown", s.add("Idempotency-Key: k"))
		require.ErrorIs(s.t, <-s.fatal, syscall.EIO)
		s.disk.Plan(nil)
		require.Equal(s.t, "503 storage-unavailable", s.add())
		require.Equal(s.t, "503 storage-unavailable", s.add("Idempotency-Key: k"))
		require.Equal(s.t, "200 1", s.read(), "what was durable is still shown")
		require.Equal(s.t, "503 0", s.ask(http.MethodGet, "/readyz", ""))
		s.stop()
		again := start(s.t, s.disk.Restart())
		require.Contains(s.t, strings.Join(again.told, "\n"), "its sync had failed")
		require.Equal(s.t, "200 1", again.read(), "nobody was told that it happened")
		require.Equal(s.t, "200 2", again.add("Idempotency-Key: k"))
		require.Equal(s.t, "200 2", again.add("Idempotency-Key: k"))
		again.stop()
	})
	inBubble(t, "a failed write: unavailable, nothing stays, the next one works", func(s *service) {
		s.fails("write", simdisk.Fault{Err: syscall.EIO, Keep: 20})
		require.Equal(s.t, "503 storage-unavailable", s.add())
		s.disk.Plan(nil)
		require.Equal(s.t, "200 1", s.add())
		s.stop()
		again := start(s.t, s.disk.Restart())
		require.Equal(s.t, "200 1", again.read())
		again.stop()
	})
	inBubble(t, "a slow disk: answers in time, reads go on, and nothing is lost", func(s *service) {
		require.Equal(s.t, "200 1", s.add())
		release := make(chan struct{})
		s.fails("sync", simdisk.Fault{Wait: release})
		decided, waiting := make(chan string, 1), make(chan string, 1)
		go func() { decided <- s.add("Idempotency-Key: d") }()
		synctest.Wait()
		go func() { waiting <- s.add("Idempotency-Key: w") }()
		require.Equal(s.t, "503 outcome-unknown", <-decided, "it was being written when its time was over")
		require.Equal(s.t, "504 timeout", <-waiting, "it was not decided")
		require.Equal(s.t, "200 1", s.read())
		s.disk.Plan(nil)
		close(release)
		synctest.Wait()
		require.Equal(s.t, "200 2", s.read(), "it became durable after all")
		require.Equal(s.t, "200 2", s.add("Idempotency-Key: d"), "the retry gets its outcome")
		require.Equal(s.t, "200 3", s.add("Idempotency-Key: w"))
		s.stop()
	})
}
