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
	// idlePerHost is how many connections to a receiver remain for the next deliveries: as many as
	// a webhook has under way at a time, unless it asks for more.
	idlePerHost = 16
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

	// Interfaces returns the addresses of this machine, which webhooks may not go to unless
	// they are Allowed; net.InterfaceAddrs if it is nil.
	Interfaces func() ([]net.Addr, error)
}

// Sender sends webhooks to all their receivers.
type Sender struct {
	opts   Options
	source string
	client *http.Client
}

// New makes a sender.
func New(opts Options) *Sender {
	if opts.Interfaces == nil {
		opts.Interfaces = net.InterfaceAddrs
	}
	plain := &net.Dialer{
		Resolver: opts.Resolver, ControlContext: guard{allowed: opts.Allowed, interfaces: opts.Interfaces}.control,
	}
	secure := &tls.Dialer{NetDialer: plain, Config: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: opts.RootCAs}}
	return &Sender{opts: opts, source: cloudevent.Source(opts.PublicURL), client: &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{ // no Proxy: the environment's would dial for us, past the guard
			DialContext:            within(plain.DialContext),
			DialTLSContext:         within(secure.DialContext),
			DisableCompression:     true, // an answer must not unpack to more than was sent
			MaxResponseHeaderBytes: maxAnswerHeaderBytes,
			MaxIdleConns:           100,
			MaxIdleConnsPerHost:    idlePerHost,
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

// attemptKey is the key of an attempt's context among its values.
type attemptKey struct{}

type dial func(ctx context.Context, network, address string) (net.Conn, error)

// within lets a dial, with the look-up and the handshake, end with the attempt that began it. A
// transport alone continues after the attempt, so that a later one can use the connection: one
// that accepts connections and never shakes hands would hold them for ever.
func within(d dial) dial {
	return func(ctx context.Context, network, address string) (net.Conn, error) { //nolint:contextcheck // see above
		if attempt, ok := ctx.Value(attemptKey{}).(context.Context); ok {
			ctx = attempt
		}
		return d(ctx, network, address)
	}
}

type receiver struct {
	sender  *Sender
	current func() ports.Subscription
}

// Publish implements ports.Publisher.
func (r *receiver) Publish(ctx context.Context, events []ports.StreamEvent) (int, error) {
	to := r.current()
	size := 1 // of a delivery
	if to.Batch.MaxEvents > 0 {
		size = max(1, len(events))
	}
	for i := 0; i < len(events); i += size {
		if err := ctx.Err(); err != nil {
			return i, err
		}
		if err := r.sender.post(ctx, to, r.sender.message(to, events[i:i+size])); err != nil {
			return i, err
		}
		to = r.current()
	}
	return len(events), nil
}

// message is what one POST has.
type message struct {
	id, mediaType string
	body          []byte
}

// message makes one of events: of one event, or a batch for a receiver that wants batches.
func (s *Sender) message(to ports.Subscription, events []ports.StreamEvent) message {
	m := message{id: messageID(to.ID, events), mediaType: cloudevent.MediaType}
	room := make([]byte, 0, 1024*len(events))
	if to.Batch.MaxEvents == 0 {
		m.body = cloudevent.Append(room, s.source, &events[0])
		return m
	}
	m.mediaType = cloudevent.BatchMediaType
	m.body = cloudevent.AppendBatch(room, s.source, events)
	return m
}

// post makes one attempt to hand over a message.
func (s *Sender) post(ctx context.Context, to ports.Subscription, m message) error {
	attempt, cancel := context.WithTimeout(ctx, s.opts.Timeout)
	defer cancel()
	dialling := context.WithValue(attempt, attemptKey{}, attempt)
	request, err := http.NewRequestWithContext(dialling, http.MethodPost, to.URL, bytes.NewReader(m.body))
	if err != nil {
		return noAnswer("the URL cannot be used")
	}
	if request.URL.Scheme != "https" && (!s.opts.AllowHTTP || request.URL.Scheme != "http") {
		return noAnswer("the URL is not https, which alone is allowed")
	}
	now := s.opts.Now()
	request.Header.Set("Content-Type", m.mediaType)
	request.Header.Set("User-Agent", "onhand")
	request.Header["webhook-id"] = []string{m.id}
	request.Header["webhook-timestamp"] = []string{seconds(now)}
	request.Header["webhook-signature"] = []string{signatures(to.Secrets, m.id, now, m.body)}
	answer, err := s.client.Do(request)
	if err != nil {
		if ctx.Err() != nil { // the caller wants it no more
			return ctx.Err()
		}
		if attempt.Err() != nil {
			return noAnswerInTime()
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
