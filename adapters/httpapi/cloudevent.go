package httpapi

import (
	"fmt"
	"net/url"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
	"github.com/onhand/onhand/ports"
)

// appendEvent appends an event of the log as CloudEvents 1.0 JSON. The data is
// what the log holds, and who did it in front.
func (s *Server) appendEvent(dst []byte, e *ports.StreamEvent) []byte {
	dst = fmt.Appendf(dst, `{"specversion":"1.0","id":"%d.%d"`, e.Position, e.Index)
	dst = event.AppendString(append(dst, `,"source":`...), s.source())
	dst = event.AppendString(append(dst, `,"type":`...), "onhand."+string(e.Type))
	dst = event.AppendString(append(dst, `,"subject":`...), subject(e.Stream))
	dst = event.AppendTime(append(dst, `,"time":`...), e.Time)
	dst = fmt.Appendf(dst, `,"sequence":"%020d.%05d","data":{`, e.Position, e.Index)
	if e.Actor != "" {
		dst = append(event.AppendString(append(dst, `"actor":`...), e.Actor), ',')
	}
	if e.RequestID != "" {
		dst = append(event.AppendString(append(dst, `"requestId":`...), e.RequestID), ',')
	}
	return append(append(dst, e.Data[1:]...), '}')
}

// source names this service as the origin of events.
func (s *Server) source() string {
	if s.opts.PublicURL != "" {
		return s.opts.PublicURL
	}
	return "urn:onhand"
}

// subject is what an event is about: its path below /v1/, escaped as in a URL.
func subject(stream event.StreamID) string {
	if key, ok := stock.KeyOf(stream); ok {
		return "stores/" + key.Store + "/items/" + url.PathEscape(key.SKU)
	}
	if id, ok := reservation.IDOf(stream); ok {
		return "reservations/" + id
	}
	if id, ok := transfer.IDOf(stream); ok {
		return "transfers/" + id
	}
	return string(stream)
}
