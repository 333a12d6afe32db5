package webhook

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"strconv"
	"syscall"
	"time"

	"github.com/onhand/onhand/ports"
)

// maxRetryAfter is the longest pause that a receiver can ask for.
const maxRetryAfter = 24 * time.Hour

// noAnswer is an attempt without an answer. Its cause is one of a few fixed phrases.
func noAnswer(cause string) error { return &ports.DeliveryError{Reason: ports.NoAnswer, Cause: cause} }

// noAnswerInTime is an attempt that took all of its time.
func noAnswerInTime() error {
	return &ports.DeliveryError{Reason: ports.NoAnswer, Cause: "no answer in time", TimedOut: true}
}

// outcomeOf returns nil if an answer means that the receiver took the event, else why it did not.
func outcomeOf(answer *http.Response, now time.Time) error {
	status := answer.StatusCode
	switch {
	case status >= 200 && status < 300:
		return nil
	case status == http.StatusGone:
		return ports.ErrGone
	}
	refusal := &ports.DeliveryError{
		Status: status, RetryAfter: retryAfter(answer.Header.Get("Retry-After"), now), Reason: http.StatusText(status),
	}
	switch {
	case status >= 300 && status < 400:
		refusal.Reason = "redirects are not followed"
	case refusal.Reason == "":
		refusal.Reason = "no known status"
	}
	return refusal
}

// retryAfter reads Retry-After: seconds or a date (RFC 9110, section 10.2.3). It returns 0 for a
// text that is neither.
func retryAfter(text string, now time.Time) time.Duration {
	if n, err := strconv.ParseUint(text, 10, 64); err == nil {
		return time.Duration(min(n, uint64(maxRetryAfter/time.Second))) * time.Second
	} else if errors.Is(err, strconv.ErrRange) {
		return maxRetryAfter
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	return max(0, min(at.Sub(now), maxRetryAfter))
}

// undelivered says why there was no answer. The error itself goes no further: it
// may quote the URL, addresses inside, or whatever the other side sent.
func undelivered(err error) error {
	var lookUp *net.DNSError
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	var unknown x509.UnknownAuthorityError
	switch {
	case errors.Is(err, errInternal):
		return noAnswer("the host is inside the network, where webhooks do not go unless the operator allows it")
	case errors.Is(err, errOwn):
		return noAnswer("the host is this machine, where webhooks do not go unless the operator allows it")
	case errors.As(err, &lookUp) && lookUp.IsNotFound:
		return noAnswer("the host's name is not known")
	case errors.As(err, &lookUp):
		return noAnswer("the host's name could not be looked up")
	case errors.As(err, &certificate) || errors.As(err, &unknown):
		return noAnswer("the certificate is not trusted")
	case errors.As(err, &record) || errors.As(err, &alert) || errors.Is(err, http.ErrSchemeMismatch):
		return noAnswer("no TLS connection could be made")
	case errors.Is(err, syscall.ECONNREFUSED):
		return noAnswer("the connection was refused")
	case errors.Is(err, syscall.EHOSTUNREACH) || errors.Is(err, syscall.ENETUNREACH):
		return noAnswer("the host cannot be reached")
	}
	return noAnswer("the connection broke, or the answer was no HTTP")
}
