package bootstrap

import "time"

// settingPrefix begins the full name of every setting. The short name, without it, is
// accepted too.
const settingPrefix = "ONHAND_"

// Config is every setting of the service. The tag env is the short name of a setting in the
// environment and in a file; doc explains the setting in docs/configuration.md. The tag group
// begins a new table there.
type Config struct {
	AppEnv    string `group:"The service" env:"APP_ENV" envDefault:"development" doc:"development, test or production; production refuses unsafe settings"`
	Host      string `env:"HOST" envDefault:"127.0.0.1" doc:"address to listen on; 0.0.0.0 listens on every network"`
	Port      int    `env:"PORT" envDefault:"3000" doc:"TCP port; 0 takes a free port and logs it"`
	PublicURL string `env:"PUBLIC_URL" doc:"URL of the service for clients; it begins problem types and the source of events"`
	LogLevel  string `env:"LOG_LEVEL" envDefault:"info" doc:"trace, debug, info, warn, error, fatal or panic; debug also logs the settings at the start"`
	LogFormat string `env:"LOG_FORMAT" envDefault:"json" doc:"json, or ecs for the Elastic Common Schema"`
	PprofPort int    `env:"PPROF_PORT" envDefault:"0" doc:"port on 127.0.0.1 for profiles at /debug/pprof/; 0 serves none"`

	EventStore      string `group:"Storage" env:"EVENT_STORE" envDefault:"json" doc:"json keeps the log as files in ONHAND_DATA_DIR; memory, for tests and trials, loses everything at the stop"`
	DataDir         string `env:"DATA_DIR" envDefault:"data" doc:"directory of all data; ONHAND_EVENT_STORE=memory does not use it"`
	SegmentMB       int    `env:"SEGMENT_MB" envDefault:"64" doc:"MiB after which the log continues in a new file"`
	SnapshotEvery   int    `env:"SNAPSHOT_EVERY_N_EVENTS" envDefault:"100" doc:"events between snapshots, if the log has also grown by 4 MiB and by the size of the last one; 0 takes none"`
	SweepIntervalMS int    `env:"SWEEP_INTERVAL_MS" envDefault:"1000" doc:"pause between writes of expired holds to the log; a hold ends at its deadline in any case"`

	IdempTTLMS      int  `group:"Idempotency and preconditions" env:"IDEMP_TTL_MS" envDefault:"300000" doc:"time for which the service remembers an idempotency key"`
	IdempRequired   bool `env:"IDEMPOTENCY_REQUIRED" envDefault:"false" doc:"true refuses writes without an idempotency key (400)"`
	PrecondRequired bool `env:"PRECONDITION_REQUIRED" envDefault:"false" doc:"true refuses writes that name no version to build on (428)"`

	RequestTimeoutMS  int `group:"Time limits and connections" env:"REQUEST_TIMEOUT_MS" envDefault:"10000" doc:"time limit of one request"`
	HeaderTimeoutMS   int `env:"HEADER_TIMEOUT_MS" envDefault:"5000" doc:"time limit for the headers of a request and the first request of a connection, at most ONHAND_REQUEST_TIMEOUT_MS"`
	IdleTimeoutMS     int `env:"IDLE_TIMEOUT_MS" envDefault:"120000" doc:"time for which a connection may wait for its next request"`
	MaxConnections    int `env:"MAX_CONNECTIONS" envDefault:"10000" doc:"connections at a time; further ones wait"`
	ShutdownDelayMS   int `env:"SHUTDOWN_DELAY_MS" envDefault:"500" doc:"time for which a stopping service answers 503 at /readyz only, so that load balancers notice"`
	ShutdownTimeoutMS int `env:"SHUTDOWN_TIMEOUT_MS" envDefault:"15000" doc:"time for requests in progress to finish at the stop"`

	ConcurrencyAPI   int      `group:"Overload" env:"CONCURRENCY_API" envDefault:"16" doc:"requests at work at a time"`
	ConcurrencyFS    int      `env:"CONCURRENCY_FS" envDefault:"8" doc:"reads of the log's files at a time; up to ONHAND_LOAD_SHED_QUEUE_MAX more wait"`
	LoadShedQueueMax int      `env:"LOAD_SHED_QUEUE_MAX" envDefault:"1000" doc:"requests that may wait for a permit, a tenth of them only commits and releases of reservations; further ones get 503"`
	BodiesMaxMB      int      `env:"BODIES_MAX_MB" envDefault:"256" doc:"MiB for the bodies of all requests, without the first 16 KiB of each; requests beyond it get 503"`
	RateLimitRPS     float64  `env:"RATE_LIMIT_RPS" envDefault:"100" doc:"requests per second and client (an IPv4 address or an IPv6 network of 64 bits); 0 sets no limit"`
	RateLimitBurst   int      `env:"RATE_LIMIT_BURST" envDefault:"200" doc:"requests that a client may make at once"`
	RateLimitClients int      `env:"RATE_LIMIT_CLIENTS" envDefault:"100000" doc:"clients counted at a time; a new one replaces the least recently seen"`
	TrustedProxies   []string `env:"TRUSTED_PROXIES" doc:"networks (CIDR) of proxies; the service believes their X-Forwarded-For, or else their Forwarded"`

	MaxStreams    int `group:"Memory" env:"MAX_STREAMS" envDefault:"10000000" doc:"items, reservations and transfers, closed ones included"`
	MaxOpen       int `env:"MAX_OPEN" envDefault:"1000000" doc:"open reservations and transfers"`
	MaxKeys       int `env:"MAX_IDEMPOTENCY_KEYS" envDefault:"5000000" doc:"idempotency keys remembered at a time"`
	MaxWaiting    int `env:"MAX_WAITING_COMMANDS" envDefault:"10000" doc:"commands that run or wait at a time"`
	MemoryLimitMB int `env:"MEMORY_LIMIT_MB" envDefault:"0" doc:"MiB, 64 or more, near which the runtime collects garbage as often as necessary; 0 sets no limit"`

	CORSAllowedOrigins []string `group:"Browsers" env:"CORS_ALLOWED_ORIGINS" doc:"origins of pages that may call the API, such as https://shop.example; * allows all"`
	HSTSMaxAgeSeconds  int      `env:"HSTS_MAX_AGE_SECONDS" envDefault:"0" doc:"time for which browsers must use TLS (Strict-Transport-Security); 0 sends no such header"`
	ContentPolicy      string   `env:"CONTENT_SECURITY_POLICY" envDefault:"default-src 'none'; frame-ancestors 'none'" doc:"header Content-Security-Policy of every answer"`

	FeedMaxConnections int `group:"Feed and central view" env:"FEED_MAX_CONNECTIONS" envDefault:"2000" doc:"event streams and long polls at a time; further ones get 503. As many other requests may wait for a position or for their body"`
	FeedHeartbeatMS    int `env:"FEED_HEARTBEAT_MS" envDefault:"15000" doc:"longest silence on an event stream"`
	FeedWriteTimeoutMS int `env:"FEED_WRITE_TIMEOUT_MS" envDefault:"10000" doc:"time for a follower to read up to 96 KiB; a slower follower is disconnected"`
	FeedMaxMBPerSecond int `env:"FEED_MAX_MB_PER_SECOND" envDefault:"32" doc:"MiB per second to all followers, so that writers have priority; commits read from the log count several times. 0 sets no limit"`
	CacheMaxMB         int `env:"CACHE_MAX_MB" envDefault:"32" doc:"MiB for answers of GET /v1/items/{sku} that list many stores, until an event of the SKU; 0 caches none"`
	CacheTTLMS         int `env:"CACHE_TTL_MS" envDefault:"60000" doc:"longest time for which such an answer is cached"`

	EventsFile       string   `group:"Delivery of events" env:"EVENTS_FILE" doc:"file that gets every event as a line of CloudEvents JSON; empty writes none"`
	MaxWebhooks      int      `env:"MAX_WEBHOOKS" envDefault:"100" doc:"webhooks at a time"`
	ConcurrencySync  int      `env:"CONCURRENCY_SYNC" envDefault:"4" doc:"deliveries to webhooks at a time; one webhook uses at most half of them"`
	WebhookTimeoutMS int      `env:"WEBHOOK_TIMEOUT_MS" envDefault:"15000" doc:"time limit of one delivery"`
	WebhookRetries   []int    `env:"WEBHOOK_RETRY_SECONDS" envDefault:"5,300,1800,7200,18000,36000,50400,72000,86400" doc:"pauses after the first, second … failed delivery, each times a random factor from 0.5 to 1.5; then the event is a dead letter"`
	WebhookNetworks  []string `env:"WEBHOOK_ALLOWED_NETWORKS" doc:"networks (CIDR) that are not public but may receive webhooks"`
	WebhookAllowHTTP bool     `env:"WEBHOOK_ALLOW_HTTP" envDefault:"false" doc:"true allows webhooks to URLs without TLS"`
	MaxDeadLetters   int      `env:"MAX_DEAD_LETTERS" envDefault:"10000" doc:"dead letters kept at a time"`

	BreakerThreshold   float64  `group:"Circuit breakers and retries" env:"BREAKER_THRESHOLD" envDefault:"0.5" doc:"share of failed calls that opens a breaker, above 0 and at most 1; whole percents, at least one"`
	BreakerMinRequests int      `env:"BREAKER_MIN_REQUESTS" envDefault:"20" doc:"calls within ten seconds before a breaker may open"`
	BreakerCooldownMS  int      `env:"BREAKER_COOLDOWN_MS" envDefault:"30000" doc:"time for which a breaker stays open before it probes the dependency"`
	BreakerForceOpen   []string `env:"BREAKER_FORCE_OPEN" doc:"breakers that stay open: api, filesystem-writes, filesystem-reads, sync, publisher-events-file, publisher-webhook (all webhooks)"`
	RetryBaseMS        int      `env:"RETRY_BASE_MS" envDefault:"1000" doc:"longest pause before the first retry of a failed save of a snapshot or checkpoint; it doubles with each retry"`
	RetryTimes         int      `env:"RETRY_TIMES" envDefault:"3" doc:"number of such retries"`

	LocksEnabled     bool   `group:"Several processes" env:"LOCKS_ENABLED" envDefault:"false" doc:"true lets several processes of one machine share ONHAND_DATA_DIR; all of them must set it"`
	LockTTLMS        int    `env:"LOCK_TTL_MS" envDefault:"2000" doc:"time after which a lease ends unless renewed; also the time for which a commit waits while other processes keep the log busy"`
	LockRenewMS      int    `env:"LOCK_RENEW_MS" envDefault:"1000" doc:"time between renewals of a lease"`
	LockDir          string `env:"LOCK_DIR" doc:"directory of the leases, the same for all processes; ONHAND_DATA_DIR/locks if empty"`
	LockRejectStatus int    `env:"LOCK_REJECT_STATUS" envDefault:"503" doc:"status of a refusal because another process holds the lease: 409, 423, 429 or 503"`
	LockRetryAfterMS int    `env:"LOCK_RETRY_AFTER_MS" envDefault:"300" doc:"time for which a command waits for the lease of another process before it is refused; in whole seconds, the answer's Retry-After"`
}

func ms(n int) time.Duration { return time.Duration(n) * time.Millisecond }
