package bootstrap

import (
	"github.com/sirupsen/logrus"
	"go.elastic.co/ecslogrus"

	"github.com/onhand/onhand/adapters/httpapi"
)

// ecsFormatter writes an entry by the Elastic Common Schema 1.6. A request's
// record gets the schema's field names; what the schema has no name for stands
// under "onhand".
type ecsFormatter struct{ ecslogrus.Formatter }

// Format implements logrus.Formatter.
func (f ecsFormatter) Format(e *logrus.Entry) ([]byte, error) {
	named := *e
	named.Data = logrus.Fields{"service.name": "onhand", "service.version": Version}
	if r, ok := e.Data[recordField].(*httpapi.Record); ok {
		addRequest(named.Data, r)
		return f.Formatter.Format(&named)
	}
	own := logrus.Fields{}
	for name, value := range e.Data {
		if name == logrus.ErrorKey {
			named.Data[name] = value
			continue
		}
		own[name] = value
	}
	named.Data["onhand"] = own
	return f.Formatter.Format(&named)
}

func addRequest(data logrus.Fields, r *httpapi.Record) {
	own := logrus.Fields{"route": r.Route}
	data["onhand"] = own
	data["event.duration"] = r.Duration.Nanoseconds()
	data["http.request.method"] = r.Method
	data["http.request.id"] = r.RequestID
	data["http.response.status_code"] = r.Status
	data["http.response.body.bytes"] = r.Bytes
	data["url.path"] = r.Path
	client, _ := r.Client.MarshalText() // empty for a peer without an address
	data["client.address"] = string(client)
	add := func(given bool, to logrus.Fields, name string, value any) {
		if given {
			to[name] = value
		}
	}
	add(r.UserAgent != "", data, "user_agent.original", r.UserAgent)
	add(r.Actor != "", data, "user.name", r.Actor)
	add(r.Err != nil, data, logrus.ErrorKey, r.Err)
	add(r.Code != "", own, "problem", r.Code)
	add(r.Position > 0, own, "position", int64(r.Position))
	add(r.Replayed, own, "replayed", true)
	add(r.DryRun, own, "dryRun", true)
	add(r.Omitted > 0, own, "omitted", r.Omitted)
	add(r.ClientGone, own, "clientGone", true)
}
