package load_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/process"
)

// What the attackers of the drill have.
const (
	listers     = 30  // clients of one address that list without a pause
	pins        = 400 // connections of one address that probe to stay open
	floods      = 16  // connections of one address on which requests for probes and metrics never end
	connections = 300 // that the service accepts
)

// others is how often the other clients read, write and reserve during the attack.
const others = 60

// attack is the attackers of one service.
type attack struct {
	address string
	ctx     context.Context
	all     sync.WaitGroup
	lists   atomic.Int64
	refused atomic.Int64
	probes  atomic.Int64
	reopens atomic.Int64
}

// TestOthersAreServedDuringAnAttack lets three addresses attack at once a service with limits as by
// default, except that fewer connections fill it: one by expensive lists, one by connections that it
// keeps open by probes, one by floods of probes and scrapes. Other clients must be served.
func TestOthersAreServedDuringAnAttack(t *testing.T) {
	service := process.Start(t, t.TempDir(), "RATE_LIMIT_RPS=", fmt.Sprint("MAX_CONNECTIONS=", connections))
	address := strings.TrimPrefix(service.URL, "http://")
	// Given many closed reservations, which no filter of the attacker finds.
	client := clientAt("127.0.0.9")
	const item = "/v1/stores/shop/items/real"
	require.Equal(t, 200, call(t, client, service.URL, http.MethodPost, item+"/adjustments", `{"delta":1000}`))
	for n := range 4 {
		require.Equal(t, 200, call(t, client, service.URL, http.MethodPost, "/v1/batch", closedBatch(n)))
	}
	ctx, end := context.WithCancel(t.Context())
	a := &attack{address: address, ctx: ctx}
	for range listers {
		a.all.Go(a.list)
	}
	for range pins {
		a.all.Go(a.pin)
	}
	for n := range floods {
		a.all.Go(func() { a.flood([]string{"/livez", "/metrics"}[n%2]) })
	}
	// When other clients ask, each time on a new connection,
	good, took := 0, []time.Duration(nil)
	for n := range others {
		for _, r := range [][3]string{
			{http.MethodGet, item, ""},
			{http.MethodPost, item + "/adjustments", `{"delta":1}`},
			{http.MethodPut, fmt.Sprint("/v1/reservations/c", n), `{"lines":[{"store":"shop","sku":"real","quantity":1}]}`},
		} {
			begun := time.Now()
			if status := call(t, client, service.URL, r[0], r[1], r[2]); status < 300 {
				good++
			}
			took = append(took, time.Since(begun))
		}
	}
	end()
	a.all.Wait()
	slices.Sort(took)
	t.Logf("%d of %d requests of others served, p50 %v, p99 %v; %d lists, %d refused, %d probes, %d connections opened again",
		good, len(took), took[len(took)/2], took[len(took)*99/100],
		a.lists.Load(), a.refused.Load(), a.probes.Load(), a.reopens.Load())
	// Then they get what they ask for.
	require.GreaterOrEqual(t, good, len(took)*95/100)
	require.NotZero(t, a.refused.Load(), "no list was refused: the drill attacks nothing")
	require.NotZero(t, a.probes.Load())
	service.Stop(t)
}

// closedBatch is a batch of reservations that are released at once.
func closedBatch(n int) string {
	operations := []string{`{"op":"adjust","store":"Z","sku":"z","delta":9}`}
	for k := range 499 {
		id := fmt.Sprintf("b%d-%d", n, k)
		operations = append(operations,
			fmt.Sprintf(`{"op":"reserve","id":%q,"lines":[{"store":"Z","sku":"z","quantity":1}]}`, id),
			fmt.Sprintf(`{"op":"release","id":%q}`, id))
	}
	return `{"operations":[` + strings.Join(operations, ",") + `]}`
}

// from dials from an address of this machine, so that the service takes it for another client.
func from(address string) *net.Dialer {
	return &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
}

func clientAt(address string) *http.Client {
	return &http.Client{
		Timeout:   2 * time.Minute,
		Transport: &http.Transport{DialContext: from(address).DialContext, DisableKeepAlives: true},
	}
}

// call makes a request and returns the status of the answer; 0 if there is none.
func call(t *testing.T, client *http.Client, url, method, path, body string) int {
	request, err := http.NewRequest(method, url+path, strings.NewReader(body))
	require.NoError(t, err)
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := client.Do(request)
	if err != nil {
		return 0
	}
	defer func() { _ = response.Body.Close() }()
	_, err = io.Copy(io.Discard, response.Body)
	assert.NoError(t, err)
	return response.StatusCode
}

// list asks for an expensive list until the attack ends, and waits where it is refused.
func (a *attack) list() {
	client, list := clientAt("127.0.0.1"), "http://"+a.address+"/v1/reservations?sku=nothing"
	for a.ctx.Err() == nil {
		request, err := http.NewRequestWithContext(a.ctx, http.MethodGet, list, nil)
		if err != nil {
			return
		}
		response, err := client.Do(request)
		if err != nil {
			continue
		}
		_, _ = io.Copy(io.Discard, response.Body)
		_ = response.Body.Close()
		if a.lists.Add(1); response.StatusCode != http.StatusOK {
			a.refused.Add(1)
			a.pause(time.Second)
		}
	}
}

func (a *attack) pause(length time.Duration) {
	select {
	case <-a.ctx.Done():
	case <-time.After(length):
	}
}

// pin keeps a connection open by a probe now and then, and opens it again if it is closed.
func (a *attack) pin() {
	for a.ctx.Err() == nil {
		_ = a.dialog("127.0.0.2", func(conn net.Conn, answers *bufio.Reader) error {
			for a.ctx.Err() == nil {
				if _, err := io.WriteString(conn, "GET /livez HTTP/1.1\r\nHost: h\r\n\r\n"); err != nil {
					return err
				}
				if err := readProbe(answers); err != nil {
					return err
				}
				a.probes.Add(1)
				a.pause(2 * time.Second)
			}
			return nil
		})
		a.reopens.Add(1)
		a.pause(200 * time.Millisecond)
	}
}

// flood sends requests for a path without a pause on one connection.
func (a *attack) flood(path string) {
	requests := strings.Repeat("GET "+path+" HTTP/1.1\r\nHost: h\r\n\r\n", 50)
	for a.ctx.Err() == nil {
		_ = a.dialog("127.0.0.3", func(conn net.Conn, answers *bufio.Reader) error {
			for a.ctx.Err() == nil {
				if _, err := io.WriteString(conn, requests); err != nil {
					return err
				}
				for range 50 {
					if err := readProbe(answers); err != nil {
						return err
					}
					a.probes.Add(1)
				}
			}
			return nil
		})
		a.pause(50 * time.Millisecond)
	}
}

// dialog has a connection from an address, which the end of the attack closes.
func (a *attack) dialog(address string, talk func(net.Conn, *bufio.Reader) error) error {
	conn, err := from(address).DialContext(a.ctx, "tcp", a.address)
	if err != nil {
		return err
	}
	defer context.AfterFunc(a.ctx, func() { _ = conn.Close() })()
	defer func() { _ = conn.Close() }()
	return talk(conn, bufio.NewReader(conn))
}

// readProbe reads an answer.
func readProbe(answers *bufio.Reader) error {
	response, err := http.ReadResponse(answers, nil)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return err
	}
	if response.Close {
		return errors.New("the service closes the connection")
	}
	return nil
}
