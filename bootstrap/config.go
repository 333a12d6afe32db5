package bootstrap

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"
)

// Config is every setting of the service, read from the environment. The tag
// doc explains a setting in README's table; later marks one that is checked but
// has no effect yet.
type Config struct {
	Port              int    `env:"PORT" envDefault:"3000" doc:"TCP port; 0 picks a free one and logs it"`
	Host              string `env:"HOST" envDefault:"127.0.0.1" doc:"address to listen on"`
	AppEnv            string `env:"APP_ENV" envDefault:"development" doc:"development, test or production"`
	PublicURL         string `env:"PUBLIC_URL" doc:"where clients find the service; begins problem types"`
	RequestTimeoutMS  int    `env:"REQUEST_TIMEOUT_MS" envDefault:"10000" doc:"time for one request"`
	ShutdownTimeoutMS int    `env:"SHUTDOWN_TIMEOUT_MS" envDefault:"15000" doc:"time for requests under way when the service stops"`
	MaxConnections    int    `env:"MAX_CONNECTIONS" envDefault:"10000" doc:"connections at a time; more wait"`

	EventStore    string `env:"EVENT_STORE" envDefault:"json" doc:"where the log is kept: json"`
	DataDir       string `env:"DATA_DIR" envDefault:"data" doc:"directory of the JSON event repository"`
	SegmentMB     int    `env:"SEGMENT_MB" envDefault:"64" doc:"size at which a log file is followed by a new one, in MiB"`
	MaxStreams    int    `env:"MAX_STREAMS" envDefault:"10000000" doc:"items, reservations and transfers that may exist, closed ones included"`
	MaxOpen       int    `env:"MAX_OPEN" envDefault:"1000000" doc:"reservations and transfers that may be open at a time"`
	MaxKeys       int    `env:"MAX_IDEMPOTENCY_KEYS" envDefault:"5000000" doc:"idempotency keys remembered at a time"`
	MaxWaiting    int    `env:"MAX_WAITING_COMMANDS" envDefault:"10000" doc:"commands at work or waiting at a time"`
	IdempTTLMS    int    `env:"IDEMP_TTL_MS" envDefault:"300000" doc:"how long an idempotency key is remembered"`
	IdempRequired bool   `env:"IDEMPOTENCY_REQUIRED" envDefault:"false" doc:"refuse writes without an idempotency key"`

	SnapshotEvery int `env:"SNAPSHOT_EVERY_N_EVENTS" envDefault:"100" doc:"events after which a snapshot is due, if the log has also grown by 4 MiB and by the size of the last one; 0 takes none"`

	SweepIntervalMS int `env:"SWEEP_INTERVAL_MS" envDefault:"1000" doc:"how often holds that expired unnoticed are written to the log; no number depends on it"`

	FeedMaxConnections int `env:"FEED_MAX_CONNECTIONS" envDefault:"2000" doc:"event streams and long polls at a time; more are refused"`
	FeedHeartbeatMS    int `env:"FEED_HEARTBEAT_MS" envDefault:"15000" doc:"the longest silence on an event stream"`
	FeedWriteTimeoutMS int `env:"FEED_WRITE_TIMEOUT_MS" envDefault:"10000" doc:"time for the client of an event stream to take up to 96 KiB; then it is cut off"`

	FeedMaxMBPerSecond int `env:"FEED_MAX_MB_PER_SECOND" envDefault:"32" doc:"MiB per second that all who follow are sent together at most, so that writers come first; what must be read from the log counts several times; 0 is no limit"`

	PrecondRequired bool `env:"PRECONDITION_REQUIRED" envDefault:"false" doc:"refuse writes that do not say which version they build on (428)"`

	LogLevel string `env:"LOG_LEVEL" envDefault:"info" doc:"trace, debug, info, warn, error, fatal or panic"`

	LogFormat string `env:"LOG_FORMAT" envDefault:"json" doc:"json, or ecs for the Elastic Common Schema"`

	PprofPort int `env:"PPROF_PORT" envDefault:"0" doc:"port on 127.0.0.1 that serves /debug/pprof/ to who looks for what takes time or memory; 0 is none"`

	EventsFile       string   `env:"EVENTS_FILE" doc:"file to which every event is appended as a line of CloudEvents JSON; none if empty"`
	MaxDeadLetters   int      `env:"MAX_DEAD_LETTERS" envDefault:"10000" doc:"events that could not be handled, kept at a time"`
	MaxWebhooks      int      `env:"MAX_WEBHOOKS" envDefault:"100" doc:"webhooks at a time"`
	WebhookRetries   []int    `env:"WEBHOOK_RETRY_SECONDS" envDefault:"5,300,1800,7200,18000,36000,50400,72000,86400" doc:"pauses after the first, second … failure to send an event, each times 0.5 to 1.5 by random; after the last it is a dead letter"`
	WebhookTimeoutMS int      `env:"WEBHOOK_TIMEOUT_MS" envDefault:"15000" doc:"time for one attempt to send a webhook"`
	WebhookNetworks  []string `env:"WEBHOOK_ALLOWED_NETWORKS" doc:"networks (CIDR) that webhooks may go to although they are not public"`
	WebhookAllowHTTP bool     `env:"WEBHOOK_ALLOW_HTTP" envDefault:"false" doc:"let webhooks go to URLs without TLS"`

	ConcurrencyAPI     int      `env:"CONCURRENCY_API" envDefault:"16" doc:"requests at work at a time" later:"resilience"`
	ConcurrencySync    int      `env:"CONCURRENCY_SYNC" envDefault:"4" doc:"deliveries to webhooks at a time, over all of them; one webhook has up to half"`
	ConcurrencyFS      int      `env:"CONCURRENCY_FS" envDefault:"8" doc:"reads of the log's files at a time; up to LOAD_SHED_QUEUE_MAX more wait"`
	LoadShedQueueMax   int      `env:"LOAD_SHED_QUEUE_MAX" envDefault:"1000" doc:"requests that may wait for their turn" later:"resilience"`
	RateLimitRPS       float64  `env:"RATE_LIMIT_RPS" envDefault:"100" doc:"requests per second and client; 0 is no limit" later:"resilience"`
	RateLimitBurst     int      `env:"RATE_LIMIT_BURST" envDefault:"200" doc:"requests that a client may make at once" later:"resilience"`
	TrustedProxies     []string `env:"TRUSTED_PROXIES" doc:"networks (CIDR) whose forwarding headers are believed" later:"resilience"`
	CORSAllowedOrigins []string `env:"CORS_ALLOWED_ORIGINS" doc:"origins whose pages may call the API" later:"resilience"`
	BreakerThreshold   float64  `env:"BREAKER_THRESHOLD" envDefault:"0.5" doc:"share of failures that opens a breaker, above 0 up to 1; in whole percent, at least one"`
	BreakerCooldownMS  int      `env:"BREAKER_COOLDOWN_MS" envDefault:"30000" doc:"how long a breaker stays open before it probes"`
	BreakerMinRequests int      `env:"BREAKER_MIN_REQUESTS" envDefault:"20" doc:"calls within ten seconds before a breaker may open"`
	BreakerForceOpen   []string `env:"BREAKER_FORCE_OPEN" doc:"breakers that stay open, to take what they guard off: api, filesystem-writes, filesystem-reads, sync, publisher-events-file, publisher-webhook (all webhooks)"`
	RetryBaseMS        int      `env:"RETRY_BASE_MS" envDefault:"1000" doc:"first pause between tries, doubled each time" later:"resilience"`
	RetryTimes         int      `env:"RETRY_TIMES" envDefault:"3" doc:"tries after the first" later:"resilience"`
	MemoryLimitMB      int      `env:"MEMORY_LIMIT_MB" envDefault:"0" doc:"soft limit of memory in MiB; 0 is none" later:"resilience"`
	LocksEnabled       bool     `env:"LOCKS_ENABLED" envDefault:"false" doc:"let several processes share DATA_DIR" later:"several processes"`
	LockTTLMS          int      `env:"LOCK_TTL_MS" envDefault:"2000" doc:"life of a lease" later:"several processes"`
	LockRenewMS        int      `env:"LOCK_RENEW_MS" envDefault:"1000" doc:"how often a lease is renewed" later:"several processes"`
	LockDir            string   `env:"LOCK_DIR" doc:"directory of the leases; DATA_DIR/locks if empty" later:"several processes"`
	LockRejectStatus   int      `env:"LOCK_REJECT_STATUS" envDefault:"503" doc:"status where somebody else holds the lease: 409, 423, 429 or 503" later:"several processes"`
	LockRetryAfterMS   int      `env:"LOCK_RETRY_AFTER_MS" envDefault:"300" doc:"Retry-After of that status" later:"several processes"`
}

