package webhook_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/dns/dnsmessage"

	"github.com/onhand/onhand/adapters/webhook"
	"github.com/onhand/onhand/ports"
	"github.com/onhand/onhand/ports/publishertest"
)

// names is a name server that gives every name the addresses that it is told.
type names struct {
	addresses atomic.Pointer[[]netip.Addr]
	asked     atomic.Int32
}

// resolver asks the server, over connections in memory.
func (n *names) resolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go n.answer(theirs)
		return ours, nil // as a stream: two bytes of length before each message
	}}
}

func (n *names) answer(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	question := make([]byte, 1024)
	size, err := conn.Read(question)
	if err != nil {
		return
	}
	if size == 2 { // the length came alone
		if size, err = conn.Read(question[2:]); err != nil {
			return
		}
		size += 2
	}
	var asked dnsmessage.Message
	if asked.Unpack(question[2:size]) != nil {
		return
	}
	n.asked.Add(1)
	reply := dnsmessage.Message{
		Header: dnsmessage.Header{ID: asked.ID, Response: true, RecursionAvailable: true}, Questions: asked.Questions,
	}
	header := dnsmessage.ResourceHeader{
		Name: asked.Questions[0].Name, Type: asked.Questions[0].Type, Class: dnsmessage.ClassINET,
	}
	for _, address := range *n.addresses.Load() {
		switch {
		case address.Is4() && header.Type == dnsmessage.TypeA:
			reply.Answers = append(reply.Answers,
				dnsmessage.Resource{Header: header, Body: &dnsmessage.AResource{A: address.As4()}})
		case !address.Is4() && header.Type == dnsmessage.TypeAAAA:
			reply.Answers = append(reply.Answers,
				dnsmessage.Resource{Header: header, Body: &dnsmessage.AAAAResource{AAAA: address.As16()}})
		}
	}
	packed, err := reply.Pack()
	if err == nil {
		_, _ = conn.Write(append([]byte{byte(len(packed) >> 8), byte(len(packed))}, packed...))
	}
}

// lead gives every name some addresses.
func (n *names) lead(to ...string) {
	var addresses []netip.Addr
	for _, text := range to {
		addresses = append(addresses, netip.MustParseAddr(text))
	}
	n.addresses.Store(&addresses)
}

// everywhere is a receiver that listens on all addresses of this machine.
type everywhere struct {
	port string
	mu   sync.Mutex
	hits []string // the addresses that were connected to
}

func listenEverywhere(t *testing.T) *everywhere {
	e := &everywhere{}
	listener, err := net.Listen("tcp4", "0.0.0.0:0")
	require.NoError(t, err)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e.mu.Lock()
		defer e.mu.Unlock()
		host, _, _ := net.SplitHostPort(r.Context().Value(http.LocalAddrContextKey).(net.Addr).String())
		e.hits = append(e.hits, host)
		w.Header().Set("Connection", "close")
	}))
	_ = server.Listener.Close()
	server.Listener = listener
	server.Start()
	t.Cleanup(server.Close)
	_, e.port, err = net.SplitHostPort(listener.Addr().String())
	require.NoError(t, err)
	return e
}

// got returns the addresses that were connected to since the last time.
func (e *everywhere) got() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	hits := e.hits
	e.hits = nil
	return hits
}

// outside is the only address that the tests may go to. It stands for all outside.
const outside = "127.0.0.2"

// strict goes to no address of this machine but one, and asks a name server.
func strict(dns *names) webhook.Options {
	opts := local()
	opts.Allowed = []netip.Prefix{netip.MustParsePrefix(outside + "/32")}
	opts.Resolver = dns.resolver()
	return opts
}

const isInside = "the host is inside the network, where webhooks do not go unless the operator allows it"

// A name that leads outside at the first look-up, and inside a moment later, gets
// no connection inside: the address that is connected to counts.
func TestANameThatTurnsInwardsIsNotFollowed(t *testing.T) {
	receiver, dns := listenEverywhere(t), &names{}
	opts := strict(dns)
	publisher := to(t, opts, "http://shop.example:"+receiver.port)
	again := func() error {
		_, err := publisher.Publish(context.Background(), publishertest.Events(5, 1))
		return err
	}
	dns.lead(outside)
	require.NoError(t, again())
	require.Equal(t, []string{outside}, receiver.got())
	for _, inside := range []string{
		"127.0.0.1", "::1", "::ffff:127.0.0.1", "169.254.169.254", "10.0.0.1", "64:ff9b::7f00:1",
	} {
		dns.lead(inside)
		before := dns.asked.Load()
		unanswered(t, again(), isInside)
		require.Greater(t, dns.asked.Load(), before, "the name was looked up")
		require.Empty(t, receiver.got(), inside)
		dns.lead(outside)
		require.NoError(t, again())
		require.Equal(t, []string{outside}, receiver.got())
	}
	for _, host := range []string{"127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "[::]", "localhost"} {
		opts.Resolver = nil
		require.Error(t, send(t, opts, "http://"+host+":"+receiver.port), host)
		require.Empty(t, receiver.got(), host)
	}
}

