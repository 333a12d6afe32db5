package bootstrap

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// rule is a combination of values, each sound by itself, that is not safe.
type rule struct {
	about   []string // the settings that it looks at; the first is to blame
	unsafe  string   // for the table: what is not safe
	because string
	instead string
	when    when
	// found names the values that are not safe; it is empty if all is well.
	found func(c Config, limits hostLimits) string
}

// when is where a rule refuses the start. Elsewhere it warns.
type when int

const (
	inProduction when = iota
	everywhere
	nowhere
)

func (w when) String() string { return [...]string{"in production", "everywhere", "only warned of"}[w] }

func (r rule) refused(c Config) bool {
	return r.when == everywhere || r.when == inProduction && c.AppEnv == "production"
}

// PrintRules writes README's table of unsafe settings in Markdown.
func PrintRules(to io.Writer) error {
	rows := []string{"| setting | not safe | because | so | refused |", "|---|---|---|---|---|"}
	for _, s := range settings() {
		for _, r := range rules {
			if r.about[0] == s.name {
				rows = append(rows, fmt.Sprintf("| `%s` | %s | %s | %s | %s |", s.name, r.unsafe, r.because, r.instead, r.when))
			}
		}
	}
	return printRows(to, rows)
}

var rules = slices.Concat(networkRules, dataRules, loadRules)

// dataRules keep what was acknowledged, and what a key promises.
var dataRules = []rule{
	{
		about: []string{"EVENT_STORE"}, unsafe: "`memory`",
		because: "nothing that is acknowledged outlives the process", instead: "use json",
		found: func(c Config, _ hostLimits) string {
			if c.EventStore == memoryStore {
				return "is memory"
			}
			return ""
		},
	},
	{
		about: []string{"DATA_DIR"}, unsafe: "a relative path",
		because: "a start from another directory would find another log, or begin an empty one", instead: "give the absolute path",
		found: func(c Config, _ hostLimits) string { return relative(usedDir(c)) },
	},
	{
		about: []string{"DATA_DIR"}, unsafe: "in memory (tmpfs, ramfs) or on a network file system (NFS, SMB)",
		because: "what is acknowledged would not be durable there", instead: "use a local disk",
		found: func(c Config, limits hostLimits) string {
			if kind := limits.kindOf(usedDir(c)); kind != "" && kind != overlay {
				return "is on " + kind
			}
			return ""
		},
	},
	{
		about: []string{"DATA_DIR"}, unsafe: "on overlayfs", when: nowhere,
		because: "if that is a container's own layer, all data goes with the container", instead: "mount a volume",
		found: func(c Config, limits hostLimits) string {
			if limits.kindOf(usedDir(c)) == overlay {
				return "is on " + overlay
			}
			return ""
		},
	},
	{
		about: []string{"EVENTS_FILE"}, unsafe: "a relative path",
		because: "a start from another directory would begin another file", instead: "give the absolute path",
		found: func(c Config, _ hostLimits) string { return relative(c.EventsFile) },
	},
	{
		about: []string{"EVENTS_FILE", "DATA_DIR"}, unsafe: "among the service's own files in `DATA_DIR`", when: everywhere,
		because: "the next start would take it for damage, or overwrite it", instead: "use another directory",
		found: func(c Config, _ hostLimits) string { return amongOwn(c.DataDir, c.EventsFile) },
	},
	{
		about: []string{"EVENTS_FILE", "EVENT_STORE"}, unsafe: "set while `EVENT_STORE` is `memory`", when: nowhere,
		because: "the next start begins another log, which does not continue the file, and is refused", instead: "give each start a new file",
		found: func(c Config, _ hostLimits) string {
			if c.EventsFile != "" && c.EventStore == memoryStore {
				return "is set while EVENT_STORE is memory"
			}
			return ""
		},
	},
	{
		about: []string{"LOCKS_ENABLED", "EVENT_STORE"}, unsafe: "true while `EVENT_STORE` is `memory`", when: everywhere,
		because: "no other process can share a log in memory", instead: "unset it, or use EVENT_STORE=json",
		found: func(c Config, _ hostLimits) string {
			if c.LocksEnabled && c.EventStore == memoryStore {
				return "is true while EVENT_STORE is memory"
			}
			return ""
		},
	},
	{
		about: []string{"LOCK_DIR"}, unsafe: "a relative path",
		because: "processes started from different directories would not see each other's leases", instead: "give the absolute path",
		found: func(c Config, _ hostLimits) string { return relative(c.LockDir) },
	},
	{
		about: []string{"LOCK_DIR", "DATA_DIR"}, unsafe: "among the service's other files in `DATA_DIR`", when: everywhere,
		because: "no process could start any more: it would take leases for damage", instead: "use another directory, or DATA_DIR/locks",
		found: func(c Config, _ hostLimits) string { return amongOwn(c.DataDir, c.LockDir, locksName) },
	},
	{
		about: []string{"LOCK_RENEW_MS", "LOCK_TTL_MS"}, unsafe: "`LOCK_TTL_MS` or more", when: everywhere,
		because: "every lease would run out before it is renewed", instead: "use half of LOCK_TTL_MS or less",
		found: func(c Config, _ hostLimits) string {
			return atLeast(c.LockRenewMS, c.LockTTLMS, "LOCK_TTL_MS")
		},
	},
	{
		about: []string{"IDEMP_TTL_MS", "REQUEST_TIMEOUT_MS"}, unsafe: "less than twice `REQUEST_TIMEOUT_MS`",
		because: "a key could be forgotten before the repetition of a request that timed out is looked at, which would then be applied twice",
		instead: "raise it: clients repeat for minutes",
		found: func(c Config, _ hostLimits) string {
			return lessThan(c.IdempTTLMS, 2*c.RequestTimeoutMS, "twice REQUEST_TIMEOUT_MS")
		},
	},
	{
		about: []string{"SHUTDOWN_TIMEOUT_MS", "REQUEST_TIMEOUT_MS"}, unsafe: "less than `REQUEST_TIMEOUT_MS`",
		because: "a stop would cut requests that still have time", instead: "raise it, or lower REQUEST_TIMEOUT_MS",
		found: func(c Config, _ hostLimits) string {
			return lessThan(c.ShutdownTimeoutMS, c.RequestTimeoutMS, "REQUEST_TIMEOUT_MS")
		},
	},
	{
		about: []string{"LOG_LEVEL"}, unsafe: "`fatal` or `panic`",
		because: "faults, such as a failed sync, would not be logged", instead: "use error, or better info",
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