// ConfigError lists everything that is wrong with the settings, each entry
// beginning with the setting's name.
type ConfigError struct {
	Problems []string
}

func (e *ConfigError) Error() string {
	return fmt.Sprintf("%d settings are wrong:\n  %s", len(e.Problems), strings.Join(e.Problems, "\n  "))
}

// ReadConfig reads the settings from an environment. An empty variable counts
// as not set. All that is wrong comes in one *ConfigError.
func ReadConfig(environment map[string]string) (Config, error) {
	given := make(map[string]string, len(environment))
	for name, value := range environment {
		if value = strings.TrimSpace(value); value != "" {
			given[name] = value
		}
	}
	var c Config
	wrong := map[string]string{}
	err := env.ParseWithOptions(&c, env.Options{Environment: given})
	if all, ok := errors.AsType[env.AggregateError](err); ok {
		for _, one := range all.Errors {
			parse, ok := errors.AsType[env.ParseError](one)
			if !ok {
				return Config{}, fmt.Errorf("read settings: %w", one)
			}
			name := settingName(parse.Name)
			wrong[name] = fmt.Sprintf("%s: %q is not a %s", name, given[name], kindName(parse.Type))
		}
	} else if err != nil {
		return Config{}, fmt.Errorf("read settings: %w", err)
	}
	for name, problem := range c.problems() {
		if _, already := wrong[name]; !already {
			wrong[name] = name + ": " + problem
		}
	}
	if len(wrong) == 0 {
		return c, nil
	}
	failure := &ConfigError{}
	for _, s := range settings() {
		if problem, ok := wrong[s.name]; ok {
			failure.Problems = append(failure.Problems, problem)
		}
	}
	return Config{}, failure
}

func ms(n int) time.Duration { return time.Duration(n) * time.Millisecond }

// withoutEffect names the settings that somebody set although they do nothing
// yet.
func (c Config) withoutEffect() []string {
	var names []string
	for _, s := range settings() {
		if s.later != "" && s.value(c) != s.standard {
			names = append(names, s.name)
		}
	}
	slices.Sort(names)
	return names
}

// ConfigFromEnvironment reads the settings from the process's environment.
func ConfigFromEnvironment() (Config, error) {
	return ReadConfig(env.ToMap(os.Environ()))
}