func TestANameThatLeadsOutsideAndInsideIsFollowedOutsideOnly(t *testing.T) {
	receiver, dns := listenEverywhere(t), &names{}
	url := "http://shop.example:" + receiver.port
	for _, addresses := range [][]string{
		{"127.0.0.1", outside}, {outside, "127.0.0.1"}, {"127.0.0.1", "127.0.0.3", outside, "10.0.0.1"}, {"::1", outside},
	} {
		dns.lead(addresses...)
		require.NoError(t, send(t, strict(dns), url))
		require.Equal(t, []string{outside}, receiver.got(), addresses)
	}
	for _, addresses := range [][]string{
		{"127.0.0.1", "127.0.0.3"}, {"::1", "127.0.0.1"}, {"169.254.169.254", "::1", "10.0.0.1"},
	} {
		dns.lead(addresses...)
		unanswered(t, send(t, strict(dns), url), isInside)
		require.Empty(t, receiver.got(), addresses)
	}
}

func TestANameOfThisMachineIsNotFollowed(t *testing.T) {
	dns := &names{}
	dns.lead("8.8.4.4")
	opts := strict(dns)
	opts.Interfaces = func() ([]net.Addr, error) { return []net.Addr{&net.IPNet{IP: net.ParseIP("8.8.4.4")}}, nil }
	for _, host := range []string{"shop.example", "8.8.4.4", "[::ffff:8.8.4.4]"} {
		unanswered(t, send(t, opts, "http://"+host), "the host is this machine, where webhooks do not go unless the operator allows it")
	}
}

// Nothing but the status of the answer tells a client of a redirect, wherever that leads.
func TestARedirectIsNotFollowed(t *testing.T) {
	receiver, dns := listenEverywhere(t), &names{}
	dns.lead(outside)
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, location := range []string{
			"http://127.0.0.1:" + receiver.port, "http://" + outside + ":" + receiver.port, "http://shop.example:" + receiver.port,
			"http://169.254.169.254/latest", "//localhost:" + receiver.port, "file:///etc/passwd", "",
		} {
			redirects := raw(t, func(conn net.Conn) {
				_, _ = fmt.Fprintf(conn, "HTTP/1.1 %d x\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n", status, location)
			})
			opts := strict(dns)
			opts.Allowed = append(opts.Allowed, netip.MustParsePrefix("127.0.0.1/32"))
			require.Equal(t, &ports.DeliveryError{Status: status, Reason: "redirects are not followed"}, send(t, opts, redirects),
				location)
			require.Empty(t, receiver.got(), location)
		}
	}
}

// What a client sees of an attempt without an answer is the same whatever was the cause.
func TestNoAnswerTellsNothingOfTheNetwork(t *testing.T) {
	receiver, dns := listenEverywhere(t), &names{}
	closed, err := net.Listen("tcp", outside+":0")
	require.NoError(t, err)
	require.NoError(t, closed.Close())
	quick := strict(dns)
	quick.Timeout = 300 * time.Millisecond
	for cause, c := range map[string]struct {
		url     string
		leads   []string
		allowed string
	}{
		isInside:                       {url: "http://db.internal:" + receiver.port, leads: []string{"127.0.0.1"}},
		"the host's name is not known": {url: "http://none.internal:" + receiver.port},
		"the connection was refused":   {url: "http://" + closed.Addr().String()},
		"no TLS connection could be made": {
			url: "https://shop.example:" + receiver.port, leads: []string{outside},
		},
		"the connection broke, or the answer was no HTTP": {
			url: strings.Replace(raw(t, func(net.Conn) {}), "127.0.0.1", "shop.example", 1), leads: []string{"127.0.0.1"},
			allowed: "127.0.0.1/32",
		},
	} {
		dns.lead(c.leads...)
		opts := quick
		if c.allowed != "" {
			opts.Allowed = append(opts.Allowed, netip.MustParsePrefix(c.allowed))
		}
		unanswered(t, send(t, opts, c.url), cause)
	}
	require.Empty(t, receiver.got())
}
