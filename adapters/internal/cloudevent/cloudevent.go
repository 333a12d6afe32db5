package cloudevent

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/onhand/onhand/domain/answer"
	"github.com/onhand/onhand/domain/deadletter"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
	"github.com/onhand/onhand/ports"
)

// MediaType is that of one event.
const MediaType = "application/cloudevents+json"

// BatchMediaType is that of several events.
const BatchMediaType = "application/cloudevents-batch+json"

// typePrefix begins the types of this service's events outside.
const typePrefix = "onhand."

// Source names the service as the origin of events: where clients find it, or a
// name if that is not known.
func Source(publicURL string) string {
	if publicURL != "" {
		return publicURL
	}
	return "urn:onhand"
}

// Append appends an event as one JSON object. The data is what the log holds, and
// the actor in front.
func Append(dst []byte, source string, e *ports.StreamEvent) []byte {
	dst = append(AppendID(append(dst, `{"specversion":"1.0","id":"`...), e.ID()), '"')
	dst = event.AppendString(append(dst, `,"source":`...), source)
	dst = event.AppendString(append(dst, `,"type":`...), Type(e.Type))
	dst = event.AppendString(append(dst, `,"subject":`...), Subject(e.Stream))
	dst = event.AppendTime(append(dst, `,"time":`...), e.Time)
	dst = appendPadded(append(dst, `,"sequence":"`...), int64(e.Position), 20)
	dst = appendPadded(append(dst, '.'), int64(e.Index), 5)
	dst = append(dst, `","data":{`...)
	if e.Actor != "" {
		dst = append(event.AppendString(append(dst, `"actor":`...), e.Actor), ',')
	}
	if e.RequestID != "" {
		dst = append(event.AppendString(append(dst, `"requestId":`...), e.RequestID), ',')
	}
	return append(append(dst, e.Data[1:]...), '}')
}

// AppendBatch appends events as a JSON array.
func AppendBatch(dst []byte, source string, events []ports.StreamEvent) []byte {
	dst = append(dst, '[')
	for i := range events {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = Append(dst, source, &events[i])
	}
	return append(dst, ']')
}

// AppendID appends an event's id: "<position>.<index>".
func AppendID(dst []byte, id ports.EventID) []byte {
	dst = strconv.AppendInt(dst, int64(id.Position), 10)
	return strconv.AppendInt(append(dst, '.'), int64(id.Index), 10)
}

// appendPadded appends a number with zeros in front, so that texts sort as numbers do.
func appendPadded(dst []byte, n int64, digits int) []byte {
	var text [20]byte
	short := strconv.AppendInt(text[:0], n, 10)
	for range digits - len(short) {
		dst = append(dst, '0')
	}
	return append(dst, short...)
}

// Type is the type of an event outside: "onhand.stock.reserved.v1".
func Type(t event.Type) string { return typePrefix + string(t) }

// TypeNamed is the type that is called so outside; false if none can be.
func TypeNamed(name string) (event.Type, bool) {
	t, ok := strings.CutPrefix(name, typePrefix)
	return event.Type(t), ok
}

// Subject is what an event is about: its path below /v1/, escaped as in a URL.
func Subject(stream event.StreamID) string {
	if key, ok := stock.KeyOf(stream); ok {
		return "stores/" + key.Store + "/items/" + url.PathEscape(key.SKU)
	}
	if id, ok := reservation.IDOf(stream); ok {
		return "reservations/" + id
	}
	if id, ok := transfer.IDOf(stream); ok {
		return "transfers/" + id
	}
	if id, ok := deadletter.IDOf(stream); ok {
		return "dead-letters/" + id
	}
	if id, ok := answer.IDOf(stream); ok {
		return "answers/" + id
	}
	return string(stream)
}
