package bootstrap

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/onhand/onhand/adapters/httpapi"
	"github.com/onhand/onhand/adapters/prometheus"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// newLogger logs one JSON object a line.
func newLogger(c Config, to io.Writer) (*logrus.Logger, error) {
	level, err := logrus.ParseLevel(c.LogLevel)
	if err != nil {
		return nil, fmt.Errorf("make logger: %w", err)
	}
	logger := logrus.New()
	logger.SetOutput(to)
	logger.SetLevel(level)
	logger.SetFormatter(formatter(c))
	return logger, nil
}

func formatter(c Config) logrus.Formatter {
	if c.LogFormat == "ecs" {
		return ecsFormatter{}
	}
	return lineFormatter{}
}

// droppedNotice formats the line that reports dropped lines.
func droppedNotice(f logrus.Formatter) func(dropped int) []byte {
	return func(dropped int) []byte {
		entry := logrus.NewEntry(logrus.New()).WithField("lines", dropped)
		entry.Time, entry.Level, entry.Message = time.Now(), logrus.WarnLevel, "log lines were dropped: they were not read in time"
		line, err := f.Format(entry)
		if err != nil {
			return nil // an error cannot be reported anywhere
		}
		return line
	}
}

// recordField is the one field of a log entry that carries a whole record.
const recordField = "record"

// record is something that writes its own members of a log line.
type record interface{ AppendJSON(dst []byte) []byte }

// lineFormatter writes an entry as one line of JSON. A record writes itself,
// which costs a third of what a map of fields costs.
type lineFormatter struct{}

// Format implements logrus.Formatter.
func (lineFormatter) Format(e *logrus.Entry) ([]byte, error) {
	line := appendStart(make([]byte, 0, 512), e.Time, e.Level, e.Message)
	if r, ok := e.Data[recordField].(record); ok {
		line = r.AppendJSON(append(line, ','))
	} else {
		for _, name := range slices.Sorted(maps.Keys(e.Data)) {
			line = event.AppendString(append(line, ','), name)
			line = appendValue(append(line, ':'), e.Data[name])
		}
	}
	return append(line, '}', '\n'), nil
}

func appendStart(line []byte, at time.Time, level logrus.Level, message string) []byte {
	line = event.AppendTime(append(line, `{"time":`...), at)
	line = event.AppendString(append(line, `,"level":`...), level.String())
	return event.AppendString(append(line, `,"message":`...), message)
}

func appendValue(line []byte, value any) []byte {
	if err, ok := value.(error); ok {
		return event.AppendString(line, err.Error())
	}
	encoded, err := json.Marshal(value)
	if err != nil {
		return event.AppendString(line, fmt.Sprint(value))
	}
	return append(line, encoded...)
}

// observeRequests counts and logs each request when it is over.
func observeRequests(logger *logrus.Logger, metrics *prometheus.Metrics) func(*httpapi.Record) {
	log, sampler := logRequests(logger), &lineSampler{}
	return func(r *httpapi.Record) {
		metrics.Request(prometheus.Request{
			Method: r.Method, Route: r.Route, Status: r.Status, Code: r.Code,
			Duration: r.Duration, Replayed: r.Replayed, DryRun: r.DryRun, ClientGone: r.ClientGone,
		})
		level := logrus.InfoLevel
		if r.Severe() {
			level = logrus.ErrorLevel
		}
		if logger.IsLevelEnabled(level) && sampler.admit(r) {
			log(level, r)
		}
	}
}

// logRequests gives what logs a request's record. In our own format the record is
// written straight to the logger's output, which takes lines from several
// goroutines: an Entry with its map of fields costs twice as much as the line.
func logRequests(logger *logrus.Logger) func(logrus.Level, *httpapi.Record) {
	if _, ours := logger.Formatter.(lineFormatter); !ours {
		return func(level logrus.Level, r *httpapi.Record) { logger.WithField(recordField, r).Log(level, "request") }
	}
	lines := sync.Pool{New: func() any { return new([]byte) }}
	return func(level logrus.Level, r *httpapi.Record) {
		line := lines.Get().(*[]byte)
		*line = appendStart((*line)[:0], time.Now(), level, "request")
		*line = append(r.AppendJSON(append(*line, ',')), '}', '\n')
		_, _ = logger.Out.Write(*line) // an error cannot be reported anywhere
		lines.Put(line)
	}
}

// newReporter logs what happens in the background.
func newReporter(logger *logrus.Logger) ports.Reporter {
	return func(i ports.Incident) {
		level := logrus.InfoLevel
		if i.Severe {
			level = logrus.ErrorLevel
		}
		fields := logrus.Fields{"component": i.Component}
		if i.Detail != "" {
			fields["detail"] = i.Detail
		}
		if i.Err != nil {
			fields["error"] = i.Err
		}
		logger.WithFields(fields).Log(level, i.Message)
	}
}
