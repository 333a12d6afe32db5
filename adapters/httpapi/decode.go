package httpapi

import (
	"bytes"
	"errors"
	"mime"
	"reflect"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

var errUnsupportedMediaType = errors.New("the body must be JSON: send the header Content-Type: application/json")

// bodyError refuses a body that is not the JSON that it must be.
type bodyError struct {
	pointer string // to the value, as in a fieldError; empty where the error is not about one
	detail  string
}

func (e *bodyError) Error() string { return strings.TrimPrefix(e.pointer+" "+e.detail, " ") }

// fieldError refuses one value of an input.
type fieldError struct {
	pointer string // JSON pointer as a URI fragment: "#/delta"
	detail  string
}

func (e *fieldError) Error() string { return e.pointer + ": " + e.detail }

// decode reads a request's body into a command. The body is one JSON object (RFC 8259) in
// UTF-8 and nothing after it; it has only members of the command, spelled exactly, none twice.
func decode(c *gin.Context, into any) error { return decodeLimited(c, into, maxBodyBytes) }

func decodeLimited(c *gin.Context, into any, limit int64) error {
	if err := requireJSON(c); err != nil {
		return err
	}
	body, err := readBody(c, limit)
	if err != nil {
		return err
	}
	return decodeBody(body, into)
}

// decodeIfAny is decode for commands that may come without a body.
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

// noBody refuses a body other than an empty object.
func noBody(c *gin.Context) error {
	return decodeIfAny(c, &struct{}{})
}

func requireJSON(c *gin.Context) error {
	contentType, _, err := singleHeader(c.Request.Header, "Content-Type")
	if err == nil && !isJSON(contentType) {
		err = errUnsupportedMediaType
	}
	return err
}

func isJSON(contentType string) bool {
	if contentType == "application/json" {
		return true
	}
	media, params, err := mime.ParseMediaType(contentType)
	charset, given := params["charset"]
	return err == nil && media == "application/json" && (!given || strings.EqualFold(charset, "utf-8"))
}

func decodeBody(body []byte, into any) error {
	trimmed := bytes.TrimLeft(body, " \t\r\n")
	if len(trimmed) == 0 || trimmed[0] != '{' {
		return &bodyError{detail: "the body must be a JSON object"}
	}
	if err := unmarshalStrict(body, into); err != nil {
		return err
	}
	takes, _ := into.(nullable)
	return rejectNulls(body, takes)
}

// unmarshalStrict decodes JSON text. If there is a number that an integer cannot take as it is
// written, the text is decoded once more with plain whole numbers.
func unmarshalStrict(text []byte, into any) error {
	err := json.Unmarshal(text, into, strictJSON)
	if semantic, ok := errors.AsType[*json.SemanticError](err); ok && semantic.JSONKind == '0' {
		if plain, changed := plainNumbers(text); changed {
			err = json.Unmarshal(plain, into, strictJSON)
		}
	}
	if err != nil {
		return decodeError(err)
	}
	return nil
}

// decodeError returns an error that names the place of an invalid value.
func decodeError(err error) error {
	if semantic, ok := errors.AsType[*json.SemanticError](err); ok {
		pointer := "#" + clip(string(semantic.JSONPointer)) // the sender chooses its length
		switch {
		case errors.Is(err, strconv.ErrRange):
			return &fieldError{pointer: pointer, detail: "is out of the range of 64-bit integers"}
		case errors.Is(err, json.ErrUnknownName):
			return &bodyError{pointer: pointer, detail: "is an unknown member"}
		case errors.Is(err, strconv.ErrSyntax) && semantic.JSONKind == '0':
			return &fieldError{pointer: pointer, detail: wholeNumber}
		case errors.Is(err, strconv.ErrSyntax) || isInteger(semantic.GoType):
			return &bodyError{pointer: pointer, detail: wholeNumber}
		}
		return &bodyError{pointer: pointer, detail: "has the wrong JSON type"}
	}
	if errors.Is(err, jsontext.ErrDuplicateName) {
		return &bodyError{detail: "an object has the same member twice"}
	}
	return &bodyError{detail: "the body is not valid JSON"}
}

const wholeNumber = "must be a whole number"

func isInteger(t reflect.Type) bool { return t != nil && t.Kind() == reflect.Int64 }

// nullable is a command that has a member for which null means something.
type nullable interface{ TakesNull(pointer string) bool }

// rejectNulls refuses null where a member must have a value. To take null for absent would,
// for example, drop a precondition that the client meant to set.
func rejectNulls(body []byte, takes nullable) error {
	if !bytes.Contains(body, []byte("null")) {
		return nil
	}
	tokens := jsontext.NewDecoder(bytes.NewReader(body))
	for {
		token, err := tokens.ReadToken()
		if err != nil {
			return nil //nolint:nilerr // the end: the body was decoded whole before
		}
		pointer := string(tokens.StackPointer())
		if token.Kind() == 'n' && (takes == nil || !takes.TakesNull(pointer)) {
			return &bodyError{pointer: "#" + clip(pointer), detail: "must not be null: leave it out instead"}
		}
	}
}
