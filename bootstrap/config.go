package bootstrap

import "time"

// Config is every setting of the service. The tag env names a setting, in the
// environment and in a file; doc explains it in README's table.
type Config struct {
	Port              int    `env:"PORT" envDefault:"3000" doc:"TCP port; 0 picks a free one and logs it"`
	Host              string `env:"HOST" envDefault:"127.0.0.1" doc:"address to listen on"`
	AppEnv            string `env:"APP_ENV" envDefault:"development" doc:"development, test or production"`
	PublicURL         string `env:"PUBLIC_URL" doc:"where clients find the service; begins problem types"`
	RequestTimeoutMS  int    `env:"REQUEST_TIMEOUT_MS" envDefault:"10000" doc:"time for one request"`
	ShutdownDelayMS   int    `env:"SHUTDOWN_DELAY_MS" envDefault:"500" doc:"how long a stopping service answers 503 at /readyz and serves everything else, so that load balancers notice"`
	ShutdownTimeoutMS int    `env:"SHUTDOWN_TIMEOUT_MS" envDefault:"15000" doc:"time for requests under way when the service stops"`
	HeaderTimeoutMS   int    `env:"HEADER_TIMEOUT_MS" envDefault:"5000" doc:"time for a request's headers to come, or for the first request of a connection; REQUEST_TIMEOUT_MS if that is less"`
	IdleTimeoutMS     int    `env:"IDLE_TIMEOUT_MS" envDefault:"120000" doc:"how long a connection may wait for its next request"`
	MaxConnections    int    `env:"MAX_CONNECTIONS" envDefault:"10000" doc:"connections at a time; more wait"`

	EventStore    string `env:"EVENT_STORE" envDefault:"json" doc:"what keeps the log: json, files in DATA_DIR; or memory, for tests and trials, which keeps nothing when the service stops"`
	DataDir       string `env:"DATA_DIR" envDefault:"data" doc:"directory of the JSON event repository; EVENT_STORE=memory does not use it"`
	SegmentMB     int    `env:"SEGMENT_MB" envDefault:"64" doc:"size at which a log file is followed by a new one, in MiB"`
	MaxStreams    int    `env:"MAX_STREAMS" envDefault:"10000000" doc:"items, reservations and transfers that may exist, closed ones included"`
	MaxOpen       int    `env:"MAX_OPEN" envDefault:"1000000" doc:"reservations and transfers that may be open at a time"`
	MaxKeys       int    `env:"MAX_IDEMPOTENCY_KEYS" envDefault:"5000000" doc:"idempotency keys remembered at a time"`
	MaxWaiting    int    `env:"MAX_WAITING_COMMANDS" envDefault:"10000" doc:"commands at work or waiting at a time"`
	IdempTTLMS    int    `env:"IDEMP_TTL_MS" envDefault:"300000" doc:"how long an idempotency key is remembered"`
	IdempRequired bool   `env:"IDEMPOTENCY_REQUIRED" envDefault:"false" doc:"refuse writes without an idempotency key"`

	SnapshotEvery int `env:"SNAPSHOT_EVERY_N_EVENTS" envDefault:"100" doc:"events after which a snapshot is due, if the log has also grown by 4 MiB and by the size of the last one; 0 takes none"`

	SweepIntervalMS int `env:"SWEEP_INTERVAL_MS" envDefault:"1000" doc:"how often holds that expired unnoticed are written to the log; no number depends on it"`

	FeedMaxConnections int `env:"FEED_MAX_CONNECTIONS" envDefault:"2000" doc:"event streams and long polls at a time; more are refused. As many other requests may wait for a position or for the rest of their body"`
	FeedHeartbeatMS    int `env:"FEED_HEARTBEAT_MS" envDefault:"15000" doc:"the longest silence on an event stream"`
	FeedWriteTimeoutMS int `env:"FEED_WRITE_TIMEOUT_MS" envDefault:"10000" doc:"time for the client of an event stream to take up to 96 KiB; then it is cut off"`

	FeedMaxMBPerSecond int `env:"FEED_MAX_MB_PER_SECOND" envDefault:"32" doc:"MiB per second that all followers are sent together at most, so that writers come first; what must be read from the log counts several times; 0 is no limit"`

	PrecondRequired bool `env:"PRECONDITION_REQUIRED" envDefault:"false" doc:"refuse writes that do not say which version they build on (428)"`

	LogLevel string `env:"LOG_LEVEL" envDefault:"info" doc:"trace, debug, info, warn, error, fatal or panic"`

	LogFormat string `env:"LOG_FORMAT" envDefault:"json" doc:"json, or ecs for the Elastic Common Schema"`

	PprofPort int `env:"PPROF_PORT" envDefault:"0" doc:"port on 127.0.0.1 that serves /debug/pprof/, profiles of time and memory; 0 is none"`

	EventsFile string `env:"EVENTS_FILE" doc:"file to which every event is appended as a line of CloudEvents JSON; none if empty"`
	CacheMaxMB int    `env:"CACHE_MAX_MB" envDefault:"32" doc:"memory for answers of GET /v1/items/{sku} that list many stores, kept until an event changes them, in MiB; 0 keeps none"`
	CacheTTLMS int    `env:"CACHE_TTL_MS" envDefault:"60000" doc:"how long such an answer is kept at most"`

	MaxDeadLetters   int      `env:"MAX_DEAD_LETTERS" envDefault:"10000" doc:"events that could not be handled, kept at a time"`
	MaxWebhooks      int      `env:"MAX_WEBHOOKS" envDefault:"100" doc:"webhooks at a time"`
	WebhookRetries   []int    `env:"WEBHOOK_RETRY_SECONDS" envDefault:"5,300,1800,7200,18000,36000,50400,72000,86400" doc:"pauses after the first, second … failure to send an event, each times 0.5 to 1.5 by random; after the last it is a dead letter"`
	WebhookTimeoutMS int      `env:"WEBHOOK_TIMEOUT_MS" envDefault:"15000" doc:"time for one attempt to send a webhook"`
	WebhookNetworks  []string `env:"WEBHOOK_ALLOWED_NETWORKS" doc:"networks (CIDR) that webhooks may go to although they are not public"`
	WebhookAllowHTTP bool     `env:"WEBHOOK_ALLOW_HTTP" envDefault:"false" doc:"let webhooks go to URLs without TLS"`

	ConcurrencyAPI     int      `env:"CONCURRENCY_API" envDefault:"16" doc:"requests at work at a time"`
	ConcurrencySync    int      `env:"CONCURRENCY_SYNC" envDefault:"4" doc:"deliveries to webhooks at a time, over all of them; one webhook has up to half"`
	ConcurrencyFS      int      `env:"CONCURRENCY_FS" envDefault:"8" doc:"reads of the log's files at a time; up to LOAD_SHED_QUEUE_MAX more wait"`
	LoadShedQueueMax   int      `env:"LOAD_SHED_QUEUE_MAX" envDefault:"1000" doc:"requests that may wait for a permit; a tenth of the queue is reserved for commits and releases of reservations, and more are refused"`
	BodiesMaxMB        int      `env:"BODIES_MAX_MB" envDefault:"256" doc:"memory for the bodies of all requests together, except the first 16 KiB of each, in MiB; requests that exceed it are refused"`
	RateLimitRPS       float64  `env:"RATE_LIMIT_RPS" envDefault:"100" doc:"requests per second and client, which is an IPv4 address or an IPv6 network of 64 bits; 0 is no limit"`
	RateLimitBurst     int      `env:"RATE_LIMIT_BURST" envDefault:"200" doc:"requests that a client may make at once"`
	RateLimitClients   int      `env:"RATE_LIMIT_CLIENTS" envDefault:"100000" doc:"clients whose requests are counted at a time; the one that was unseen for longest makes room"`
	TrustedProxies     []string `env:"TRUSTED_PROXIES" doc:"networks (CIDR) of proxies whose X-Forwarded-For, or Forwarded without it, is believed"`
	CORSAllowedOrigins []string `env:"CORS_ALLOWED_ORIGINS" doc:"origins whose pages may call the API, such as https://shop.example; * is any"`
	HSTSMaxAgeSeconds  int      `env:"HSTS_MAX_AGE_SECONDS" envDefault:"0" doc:"how long browsers are to come by TLS only (Strict-Transport-Security); 0 does not tell them"`
	ContentPolicy      string   `env:"CONTENT_SECURITY_POLICY" envDefault:"default-src 'none'; frame-ancestors 'none'" doc:"what browsers let an answer do that is opened as a page"`
	BreakerThreshold   float64  `env:"BREAKER_THRESHOLD" envDefault:"0.5" doc:"share of failures that opens a breaker, above 0 up to 1; in whole percent, at least one"`
	BreakerCooldownMS  int      `env:"BREAKER_COOLDOWN_MS" envDefault:"30000" doc:"how long a breaker stays open before it probes"`
	BreakerMinRequests int      `env:"BREAKER_MIN_REQUESTS" envDefault:"20" doc:"calls within ten seconds before a breaker may open"`
	BreakerForceOpen   []string `env:"BREAKER_FORCE_OPEN" doc:"breakers that stay open, to keep all calls from what they guard: api, filesystem-writes, filesystem-reads, sync, publisher-events-file, publisher-webhook (all webhooks)"`
	RetryBaseMS        int      `env:"RETRY_BASE_MS" envDefault:"1000" doc:"upper bound of the pause before a failed save of a snapshot or checkpoint is repeated; it doubles with each repetition"`
	RetryTimes         int      `env:"RETRY_TIMES" envDefault:"3" doc:"tries after the first, of snapshots and checkpoints"`
	MemoryLimitMB      int      `env:"MEMORY_LIMIT_MB" envDefault:"0" doc:"memory in MiB near which garbage is collected as often as it takes, 64 or more; 0 is no limit"`
	LocksEnabled       bool     `env:"LOCKS_ENABLED" envDefault:"false" doc:"let several processes share DATA_DIR; all of them must set this"`
	LockTTLMS          int      `env:"LOCK_TTL_MS" envDefault:"2000" doc:"life of a lease that is not renewed; also how long a commit waits while other processes keep the log busy"`
	LockRenewMS        int      `env:"LOCK_RENEW_MS" envDefault:"1000" doc:"how often a lease is renewed"`
	LockDir            string   `env:"LOCK_DIR" doc:"directory of the leases, the same for all processes; DATA_DIR/locks if empty"`
	LockRejectStatus   int      `env:"LOCK_REJECT_STATUS" envDefault:"503" doc:"status where another process holds the lease: 409, 423, 429 or 503"`
	LockRetryAfterMS   int      `env:"LOCK_RETRY_AFTER_MS" envDefault:"300" doc:"how long a command tries for a lease that another process holds; then it is refused, with this, rounded up to seconds, as Retry-After"`
}

func ms(n int) time.Duration { return time.Duration(n) * time.Millisecond }
