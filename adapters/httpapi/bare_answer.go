package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// bareHeaders are the headers of an answer that net/http writes itself, where it cannot read a
// request. No handler runs for it, and no handler begins an answer with these headers.
const bareHeaders = "\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"

// malformedRequestError refuses what is no request of HTTP/1.
type malformedRequestError struct{ detail string }

func (e *malformedRequestError) Error() string { return e.detail }

var errHeadersTooLarge = errors.New("the request line and the headers have more than 16 KiB: send less")

// readBareAnswer returns the refusal that a bare answer stands for, and reports whether it is one.
func readBareAnswer(answer []byte) (error, bool) { //nolint:revive // the error is the value
	const protocol = "HTTP/1.1 "
	if !bytes.HasPrefix(answer, []byte(protocol)) {
		return nil, false
	}
	end := bytes.IndexByte(answer, '\r')
	if end < 0 || !bytes.HasPrefix(answer[end:], []byte(bareHeaders)) {
		return nil, false
	}
	status, body := string(answer[len(protocol):end]), string(answer[end+len(bareHeaders):])
	if strings.HasPrefix(status, strconv.Itoa(http.StatusRequestHeaderFieldsTooLarge)) {
		return errHeadersTooLarge, true
	}
	_, detail, known := strings.Cut(status, ": ")
	switch {
	case known:
	case body != status:
		detail = body
	default:
		detail = "malformed request line or header"
	}
	return &malformedRequestError{detail: clip(strings.ToLower(detail[:1])+detail[1:]) +
		": send a request of HTTP/1.1 (RFC 9112), with the path percent-encoded"}, true
}

// answeredConn is a connection on which every refusal is a problem document, also that of what
// net/http cannot read.
type answeredConn struct {
	net.Conn
	refuse func(peer net.Addr, err error) []byte // returns the whole answer
}

// Write replaces bare answers. net/http writes each of them at once.
func (c *answeredConn) Write(answer []byte) (int, error) {
	err, bare := readBareAnswer(answer)
	if !bare {
		return c.Conn.Write(answer) //nolint:wrapcheck // net/http compares the errors of its connections
	}
	if _, err := c.Conn.Write(c.refuse(c.RemoteAddr(), err)); err != nil {
		return 0, err //nolint:wrapcheck // the same
	}
	return len(answer), nil
}

// CloseWrite lets net/http end its side first, so that the client can read the answer.
func (c *answeredConn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite() //nolint:wrapcheck // the same
	}
	return nil
}

// refuseUnread makes the answer of a connection from which no request was read, and logs it like
// a request.
func refuseUnread(opts Options, p problems) func(net.Addr, error) []byte {
	return func(peer net.Addr, err error) []byte {
		record := Record{Time: time.Now(), RequestID: opts.NewID()} //nolint:forbidigo // of a log line
		if address, parseErr := netip.ParseAddrPort(peer.String()); parseErr == nil {
			record.Client = plainAddress(address.Addr())
		}
		row, extra := p.classify(err)
		document := p.document(row, extra, err)
		document["requestId"] = record.RequestID
		body, encodeErr := json.Marshal(document)
		if encodeErr != nil {
			panic(encodeErr) // cannot happen: all members are plain values
		}
		record.Status, record.Code, record.Bytes = row.status, row.code, len(body)+len(lineEnd)
		opts.Log(&record)
		retry := ""
		if seconds := row.retrySeconds(err); seconds > 0 {
			retry = fmt.Sprintf("Retry-After: %d\r\n", seconds)
		}
		return fmt.Appendf(nil, "HTTP/1.1 %d %s\r\nCache-Control: no-cache\r\nConnection: close\r\nContent-Length: %d\r\n"+
			"Content-Security-Policy: %s\r\nContent-Type: %s\r\nDate: %s\r\nReferrer-Policy: no-referrer\r\n%s"+
			"X-Content-Type-Options: nosniff\r\nX-Request-Id: %s\r\n\r\n%s\n",
			row.status, http.StatusText(row.status), record.Bytes, DefaultContentPolicy, typeProblem[0],
			record.Time.UTC().Format(http.TimeFormat), retry, record.RequestID, body)
	}
}

// hasDoubtfulEnd reports whether the connection must end with the answer to a request, because
// another program between may see another end of the request. That is so for a chunked body,
// to which a Content-Length may have belonged that net/http has dropped (RFC 9112, section 6.1),
// and for HTTP/1.0, of which net/http drops Transfer-Encoding.
func hasDoubtfulEnd(r *http.Request) bool {
	return len(r.TransferEncoding) > 0 || r.ProtoMajor == 1 && r.ProtoMinor == 0
}
