package bootstrap

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/onhand/onhand/adapters/jsonevents"
)

// loadRules keep the process within the limits of the machine, so that it answers under overload.
var loadRules = []rule{
	{
		about: []string{"ONHAND_REQUEST_TIMEOUT_MS"}, unsafe: "more than 5 minutes",
		because: "a slow client could hold its connection that long", instead: "use seconds",
		found: func(c Config, _ hostLimits) string { return moreThan(c.RequestTimeoutMS, 5*60*1000) },
	},
	{
		about: []string{"ONHAND_WEBHOOK_TIMEOUT_MS"}, unsafe: "more than a minute",
		because: "a hung receiver could hold permits and connections that long", instead: "use seconds; the service retries",
		found: func(c Config, _ hostLimits) string { return moreThan(c.WebhookTimeoutMS, 60*1000) },
	},
	{
		about: []string{
			"ONHAND_MAX_CONNECTIONS", "ONHAND_CONCURRENCY_API", "ONHAND_CONCURRENCY_READS", "ONHAND_CONCURRENCY_LISTS",
			"ONHAND_LOAD_SHED_QUEUE_MAX", "ONHAND_FEED_MAX_CONNECTIONS",
		},
		unsafe: "not above `ONHAND_CONCURRENCY_API` + `ONHAND_CONCURRENCY_READS` + `ONHAND_CONCURRENCY_LISTS` + " +
			"3 × `ONHAND_LOAD_SHED_QUEUE_MAX` + `ONHAND_FEED_MAX_CONNECTIONS`",
		because: "under overload, new clients and health checks would wait",
		instead: "raise it, or lower the others",
		found: func(c Config, _ hostLimits) string {
			atWork := c.ConcurrencyAPI + c.ConcurrencyReads + c.ConcurrencyLists
			if others := atWork + 3*c.LoadShedQueueMax + c.FeedMaxConnections; c.MaxConnections <= others {
				const sum = "ONHAND_CONCURRENCY_API + ONHAND_CONCURRENCY_READS + ONHAND_CONCURRENCY_LISTS + " +
					"3 × ONHAND_LOAD_SHED_QUEUE_MAX + ONHAND_FEED_MAX_CONNECTIONS"
				return fmt.Sprintf("%d is not above %s, %d", c.MaxConnections, sum, others)
			}
			return ""
		},
	},
	{
		about:   descriptorSettings,
		unsafe:  "more than the file descriptors allow",
		because: "the service could not accept all (outside production it accepts fewer)",
		instead: "raise the limit (ulimit -n, LimitNOFILE=), or lower the setting",
		found: func(c Config, limits hostLimits) string {
			if need := c.MaxConnections + c.otherDescriptors(); limits.descriptors > 0 && need > limits.descriptors {
				return fmt.Sprintf("%d connections need %d file descriptors; the process may open %d, enough for %d connections",
					c.MaxConnections, need, limits.descriptors, max(0, limits.descriptors-c.otherDescriptors()))
			}
			return ""
		},
	},
	{
		about: descriptorSettings, when: everywhere,
		unsafe:  fmt.Sprintf("file descriptors for fewer than %d connections", fewConnections),
		because: "hardly any client could connect", instead: "raise the limit (ulimit -n, LimitNOFILE=)",
		found: func(c Config, limits hostLimits) string {
			few, others := min(fewConnections, c.MaxConnections), c.otherDescriptors()
			if limits.descriptors > 0 && limits.descriptors-others < few {
				return fmt.Sprintf("the process may open %d file descriptors; it needs %d besides those of its connections", limits.descriptors, c.otherDescriptors())
			}
			return ""
		},
	},
	{
		about: []string{"ONHAND_MEMORY_LIMIT_MB"}, unsafe: "set while `GOMEMLIMIT` is set", when: everywhere,
		because: "both set the same limit", instead: "unset one of them",
		found: func(c Config, limits hostLimits) string {
			if c.MemoryLimitMB != 0 && limits.goMemLimit != "" {
				return fmt.Sprintf("is %d while GOMEMLIMIT is %.32q", c.MemoryLimitMB, limits.goMemLimit)
			}
			return ""
		},
	},
	{
		about: []string{"ONHAND_MEMORY_LIMIT_MB"}, unsafe: "at least the control group's memory",
		because: "the kernel would kill the process first", instead: "leave at least a tenth of the group's memory",
		found: func(c Config, limits hostLimits) string {
			if limits.memory > 0 && int64(c.MemoryLimitMB)<<20 >= limits.memory {
				return fmt.Sprintf("%d MiB is not less than the %d MiB of the control group", c.MemoryLimitMB, limits.memory>>20)
			}
			return ""
		},
	},
	{
		about:   []string{"ONHAND_MEMORY_LIMIT_MB"},
		unsafe:  "0 while the control group limits memory",
		when:    nowhere,
		because: "garbage may grow until the kernel kills the process", instead: "set about nine tenths of the group's memory",
		found: func(c Config, limits hostLimits) string {
			if limits.memory > 0 && c.MemoryLimitMB == 0 && limits.goMemLimit == "" {
				return fmt.Sprintf("is 0 while the control group is limited to %d MiB", limits.memory>>20)
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

// amongOwn describes a file inside a part of DATA_DIR that the service keeps for itself, the
// exceptions aside. It is empty for every other file.
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
		return fmt.Sprintf("%q is in ONHAND_DATA_DIR/%s", file, first)
	}
	return ""
}
