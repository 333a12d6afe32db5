package httpapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

var errUnsupportedMediaType = errors.New("the body must be application/json")

// bodyTooLargeError refuses a body of more than limit bytes.
type bodyTooLargeError struct{ limit int64 }

func (e *bodyTooLargeError) Error() string {
	return fmt.Sprintf("the body is larger than %d bytes", e.limit)
}

// bodyError refuses a body that is not the JSON that it must be.
type bodyError struct{ detail string }

func (e *bodyError) Error() string { return e.detail }

// fieldError refuses one value of an input.
type fieldError struct {
	pointer string // JSON pointer as a URI fragment: "#/delta"
	detail  string
}

func (e *fieldError) Error() string { return e.pointer + ": " + e.detail }

// decode reads a request's body into a command: one JSON object (RFC 8259) with
// no member that the command does not have, none twice, names to the letter,
// nothing behind it, all of it UTF-8.
func decode(c *gin.Context, into any) error { return decodeUpTo(c, into, maxBodyBytes) }

func decodeUpTo(c *gin.Context, into any, limit int64) error {
	if err := requireJSON(c); err != nil {
		return err
	}
	body, err := readBody(c, limit)
	if err != nil {
		return err
	}
	return decodeBody(body, into)
}

func requireJSON(c *gin.Context) error {
	contentType, _, err := singleHeader(c.Request.Header, "Content-Type")
	if err == nil && !isJSON(contentType) {
		err = errUnsupportedMediaType
	}
	return err
}

func decodeBody(body []byte, into any) error {
	trimmed := bytes.TrimLeft(body, " \t\r\n")
	if len(trimmed) == 0 || trimmed[0] != '{' {
		return &bodyError{detail: "the body must be a JSON object"}
	}
	if err := json.Unmarshal(body, into, strictJSON); err != nil {
		return decodeError("#", err)
	}
	return rejectNulls(body, into)
}

// decodeIfAny is decode for commands that need not say anything.
func decodeIfAny(c *gin.Context, into any) error {
	body, err := readBody(c, maxBodyBytes)
	if err != nil || len(body) == 0 {
		return err
	}
	if err := requireJSON(c); err != nil {
		return err
	}
	return decodeBody(body, into)
}

// decodeError says where a value is not what it must be; at is the pointer to
// the value that was read.
func decodeError(at string, err error) error {
	if semantic, ok := errors.AsType[*json.SemanticError](err); ok {
		pointer := at + string(semantic.JSONPointer)
		switch {
		case errors.Is(err, strconv.ErrRange):
			return &fieldError{pointer: pointer, detail: "is out of range"}
		case errors.Is(err, json.ErrUnknownName):
			return &bodyError{detail: fmt.Sprintf("unknown member %s", pointer)}
		}
		return &bodyError{detail: fmt.Sprintf("%s has the wrong type", pointer)}
	}
	if errors.Is(err, jsontext.ErrDuplicateName) {
		return &bodyError{detail: "a member occurs twice"}
	}
	return &bodyError{detail: "the body is not valid JSON"}
}

// nullable is a command that has a member for which null means something.
type nullable interface{ TakesNull(pointer string) bool }

// refuseNulls refuses null where a member must have a value: who sends it means
// something, and to take it for absent would, for one, drop a precondition.
func rejectNulls(body []byte, into any) error {
	if !bytes.Contains(body, []byte("null")) {
		return nil
	}
	takes, _ := into.(nullable)
	tokens := jsontext.NewDecoder(bytes.NewReader(body))
	for {
		token, err := tokens.ReadToken()
		if err != nil {
			return nil //nolint:nilerr // the end: the body was read whole before
		}
		pointer := string(tokens.StackPointer())
		if token.Kind() == 'n' && (takes == nil || !takes.TakesNull(pointer)) {
			return &bodyError{detail: fmt.Sprintf("#%s must not be null", pointer)}
		}
	}
}

func isJSON(contentType string) bool {
	if contentType == "application/json" {
		return true
	}
	media, params, err := mime.ParseMediaType(contentType)
	charset, given := params["charset"]
	return err == nil && media == "application/json" && (!given || strings.EqualFold(charset, "utf-8"))
}

func readBody(c *gin.Context, limit int64) ([]byte, error) {
	if c.Request.ContentLength > limit {
		return nil, &bodyTooLargeError{limit: limit}
	}
	body, err := c.Writer.(*exchange).receive(func() ([]byte, error) { return readLimited(c, limit) })
	if err == nil {
		return body, nil
	}
	if isShed(err) {
		return nil, err
	}
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return nil, &bodyTooLargeError{limit: limit}
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return nil, context.DeadlineExceeded
	}
	if ctxErr := requestContext(c).Err(); ctxErr != nil {
		return nil, ctxErr
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, &bodyError{detail: "the body ends early"}
	}
	return nil, &bodyError{detail: "the body could not be read"}
}
