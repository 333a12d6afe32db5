package httpapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/onhand/onhand/adapters/internal/cloudevent"
	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// Header values that are the same in all answers. Nothing may change them.
var (
	typeJSON    = []string{"application/json"}
	typeProblem = []string{"application/problem+json"}

	closing = []string{"close"}
)

// lineEnd ends every JSON answer, so that a terminal shows its prompt on a line of its own.
var lineEnd = []byte{'\n'}

// send answers with a body. The work is done by then, so the permit is given back first:
// a client that reads its answer slowly holds none.
func send(c *gin.Context, status int, contentType []string, body []byte) {
	exchangeOf(c).permit.release()
	c.Writer.Header()["Content-Type"] = contentType
	c.Status(status)
	_, err := c.Writer.Write(body)
	if err == nil { // a second Write, because others may read the room after body
		_, err = c.Writer.Write(lineEnd)
	}
	if err != nil {
		_ = c.Error(err) // the client is gone
		c.Abort()
	}
}

// sendMap answers with members that a client reads by name.
func sendMap(c *gin.Context, status int, members gin.H) {
	c.JSON(status, members)
	_, _ = c.Writer.Write(lineEnd) // c.JSON records that the client is gone
}

func writeJSON(c *gin.Context, body []byte) { send(c, http.StatusOK, typeJSON, body) }

func sendJSON(c *gin.Context, status int, value any) error {
	body, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	send(c, status, typeJSON, body)
	return nil
}

// setETag names the version that an answer shows.
func setETag(c *gin.Context, version event.Version) { setHeader(c, "Etag", etag(version)) }

// setPosition names the commit that an answer reflects.
func setPosition(c *gin.Context, p event.Position) {
	setHeader(c, "Onhand-Position", strconv.FormatInt(int64(p), 10))
	record(c).Position = p
}

// aggregateVersion is one version of an aggregate, as it was read at a position.
type aggregateVersion struct {
	number     event.Version
	position   event.Position
	appendJSON func([]byte) []byte
}

// answerVersion answers a read of one aggregate as its conditions say.
func answerVersion(c *gin.Context, conditions command.Preconditions, v aggregateVersion) error {
	if err := conditions.CheckMatch(v.number); err != nil {
		return err
	}
	setETag(c, v.number)
	setPosition(c, v.position)
	if conditions.Unchanged(v.number) {
		c.Status(http.StatusNotModified)
		return nil
	}
	writeJSON(c, v.appendJSON(make([]byte, 0, 512)))
	return nil
}

// writePage answers with one page of a list.
func writePage[T any](c *gin.Context, name string, entries []T, appendJSON func(T, []byte) []byte, nextCursor string) {
	body := make([]byte, 0, 64+320*len(entries))
	body = append(append(append(body, `{"`...), name...), `":[`...)
	for i, entry := range entries {
		if i > 0 {
			body = append(body, ',')
		}
		body = appendJSON(entry, body)
	}
	writeJSON(c, append(appendNextCursor(append(body, ']'), nextCursor), '}'))
}

func appendNextCursor(dst []byte, cursor string) []byte {
	if cursor == "" {
		return dst
	}
	return event.AppendString(append(dst, `,"nextCursor":`...), cursor)
}

func appendEvents(dst []byte, source string, events []ports.StreamEvent) []byte {
	dst = append(dst, '[')
	for i := range events {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = cloudevent.Append(dst, source, &events[i])
	}
	return append(dst, ']')
}
