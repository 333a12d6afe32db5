package bootstrap

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// rule is a combination of values that is not safe although each value is valid.
type rule struct {
	about   []string // the settings that it reads; the message names the first
	unsafe  string   // the values that are not safe, for the table
	because string
	instead string
	when    when
	// found describes the values that are not safe. It is empty if all are safe.
	found func(c Config, limits hostLimits) string
}

// when says where a rule refuses the start. Elsewhere the rule warns.
type when int

const (
	inProduction when = iota
	everywhere
	nowhere
)

// String returns the remark of the table, empty for a rule that refuses the start in production.
func (w when) String() string {
	return [...]string{"", " (refused everywhere)", " (only a warning)"}[w]
}

func (r rule) refused(c Config) bool {
	return r.when == everywhere || r.when == inProduction && c.AppEnv == "production"
}

// PrintRules writes the table of unsafe settings in Markdown.
func PrintRules(to io.Writer) error {
	rows := []string{"| setting | unsafe value | why |", "|---|---|---|"}
	for _, s := range settings() {
		for _, r := range rules {
			if r.about[0] == s.name {
				rows = append(rows, fmt.Sprintf("| `%s` | %s%s | %s |", s.name, r.unsafe, r.when, r.because))
			}
		}
	}
	return printRows(to, rows)
}

var rules = slices.Concat(networkRules, dataRules, loadRules)

// dataRules protect acknowledged commits, and the promise of an idempotency key.
var dataRules = []rule{
	{
		about: []string{"ONHAND_EVENT_STORE"}, unsafe: "`memory`",
		because: "the process loses every acknowledged change at its end", instead: "use json",
		found: func(c Config, _ hostLimits) string {
			if c.EventStore == memoryStore {
				return "is memory"
			}
			return ""
		},
	},
	{
		about: []string{"ONHAND_DATA_DIR"}, unsafe: "a relative path",
		because: "a start elsewhere would open another log", instead: "give an absolute path",
		found: func(c Config, _ hostLimits) string { return relative(usedDir(c)) },
	},
	{
		about:   []string{"ONHAND_DATA_DIR"},
		unsafe:  "on tmpfs, ramfs, NFS or SMB",
		because: "an acknowledged change would not be durable there", instead: "use a local disk",
		found: func(c Config, limits hostLimits) string {
			if kind := limits.kindOf(usedDir(c)); kind != "" && kind != overlay {
				return "is on " + kind
			}
			return ""
		},
	},
	{
		about: []string{"ONHAND_DATA_DIR"}, unsafe: "on overlayfs", when: nowhere,
		because: "a container's writable layer is deleted with it", instead: "mount a volume",
		found: func(c Config, limits hostLimits) string {
			if limits.kindOf(usedDir(c)) == overlay {
				return "is on " + overlay
			}
			return ""
		},
	},
	{
		about: []string{"ONHAND_EVENTS_FILE"}, unsafe: "a relative path",
		because: "a start elsewhere would begin another file", instead: "give an absolute path",
		found: func(c Config, _ hostLimits) string { return relative(c.EventsFile) },
	},
	{
		about:   []string{"ONHAND_EVENTS_FILE", "ONHAND_DATA_DIR"},
		unsafe:  "among the service's own files in `ONHAND_DATA_DIR`",
		when:    everywhere,
		because: "the next start would report it as damage, or overwrite it", instead: "use another directory",
		found: func(c Config, _ hostLimits) string { return amongOwn(c.DataDir, c.EventsFile) },
	},
	{
		about:   []string{"ONHAND_EVENTS_FILE", "ONHAND_EVENT_STORE"},
		unsafe:  "set while `ONHAND_EVENT_STORE` is `memory`",
		when:    nowhere,
		because: "each start begins a new log; the second does not fit the file and is refused", instead: "use a new file each time",
		found: func(c Config, _ hostLimits) string {
			if c.EventsFile != "" && c.EventStore == memoryStore {
				return "is set while ONHAND_EVENT_STORE is memory"
			}
			return ""
		},
	},
	{
		about:   []string{"ONHAND_LOCKS_ENABLED", "ONHAND_EVENT_STORE"},
		unsafe:  "true while `ONHAND_EVENT_STORE` is `memory`",
		when:    everywhere,
		because: "no other process can share a log in memory", instead: "unset the setting, or use ONHAND_EVENT_STORE=json",
		found: func(c Config, _ hostLimits) string {
			if c.LocksEnabled && c.EventStore == memoryStore {
				return "is true while ONHAND_EVENT_STORE is memory"
			}
			return ""
		},
	},
	{
		about: []string{"ONHAND_LOCK_DIR"}, unsafe: "a relative path",
		because: "processes started elsewhere would not see its leases", instead: "give an absolute path",
		found: func(c Config, _ hostLimits) string { return relative(c.LockDir) },
	},
	{
		about:   []string{"ONHAND_LOCK_DIR", "ONHAND_DATA_DIR"},
		unsafe:  "among the service's other files in `ONHAND_DATA_DIR`",
		when:    everywhere,
		because: "the next start would report the leases as damage", instead: "use another directory, or ONHAND_DATA_DIR/locks",
		found: func(c Config, _ hostLimits) string { return amongOwn(c.DataDir, c.LockDir, locksName) },
	},
	{
		about:   []string{"ONHAND_LOCK_RENEW_MS", "ONHAND_LOCK_TTL_MS"},
		unsafe:  "`ONHAND_LOCK_TTL_MS` or more",
		when:    everywhere,
		because: "leases would end before their renewal", instead: "use half of ONHAND_LOCK_TTL_MS or less",
		found: func(c Config, _ hostLimits) string {
			return atLeast(c.LockRenewMS, c.LockTTLMS, "ONHAND_LOCK_TTL_MS")
		},
	},
	{
		about:   []string{"ONHAND_IDEMP_TTL_MS", "ONHAND_REQUEST_TIMEOUT_MS"},
		unsafe:  "less than twice `ONHAND_REQUEST_TIMEOUT_MS`",
		because: "the retry of a request that timed out could get 409 in place of its answer",
		instead: "raise it; clients retry for minutes",
		found: func(c Config, _ hostLimits) string {
			return lessThan(c.IdempTTLMS, 2*c.RequestTimeoutMS, "twice ONHAND_REQUEST_TIMEOUT_MS")
		},
	},
	{
		about:   []string{"ONHAND_SHUTDOWN_TIMEOUT_MS", "ONHAND_REQUEST_TIMEOUT_MS"},
		unsafe:  "less than `ONHAND_REQUEST_TIMEOUT_MS`",
		because: "a stop would abort requests within their time limit", instead: "raise it, or lower ONHAND_REQUEST_TIMEOUT_MS",
		found: func(c Config, _ hostLimits) string {
			return lessThan(c.ShutdownTimeoutMS, c.RequestTimeoutMS, "ONHAND_REQUEST_TIMEOUT_MS")
		},
	},
	{
		about: []string{"ONHAND_LOG_LEVEL"}, unsafe: "`fatal` or `panic`",
		because: "the log would omit faults, such as a failed sync", instead: "use info, or error",
		found: func(c Config, _ hostLimits) string {
			if level := strings.ToLower(c.LogLevel); level == "fatal" || level == "panic" {
				return "is " + level
			}
			return ""
		},
	},
}

func lessThan(value, least int, name string) string {
	if value < least {
		return fmt.Sprintf("%d is less than %s, %d", value, name, least)
	}
	return ""
}

func atLeast(value, limit int, name string) string {
	if value >= limit {
		return fmt.Sprintf("%d is not less than %s, %d", value, name, limit)
	}
	return ""
}
