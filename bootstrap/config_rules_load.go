package bootstrap

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/onhand/onhand/adapters/jsonevents"
)

// loadRules keep overload answered and the process within the machine's limits.
var loadRules = []rule{
	{
		about: []string{"REQUEST_TIMEOUT_MS"}, unsafe: "more than 5 minutes",
		because: "a client that sends a byte now and then holds its connection that long", instead: "use seconds",
		found: func(c Config, _ hostLimits) string { return moreThan(c.RequestTimeoutMS, 5*60*1000) },
	},
	{
		about: []string{"WEBHOOK_TIMEOUT_MS"}, unsafe: "more than a minute",
		because: "a receiver that hangs holds permits of CONCURRENCY_SYNC that long", instead: "use seconds: an attempt that failed is repeated",
		found: func(c Config, _ hostLimits) string { return moreThan(c.WebhookTimeoutMS, 60*1000) },
	},
	{
		about:   []string{"MAX_CONNECTIONS", "CONCURRENCY_API", "LOAD_SHED_QUEUE_MAX", "FEED_MAX_CONNECTIONS"},
		unsafe:  "not above `CONCURRENCY_API` + `LOAD_SHED_QUEUE_MAX` + `FEED_MAX_CONNECTIONS`",
		because: "under overload, or with as many followers, clients and health checks would wait unheard instead of being answered 503",
		instead: "raise it, or lower the others",
		found: func(c Config, _ hostLimits) string {
			if places := c.ConcurrencyAPI + c.LoadShedQueueMax + c.FeedMaxConnections; c.MaxConnections <= places {
				return fmt.Sprintf("%d is not above CONCURRENCY_API + LOAD_SHED_QUEUE_MAX + FEED_MAX_CONNECTIONS, %d", c.MaxConnections, places)
			}
			return ""
		},
	},
	{
		about:  descriptorSettings,
		unsafe: "more than the process may open descriptors for", because: "connections beyond could not be accepted (outside of production they wait)",
		instead: "raise the limit (ulimit -n, LimitNOFILE= of systemd), or lower MAX_CONNECTIONS",
		found: func(c Config, limits hostLimits) string {
			if need := c.MaxConnections + c.otherDescriptors(); limits.descriptors > 0 && need > limits.descriptors {
				return fmt.Sprintf("%d connections need %d file descriptors, there are %d, enough for %d",
					c.MaxConnections, need, limits.descriptors, max(0, limits.descriptors-c.otherDescriptors()))
			}
			return ""
		},
	},
	{
		about: descriptorSettings, when: everywhere,
		unsafe:  fmt.Sprintf("descriptors for fewer than %d connections", fewConnections),
		because: "hardly any client could be served", instead: "raise the limit (ulimit -n, LimitNOFILE= of systemd)",
		found: func(c Config, limits hostLimits) string {
			few, others := min(fewConnections, c.MaxConnections), c.otherDescriptors()
			if limits.descriptors > 0 && limits.descriptors-others < few {
				return fmt.Sprintf("%d file descriptors are too few: %d are needed beside those for connections", limits.descriptors, c.otherDescriptors())
			}
			return ""
		},
	},
	{
		about: []string{"MEMORY_LIMIT_MB"}, unsafe: "set while `GOMEMLIMIT` is", when: everywhere,
		because: "both say the same, perhaps differently", instead: "unset one of them",
		found: func(c Config, limits hostLimits) string {
			if c.MemoryLimitMB != 0 && limits.goMemLimit != "" {
				return fmt.Sprintf("is %d while GOMEMLIMIT is %.32q", c.MemoryLimitMB, limits.goMemLimit)
			}
			return ""
		},
	},
	{
		about: []string{"MEMORY_LIMIT_MB"}, unsafe: "not below the memory of the control group",
		because: "the kernel would end the process before the limit is felt", instead: "leave at least a tenth of the group's memory",
		found: func(c Config, limits hostLimits) string {
			if limits.memory > 0 && int64(c.MemoryLimitMB)<<20 >= limits.memory {
				return fmt.Sprintf("%d MiB is not below the %d MiB that the control group may use", c.MemoryLimitMB, limits.memory>>20)
			}
			return ""
		},
	},
	{
		about: []string{"MEMORY_LIMIT_MB"}, unsafe: "0 where the control group limits memory", when: nowhere,
		because: "garbage may grow until the kernel ends the process", instead: "set about nine tenths of the group's memory",
		found: func(c Config, limits hostLimits) string {
			if limits.memory > 0 && c.MemoryLimitMB == 0 && limits.goMemLimit == "" {
				return fmt.Sprintf("is 0 while the control group may use %d MiB", limits.memory>>20)
			}
			return ""
		},
	},
}

func moreThan(value, most int) string {
	if value > most {
		return fmt.Sprintf("%d is more than %d", value, most)
	}
	return ""
}

func relative(path string) string {
	if path == "" || filepath.IsAbs(path) {
		return ""
	}
	return fmt.Sprintf("%q is relative", path)
}

// usedDir returns DATA_DIR, empty if the event store does not use it.
func usedDir(c Config) string {
	if c.EventStore == memoryStore {
		return ""
	}
	return c.DataDir
}

func (s hostLimits) kindOf(path string) string {
	if s.fileSystem == nil || path == "" {
		return ""
	}
	return s.fileSystem(path)
}

// amongOwn names the part of DATA_DIR that a file would lie in, if the service keeps its own
// files there; the exceptions are allowed.
func amongOwn(dir, file string, but ...string) string {
	dir, err := filepath.Abs(dir)
	if err != nil || file == "" {
		return ""
	}
	if file, err = filepath.Abs(file); err != nil {
		return ""
	}
	below, err := filepath.Rel(dir, file)
	first, _, _ := strings.Cut(filepath.ToSlash(below), "/")
	own := append(jsonevents.Names(), checkpointsName, deadLettersName, webhooksName, locksName, termName, ".")
	if err == nil && slices.Contains(own, first) && !slices.Contains(but, first) {
		return fmt.Sprintf("%q is in DATA_DIR/%s", file, first)
	}
	return ""
}
