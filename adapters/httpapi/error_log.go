package httpapi

import (
	"log"
	"strings"

	"github.com/onhand/onhand/ports"
)

// errorLog makes the logger of the HTTP server itself. It reports each line as an incident.
func errorLog(report ports.Reporter) *log.Logger {
	return log.New(incidentWriter(report), "", 0)
}

type incidentWriter ports.Reporter

func (report incidentWriter) Write(text []byte) (int, error) {
	report(ports.Incident{
		Component: "httpapi", Message: "the HTTP server reports an error", Detail: clip(strings.TrimSpace(string(text))),
	})
	return len(text), nil
}
