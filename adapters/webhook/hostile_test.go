package webhook_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/ports"
	"github.com/onhand/onhand/ports/publishertest"
)

// raw answers each connection as it likes, after it has read a request's headers.
func raw(t *testing.T, answer func(net.Conn)) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				lines := bufio.NewScanner(conn)
				for lines.Scan() && lines.Text() != "" {
				}
				answer(conn)
			}()
		}
	}()
	return "http://" + listener.Addr().String()
}

// endlessly writes until the other side has had enough.
func endlessly(conn net.Conn, text string) {
	for {
		if _, err := io.WriteString(conn, text); err != nil {
			return
		}
	}
}

func TestAReceiverCannotHarm(t *testing.T) {
	quick := local()
	quick.Timeout = 300 * time.Millisecond
	over := make(chan struct{})
	t.Cleanup(func() { close(over) })
	for name, c := range map[string]struct {
		answer func(net.Conn)
		reason string
	}{
		"that hangs":             {func(net.Conn) { <-over }, "no answer in time"},
		"that drips its headers": {func(c net.Conn) { drip(c, over, "HTTP/1.1 200 OK\r\nA: b", "b") }, "no answer in time"},
		"that closes at once":    {func(net.Conn) {}, "the connection broke, or the answer was no HTTP"},
		"that talks garbage":     {func(c net.Conn) { _, _ = io.WriteString(c, "\x00\xff<html>\r\n\r\n"+token) }, "the connection broke, or the answer was no HTTP"},
		"with endless headers": {func(c net.Conn) {
			endlessly(c, "HTTP/1.1 200 OK\r\n"+strings.Repeat("X: "+strings.Repeat("y", 1000)+"\r\n", 100))
		}, "the connection broke, or the answer was no HTTP"},
		"with one endless header":    {func(c net.Conn) { endlessly(c, "HTTP/1.1 200 OK\r\nX: "+strings.Repeat("y", 1000)) }, "the connection broke, or the answer was no HTTP"},
		"with endless early answers": {func(c net.Conn) { endlessly(c, "HTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n") }, "the connection broke, or the answer was no HTTP"},
		"that wants another protocol": {func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n")
			<-over
		}, "Switching Protocols"},
	} {
		t.Run("one "+name, func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			err := send(t, quick, raw(t, c.answer))
			var why *ports.DeliveryError
			require.ErrorAs(t, err, &why)
			if why.Status == 0 {
				require.Equal(t, ports.NoAnswer, why.Reason)
				require.Contains(t, []string{c.reason, "no answer in time"}, why.Cause)
			} else {
				require.Equal(t, c.reason, why.Reason)
			}
			require.Equal(t, why.Cause == "no answer in time", why.TimedOut)
			require.Less(t, time.Since(began), time.Minute)
		})
	}
	for name, answer := range map[string]func(net.Conn){
		"an endless body":        func(c net.Conn) { endlessly(c, "HTTP/1.1 200 OK\r\n\r\n"+strings.Repeat("x", 1<<16)) },
		"a body that hangs":      func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nx"); <-over },
		"a body that breaks off": func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nx") },
		"a body in a broken encoding": func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx")
		},
		"a body of a thousand kilobyte": func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"+strings.Repeat("x", 1000000))
		},
	} {
		t.Run("the status counts, whatever follows it: "+name, func(t *testing.T) {
			t.Parallel()
			require.NoError(t, send(t, quick, raw(t, answer)))
		})
	}
}

// drip writes a little again and again.
func drip(conn net.Conn, over <-chan struct{}, first, then string) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for text := first; ; text = then {
		if _, err := io.WriteString(conn, text); err != nil {
			return
		}
		select {
		case <-over:
			return
		case <-tick.C:
		}
	}
}

func TestACallerThatLeavesGetsItsContextsError(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	url := raw(t, func(c net.Conn) { cancel(); _, _ = io.Copy(io.Discard, c) })
	n, err := to(t, local(), url).Publish(ctx, publishertest.Events(1, 1))
	require.ErrorIs(t, err, context.Canceled)
	require.Zero(t, n)
}

func TestTLS(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(server.Close)
	trusting := local()
	trusting.AllowHTTP = false
	trusting.RootCAs = x509.NewCertPool()
	trusting.RootCAs.AddCert(server.Certificate())
	require.NoError(t, send(t, trusting, server.URL))
	unanswered(t, send(t, local(), server.URL), "the certificate is not trusted")
	elsewhere := strings.Replace(server.URL, "127.0.0.1", "127.0.0.2", 1)
	unanswered(t, send(t, trusting, elsewhere), "the connection was refused")

	old := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("spoken to with TLS 1.1")
	}))
	old.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
	old.StartTLS()
	t.Cleanup(old.Close)
	trusting.RootCAs.AddCert(old.Certificate())
	require.Error(t, send(t, trusting, old.URL))

	plain := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("without TLS") })
	unanswered(t, send(t, trusting, plain), "the URL is not https, which alone is allowed")
	for _, url := range []string{"ftp://127.0.0.1", "://", "http://[", "file:///etc"} {
		require.Error(t, send(t, local(), url))
	}
}

// unanswered requires that an attempt had no answer, for a cause that only the log tells.
func unanswered(t *testing.T, err error, cause string) {
	t.Helper()
	var why *ports.DeliveryError
	require.ErrorAs(t, err, &why)
	require.Equal(t, &ports.DeliveryError{Reason: ports.NoAnswer, Cause: cause, TimedOut: why.TimedOut}, why)
	require.EqualError(t, err, "not taken: "+ports.NoAnswer)
}

// A receiver that accepts connections and never speaks TLS holds none after the attempt.
func TestAConnectionEndsWithItsAttempt(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = listener.Close() }()
	quick := local()
	quick.Timeout = 300 * time.Millisecond
	unanswered(t, send(t, quick, "https://"+listener.Addr().String()), "no answer in time")
	conn, err := listener.Accept()
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	_, err = io.Copy(io.Discard, conn)
	require.NoError(t, err, "the service has closed it")
}
