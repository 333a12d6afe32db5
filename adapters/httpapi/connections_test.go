package httpapi

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/memory"
)

// pipes is a listener for clients of any address.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (l *pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipes) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *pipes) Addr() net.Addr { return &net.TCPAddr{} }

// pipe is the service's end of a connection.
type pipe struct {
	net.Conn
	client net.Addr
}

func (p pipe) RemoteAddr() net.Addr { return p.client }

// connectionFixture is a service with clients of any address.
type connectionFixture struct {
	*testing.T
	server *Server
	pipes  *pipes
}

func newConnectionFixture(t *testing.T, opts Options) connectionFixture {
	opts.Metrics = http.NotFoundHandler()
	s, _ := newTestServer(t, memory.NewEventStore(time.Minute, time.Now), opts)
	f := connectionFixture{T: t, server: s, pipes: &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(f.pipes) }()
	t.Cleanup(func() {
		require.NoError(t, s.http.Close())
		require.NoError(t, <-ended)
	})
	return f
}

// testClient is a client's end of a connection.
type testClient struct {
	connectionFixture
	net.Conn
	answers *bufio.Reader
}

// connect opens a connection of a client. It returns when the service has looked at it.
func (f connectionFixture) connect(address string) testClient {
	f.Helper()
	ours, theirs := net.Pipe()
	require.NoError(f, ours.SetDeadline(time.Now().Add(time.Minute)))
	f.Cleanup(func() { _ = ours.Close() })
	f.pipes.conns <- pipe{theirs, net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(address), 1))}
	return testClient{f, ours, bufio.NewReader(ours)}
}

// open waits until so many connections are open, and returns the status.
func (f connectionFixture) open(n int) ConnectionStatus {
	f.Helper()
	l := f.server.connections
	require.Eventually(f, func() bool { return l.currentStatus().Open == n }, time.Minute, time.Millisecond)
	return l.currentStatus()
}

// idle waits until so many connections wait for their next request.
func (f connectionFixture) idle(n int) {
	f.Helper()
	l := f.server.connections
	require.Eventually(f, func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		idle := 0
		for _, conns := range l.clients {
			for c := range conns {
				if http.ConnState(c.state.Load()) == http.StateIdle {
					idle++
				}
			}
		}
		return idle == n
	}, time.Minute, time.Millisecond)
}

// get asks and returns the status and whether the connection ends; 0 if it has ended before.
func (c testClient) get(path string) (status int, ends bool) {
	c.Helper()
	if _, err := fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", path); err != nil {
		return 0, true
	}
	return c.answer()
}

func (c testClient) answer() (status int, ends bool) {
	c.Helper()
	answer, err := http.ReadResponse(c.answers, nil)
	if err != nil {
		return 0, true
	}
	_, err = io.Copy(io.Discard, answer.Body)
	require.NoError(c, err)
	return answer.StatusCode, answer.Close
}

func (c testClient) requireServed() {
	c.Helper()
	status, _ := c.get("/v1/stores")
	require.Equal(c, http.StatusOK, status)
}

func TestAClientHasItsShareOfConnectionsOnly(t *testing.T) {
	f := newConnectionFixture(t, Options{
		Connections: ConnectionOptions{Max: 50, PerClient: 3}, Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")},
	})
	// Given a client with its share, all connections of which are in use.
	var share []testClient
	for n := range 3 {
		share = append(share, f.connect(fmt.Sprintf("2001:db8::%d", n+1)))
	}
	f.open(3)
	// When it opens one more, by whatever address of its network, it is told why it gets none.
	more := f.connect("2001:db8::ffff")
	go func() { _, _ = fmt.Fprint(more, "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n") }() // which is not read
	status, ends := more.answer()
	require.Equal(t, http.StatusTooManyRequests, status)
	require.True(t, ends)
	// Then others have theirs, and a trusted proxy has as many as it likes.
	f.connect("203.0.113.9").requireServed()
	for range 10 {
		f.connect("10.1.2.3").requireServed()
	}
	require.Equal(t, ConnectionStatus{Open: 14, Refused: 1}, f.open(14))
	// And an idle connection of the client makes room for its next one.
	share[0].requireServed()
	f.idle(12)
	f.connect("2001:db8::ffff").requireServed()
	status, _ = share[0].get("/v1/stores")
	require.Zero(t, status)
	require.Equal(t, ConnectionStatus{Open: 14, Refused: 1, Closed: 1}, f.open(14))
}

func TestIdleConnectionsOfTheGreediestMakeRoom(t *testing.T) {
	f := newConnectionFixture(t, Options{Connections: ConnectionOptions{Max: 6}})
	// Given a client that keeps most connections.
	other := f.connect("203.0.113.9")
	other.requireServed()
	greedy := make([]testClient, 5)
	for n := range greedy {
		greedy[n] = f.connect("198.51.100.7")
		greedy[n].requireServed()
	}
	f.idle(6)
	// When many others come, all are served, at the cost of the greedy one.
	for n := range 4 {
		f.connect(fmt.Sprintf("192.0.2.%d", n)).requireServed()
	}
	other.requireServed()
	require.EqualValues(t, 4, f.open(6).Closed)
	// Then monitoring keeps no connection while there are few.
	late := f.connect("192.0.2.99")
	status, ends := late.get("/livez")
	require.Equal(t, http.StatusOK, status)
	require.True(t, ends)
}

func TestTheLastPlacesAreForMonitoring(t *testing.T) {
	f := newConnectionFixture(t, Options{Connections: ConnectionOptions{Max: 200}})
	// Given connections that are all in use, but for the reserved ones.
	var used []testClient
	for n := range 198 {
		used = append(used, f.connect(fmt.Sprintf("192.0.2.%d", n)))
	}
	f.open(198)
	// When a client comes, it is refused at once, but monitoring is answered.
	for path, expected := range map[string]int{"/livez": 200, "/readyz": 200, "/metrics": 404, "/v1/stores": 503} {
		status, ends := f.connect("203.0.113.9").get(path)
		require.Equal(t, expected, status, path)
		require.True(t, ends)
		f.open(198)
	}
	// Then the others are served, and so are all once a place is free.
	used[0].requireServed()
	require.NoError(t, used[1].Close())
	f.open(197)
	f.connect("203.0.113.9").requireServed()
}

func TestAConnectionWithoutAPlaceWaits(t *testing.T) {
	f := newConnectionFixture(t, Options{Connections: ConnectionOptions{Max: 1}})
	for _, makeRoom := range []func(testClient){
		func(c testClient) { require.NoError(t, c.Close()) },
		func(c testClient) { c.requireServed() }, // the connection is idle then
	} {
		first := f.connect("198.51.100.7")
		f.open(1)
		late := f.connect("203.0.113.9")
		makeRoom(first)
		late.requireServed()
		require.NoError(t, late.Close())
		f.open(0)
	}
	// A service that stops waits for no place.
	f.connect("198.51.100.7")
	f.open(1)
	f.connect("203.0.113.9")
}
