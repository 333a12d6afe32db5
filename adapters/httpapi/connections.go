package httpapi

import (
	"cmp"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// maxReserved bounds the places that are kept for monitoring: a hundredth of all.
	maxReserved = 32
	// reservedPerClient is how many of these one client may have.
	reservedPerClient = 4
	// manyOfAClient is the number of connections of a client from which on a connection without
	// a request counts as idle after newTime.
	manyOfAClient = 100
	newTime       = time.Second
)

// ConnectionOptions bound the connections. The zero value is no bound.
type ConnectionOptions struct {
	Max       int // at a time; further ones wait, or are told that there is no place
	PerClient int // of one client, but for trusted proxies
}

// ConnectionStatus is the state of the connections.
type ConnectionStatus struct {
	Open    int
	Refused int64 // because their client had too many
	Closed  int64 // idle ones, to make room for others
}

// connections accepts connections, so that no client has all of them. The client is the peer:
// what forwarding headers say is not known yet.
//
// When the places run out, idle connections are closed, those of the greediest clients first. If
// none is idle, the last places are for monitoring: any other request gets a 503 there.
type connections struct {
	net.Listener
	opts     ConnectionOptions
	reserved int
	proxies  trustedProxies
	refuse   func(peer net.Addr, err error) []byte

	crowded atomic.Bool // three quarters of the places are taken
	waiting atomic.Bool // a connection waits for a place

	mu      sync.Mutex
	changed sync.Cond // a place, or an idle connection
	closed  bool
	status  ConnectionStatus
	clients map[netip.Addr]clientConns
}

// clientConns are the connections of a client.
type clientConns map[*clientConn]struct{}

func newConnections(opts Options, p problems) *connections {
	l := &connections{
		opts: opts.Connections, reserved: min(maxReserved, opts.Connections.Max/100),
		proxies: newTrustedProxies(opts.Proxies), refuse: refuseUnread(opts, p), clients: map[netip.Addr]clientConns{},
	}
	l.changed.L = &l.mu
	return l
}

// Accept implements net.Listener.
func (l *connections) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err //nolint:wrapcheck // net/http compares it
		}
		now := time.Now() //nolint:forbidigo // measures
		c := &clientConn{answeredConn: answeredConn{Conn: conn, refuse: l.refuse}, owner: l, since: now}
		peer, _ := netip.ParseAddrPort(conn.RemoteAddr().String())
		c.client = clientNetwork(plainAddress(peer.Addr()))
		c.proxy = l.proxies.contain(plainAddress(peer.Addr()))
		switch err := l.admit(c); {
		case err == nil:
			return c, nil
		case errors.Is(err, errTooManyAtOnce):
			l.turnAway(c)
		default:
			_ = conn.Close() // the server ends
		}
	}
}

// Close implements net.Listener.
func (l *connections) Close() error {
	l.mu.Lock()
	l.closed = true
	l.changed.Broadcast()
	l.mu.Unlock()
	return l.Listener.Close() //nolint:wrapcheck // net/http compares it
}

// admit gives a connection a place, for which it may wait until the listener is closed.
func (l *connections) admit(c *clientConn) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if own := l.clients[c.client]; l.isGreedy(c, len(own)) && l.evictFrom(own, 1) == 0 {
		l.status.Refused++
		return errTooManyAtOnce
	}
	if err := l.await(c); err != nil {
		return err
	}
	if l.clients[c.client] == nil {
		l.clients[c.client] = clientConns{}
	}
	l.clients[c.client][c] = struct{}{}
	l.count(1)
	return nil
}

func (l *connections) isGreedy(c *clientConn, conns int) bool {
	return l.opts.PerClient > 0 && conns >= l.opts.PerClient && !c.proxy
}

// await waits for a place, and makes one where it can. The lock is held.
func (l *connections) await(c *clientConn) error {
	l.waiting.Store(true) // before looking for idle connections, so that none is missed
	defer l.waiting.Store(false)
	for l.opts.Max > 0 && l.status.Open >= l.opts.Max-l.reserved && l.evict() == 0 {
		switch {
		case l.closed:
			return net.ErrClosed
		case l.status.Open >= l.opts.Max:
			l.changed.Wait()
		case !c.proxy && l.scarceOf(c.client) >= reservedPerClient:
			l.status.Refused++
			return errTooManyAtOnce
		default:
			c.scarce = true
			return nil
		}
	}
	return nil
}

// turnAway tells a client why it gets no place. The answer is small: the kernel takes it at once.
func (l *connections) turnAway(c *clientConn) {
	_, _ = c.Conn.Write(l.refuse(c.RemoteAddr(), errTooManyAtOnce))
	_ = c.CloseWrite()
	_ = c.Conn.Close()
}

func (l *connections) count(by int) {
	l.status.Open += by
	l.crowded.Store(l.opts.Max > 0 && l.status.Open > l.opts.Max-l.opts.Max/4)
}

func (l *connections) scarceOf(client netip.Addr) (n int) {
	for c := range l.clients[client] {
		if c.scarce {
			n++
		}
	}
	return n
}

// evict closes some idle connections, a hundredth of all at most, because it looks at all clients:
// those of the greediest clients, down to the average of all, and then any. It returns how many.
func (l *connections) evict() (closed int) {
	most := max(1, l.opts.Max/100)
	greediest := make([]clientConns, 0, len(l.clients))
	for _, conns := range l.clients {
		greediest = append(greediest, conns)
	}
	slices.SortFunc(greediest, func(a, b clientConns) int { return cmp.Compare(len(b), len(a)) })
	average := l.status.Open / max(1, len(l.clients))
	for _, atLeast := range []int{average, 0} {
		for _, conns := range greediest {
			if closed == most {
				return closed
			}
			closed += l.evictFrom(conns, min(most-closed, len(conns)-atLeast))
		}
	}
	return closed
}

// evictFrom closes so many idle connections of a client at most, the oldest first.
func (l *connections) evictFrom(conns clientConns, most int) (closed int) {
	if most <= 0 {
		return 0
	}
	var idle []*clientConn
	for c := range conns {
		if !c.proxy && c.isIdle(len(conns)) {
			idle = append(idle, c)
		}
	}
	if older := func(a, b *clientConn) int { return a.since.Compare(b.since) }; most == 1 && len(idle) > 1 {
		idle = []*clientConn{slices.MinFunc(idle, older)}
	} else {
		slices.SortFunc(idle, older)
	}
	for _, c := range idle[:min(most, len(idle))] {
		l.remove(c)
		_ = c.Conn.Close() // which ends the server's wait for a request
		closed++
	}
	l.status.Closed += int64(closed)
	return closed
}

// remove gives the place of a connection back, once. The lock is held.
func (l *connections) remove(c *clientConn) {
	conns := l.clients[c.client]
	if _, there := conns[c]; !there {
		return
	}
	delete(conns, c)
	if len(conns) == 0 {
		delete(l.clients, c.client)
	}
	l.count(-1)
	l.changed.Signal()
}

// observe follows the state of a connection. It is called by net/http.
func (l *connections) observe(conn net.Conn, state http.ConnState) {
	c, ours := conn.(*clientConn)
	if !ours {
		return
	}
	c.state.Store(int32(state)) //nolint:gosec // there are five states
	if state == http.StateIdle && l.waiting.Load() {
		l.mu.Lock()
		l.changed.Signal()
		l.mu.Unlock()
	}
}

func (l *connections) currentStatus() ConnectionStatus {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.status
}
