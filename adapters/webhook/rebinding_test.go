package webhook_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/dns/dnsmessage"
)

// names is a name server that gives every name the address that it is told.
type names struct {
	address atomic.Pointer[netip.Addr]
	asked   atomic.Int32
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
	address := *n.address.Load()
	header := dnsmessage.ResourceHeader{
		Name: asked.Questions[0].Name, Type: asked.Questions[0].Type, Class: dnsmessage.ClassINET,
	}
	switch {
	case address.Is4() && header.Type == dnsmessage.TypeA:
		reply.Answers = []dnsmessage.Resource{{Header: header, Body: &dnsmessage.AResource{A: address.As4()}}}
	case !address.Is4() && header.Type == dnsmessage.TypeAAAA:
		reply.Answers = []dnsmessage.Resource{{Header: header, Body: &dnsmessage.AAAAResource{AAAA: address.As16()}}}
	}
	packed, err := reply.Pack()
	if err == nil {
		_, _ = conn.Write(append([]byte{byte(len(packed) >> 8), byte(len(packed))}, packed...))
	}
}

func (n *names) lead(to string) {
	address := netip.MustParseAddr(to)
	n.address.Store(&address)
}

// A name that leads outside at the first look-up, and inside a moment later, gets
// no connection inside: the address that is connected to counts.
func TestANameThatTurnsInwardsIsNotFollowed(t *testing.T) {
	listener, err := net.Listen("tcp", "0.0.0.0:0") // on all addresses of the loopback interface, too
	require.NoError(t, err)
	var hits atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		hits.Add(1)
		w.Header().Set("Connection", "close")
	}))
	_ = server.Listener.Close()
	server.Listener = listener
	server.Start()
	t.Cleanup(server.Close)

	dns := &names{}
	opts := local()
	opts.Allowed = []netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")} // stands for the outside
	opts.Resolver = dns.resolver()
	_, port, _ := strings.Cut(listener.Addr().String(), "]:")
	if port == "" {
		_, port, _ = strings.Cut(listener.Addr().String(), ":")
	}
	url := "http://shop.example:" + port
	dns.lead("127.0.0.2")
	require.NoError(t, send(t, opts, url))
	require.EqualValues(t, 1, hits.Load())
	for _, inside := range []string{
		"127.0.0.1", "::1", "::ffff:127.0.0.1", "169.254.169.254", "10.0.0.1", "64:ff9b::7f00:1",
	} {
		dns.lead(inside)
		before := dns.asked.Load()
		require.ErrorContains(t, send(t, opts, url), "the host is inside the network", inside)
		require.Greater(t, dns.asked.Load(), before, "the name was looked up")
	}
	require.EqualValues(t, 1, hits.Load())
	for _, host := range []string{"127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "[::]", "localhost"} {
		opts.Resolver = nil
		require.Error(t, send(t, opts, "http://"+host+":"+port), host)
	}
	require.EqualValues(t, 1, hits.Load())
}
