package webhook

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"os"
	"strconv"
	"syscall"
	"time"

	"github.com/onhand/onhand/ports"
)

// maxRetryAfter is the longest pause that a receiver can ask for.
const maxRetryAfter = 24 * time.Hour

// failure is an attempt that came to nothing, in one of the few fixed phrases.
func failure(reason string) error { return &ports.DeliveryError{Reason: reason} }

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
		return failure("the host is inside the network, where webhooks do not go unless the operator allows it")
	case errors.As(err, &lookUp) && lookUp.IsNotFound:
		return failure("the host's name is not known")
	case errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded):
		return &ports.DeliveryError{Reason: "no answer in time", TimedOut: true}
	case errors.As(err, &lookUp):
		return failure("the host's name could not be looked up")
	case errors.As(err, &certificate) || errors.As(err, &unknown):
		return failure("the certificate is not trusted")
	case errors.As(err, &record) || errors.As(err, &alert):
		return failure("no TLS connection could be made")
	case errors.Is(err, syscall.ECONNREFUSED):
		return failure("the connection was refused")
	case errors.Is(err, syscall.EHOSTUNREACH) || errors.Is(err, syscall.ENETUNREACH):
		return failure("the host cannot be reached")
	}
	return failure("the connection broke, or the answer was no HTTP")
}
