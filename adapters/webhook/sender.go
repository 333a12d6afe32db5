package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/onhand/onhand/adapters/internal/cloudevent"
	"github.com/onhand/onhand/ports"
)

const (
	// maxAnswerBytes is how much of an answer's body is read, so that its connection
	// can be used again. Nothing in it counts.
	maxAnswerBytes = 4 << 10
	// maxAnswerHeaderBytes is how much of its headers is taken.
	maxAnswerHeaderBytes = 16 << 10
	// drainTime is for how long the body is read, once the headers have come.
	drainTime = time.Second
)

// Options are how webhooks are sent.
type Options struct {
	PublicURL string           // the events' source; empty where it is not known
	Timeout   time.Duration    // of one attempt, from the look-up of the name on
	Allowed   []netip.Prefix   // networks that webhooks may go to although they are not public
	AllowHTTP bool             // also without TLS
	Now       func() time.Time // the wall clock that signatures carry
	Resolver  *net.Resolver    // the machine's if it is nil
	RootCAs   *x509.CertPool   // trusted by TLS; the machine's roots if it is nil
}

// Sender sends webhooks to all their receivers.
type Sender struct {
	opts   Options
	source string
	client *http.Client
}

// New makes a sender.
func New(opts Options) *Sender {
	dialer := &net.Dialer{
		Timeout: opts.Timeout, Resolver: opts.Resolver, ControlContext: guard{allowed: opts.Allowed}.control,
	}
	return &Sender{opts: opts, source: cloudevent.Source(opts.PublicURL), client: &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{ // no Proxy: the environment's would dial for us, past the guard
			DialContext:            dialer.DialContext,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: opts.RootCAs},
			DisableCompression:     true, // an answer must not unpack to more than was sent
			MaxResponseHeaderBytes: maxAnswerHeaderBytes,
			MaxIdleConns:           100,
			MaxIdleConnsPerHost:    2,
			IdleConnTimeout:        90 * time.Second,
		},
	}}
}

// To publishes to the subscription that current gives at the time of each attempt,
// signed with the secrets that it has then.
func (s *Sender) To(current func() ports.Subscription) ports.Publisher {
	return &receiver{sender: s, current: current}
}

// Close gives up connections that are not in use.
func (s *Sender) Close() { s.client.CloseIdleConnections() }

type receiver struct {
	sender  *Sender
	current func() ports.Subscription
}

// Publish implements ports.Publisher.
func (r *receiver) Publish(ctx context.Context, events []ports.StreamEvent) (int, error) {
	for i := range events {
		if err := ctx.Err(); err != nil {
			return i, err
		}
		if err := r.sender.post(ctx, r.current(), &events[i]); err != nil {
			return i, err
		}
	}
	return len(events), nil
}

// post makes one attempt to hand over one event.
func (s *Sender) post(ctx context.Context, to ports.Subscription, e *ports.StreamEvent) error {
	attempt, cancel := context.WithTimeout(ctx, s.opts.Timeout)
	defer cancel()
	body := cloudevent.Append(make([]byte, 0, 1024), s.source, e)
	request, err := http.NewRequestWithContext(attempt, http.MethodPost, to.URL, bytes.NewReader(body))
	if err != nil {
		return failure("the URL cannot be used")
	}
	if request.URL.Scheme != "https" && (!s.opts.AllowHTTP || request.URL.Scheme != "http") {
		return failure("the URL is not https, which alone is allowed")
	}
	now := s.opts.Now()
	id := messageID(to.ID, e.ID())
	request.Header.Set("Content-Type", cloudevent.MediaType)
	request.Header.Set("User-Agent", "onhand")
	request.Header["webhook-id"] = []string{id}
	request.Header["webhook-timestamp"] = []string{seconds(now)}
	request.Header["webhook-signature"] = []string{signatures(to.Secrets, id, now, body)}
	answer, err := s.client.Do(request)
	if err != nil {
		if ctx.Err() != nil { // the caller wants it no more
			return ctx.Err()
		}
		return undelivered(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusSwitchingProtocols { // there the body would be the connection, without an end
		enough := time.AfterFunc(min(drainTime, s.opts.Timeout), cancel)
		defer enough.Stop()
		_, _ = io.CopyN(io.Discard, answer.Body, maxAnswerBytes) // the status was the answer
	}
	return outcomeOf(answer, now)
}
