package bootstrap

import "time"

// settingPrefix begins the full name of every setting. The short name, without it, is
// accepted too.
const settingPrefix = "ONHAND_"

// Config is every setting of the service. The tag env is the short name of a setting in the
// environment and in a file; doc explains the setting in docs/configuration.md. The tag group
// begins a new table there.
type Config struct {
	AppEnv    string `group:"The service" env:"APP_ENV" envDefault:"development" doc:"development, test, or production, which refuses unsafe settings"`
	Host      string `env:"HOST" envDefault:"127.0.0.1" doc:"address to listen on; 0.0.0.0 listens on every network"`
	Port      int    `env:"PORT" envDefault:"3000" doc:"TCP port; 0 takes a free port and logs it"`
	PublicURL string `env:"PUBLIC_URL" doc:"URL for clients; it begins problem types and events' source"`
	// AllowedHosts adds to the host of PublicURL, Host, IP addresses and localhost.
	AllowedHosts []string `env:"ALLOWED_HOSTS" doc:"further names by which clients ask for the service (header Host), such as onhand; * allows all"`
	LogLevel     string   `env:"LOG_LEVEL" envDefault:"info" doc:"trace, debug, info, warn, error, fatal or panic; debug logs the settings too"`
	LogFormat    string   `env:"LOG_FORMAT" envDefault:"json" doc:"json or ecs (Elastic Common Schema)"`
	PprofPort    int      `env:"PPROF_PORT" envDefault:"0" doc:"port on 127.0.0.1 for /debug/pprof/; 0 serves none"`

	EventStore      string `group:"Storage" env:"EVENT_STORE" envDefault:"json" doc:"json: files in ONHAND_DATA_DIR; memory, for tests and trials: lost at the stop"`
	DataDir         string `env:"DATA_DIR" envDefault:"data" doc:"directory of all data, except with ONHAND_EVENT_STORE=memory"`
	SegmentMB       int    `env:"SEGMENT_MB" envDefault:"64" doc:"MiB of the log per file"`
	DiskReserveMB   int    `env:"DISK_RESERVE_MB" envDefault:"256" doc:"MiB of the disk kept for commits, releases, extensions, returns, receipts and cancellations; other writes get 503 while less is free; 0 keeps none"`
	SnapshotEvery   int    `env:"SNAPSHOT_EVERY_N_EVENTS" envDefault:"100" doc:"events between snapshots; the log must also grow by 4 MiB and by the last one's size; 0 takes none"`
	MaxTTLSeconds   int    `env:"MAX_RESERVATION_TTL_SECONDS" envDefault:"2592000" doc:"longest time to a reservation's deadline, and that of reservations without ttlSeconds; 0 allows ten years, and none"`
	SweepIntervalMS int    `env:"SWEEP_INTERVAL_MS" envDefault:"1000" doc:"pause between writes of expired holds; a hold ends at its deadline in any case"`
	MaxLeapSeconds  int    `env:"CLOCK_MAX_LEAP_SECONDS" envDefault:"3600" doc:"most by which the wall clock may be earlier than the log's last time at a start, or differ from log time on the same boot; beyond it only onhand serve --accept-clock starts"`
	MaxDownSeconds  int    `env:"CLOCK_MAX_DOWNTIME_SECONDS" envDefault:"2592000" doc:"most by which the wall clock may be later than the log's last time at a start after a boot; 0 sets no limit"`

	IdempTTLMS      int  `group:"Idempotency and preconditions" env:"IDEMP_TTL_MS" envDefault:"86400000" doc:"lifetime of an idempotency key, such as 300000 (five minutes); a repetition later gets 409 for at least as long again"`
	IdempRequired   bool `env:"IDEMPOTENCY_REQUIRED" envDefault:"false" doc:"true refuses writes without an idempotency key (400)"`
	PrecondRequired bool `env:"PRECONDITION_REQUIRED" envDefault:"false" doc:"true refuses writes without a version to build on (428)"`

	RequestTimeoutMS  int `group:"Time limits and connections" env:"REQUEST_TIMEOUT_MS" envDefault:"10000" doc:"time limit of one request"`
	HeaderTimeoutMS   int `env:"HEADER_TIMEOUT_MS" envDefault:"5000" doc:"time limit for headers and for a connection's first request, at most ONHAND_REQUEST_TIMEOUT_MS"`
	IdleTimeoutMS     int `env:"IDLE_TIMEOUT_MS" envDefault:"120000" doc:"longest silence of a connection between requests"`
	MaxConnections    int `env:"MAX_CONNECTIONS" envDefault:"10000" doc:"connections at a time; further ones wait"`
	MaxPerClient      int `env:"MAX_CONNECTIONS_PER_CLIENT" envDefault:"0" doc:"of these, those of one client (IPv4 address or IPv6 /64) that is no trusted proxy; 0 is a tenth, at least 100"`
	StartTimeoutMS    int `env:"START_TIMEOUT_MS" envDefault:"30000" doc:"longest wait of a start for another process that holds ONHAND_DATA_DIR or its log; 0 does not wait for the former"`
	ShutdownDelayMS   int `env:"SHUTDOWN_DELAY_MS" envDefault:"500" doc:"time for which a stopping service answers 503 only at /readyz, for load balancers"`
	ShutdownTimeoutMS int `env:"SHUTDOWN_TIMEOUT_MS" envDefault:"15000" doc:"time for requests to finish at the stop"`

	ConcurrencyAPI   int      `group:"Overload" env:"CONCURRENCY_API" envDefault:"16" doc:"writes at work at a time"`
	ConcurrencyReads int      `env:"CONCURRENCY_READS" envDefault:"16" doc:"reads of one item, reservation, transfer, SKU or webhook at work at a time"`
	ConcurrencyLists int      `env:"CONCURRENCY_LISTS" envDefault:"4" doc:"lists, histories and explanations at work at a time"`
	ConcurrencyFS    int      `env:"CONCURRENCY_FS" envDefault:"8" doc:"reads of the log's files at a time; up to ONHAND_LOAD_SHED_QUEUE_MAX more wait"`
	LoadShedQueueMax int      `env:"LOAD_SHED_QUEUE_MAX" envDefault:"1000" doc:"writes that may wait for a permit, a tenth of them commits and releases only, as many reads and as many lists; further ones get 503"`
	BodiesMaxMB      int      `env:"BODIES_MAX_MB" envDefault:"256" doc:"MiB for all bodies, beyond the first 16 KiB of each; further requests get 503"`
	RateLimitRPS     float64  `env:"RATE_LIMIT_RPS" envDefault:"100" doc:"requests per second and client (IPv4 address or IPv6 /64), a read one more per 4 ms of work; 0 sets no limit"`
	RateLimitBurst   int      `env:"RATE_LIMIT_BURST" envDefault:"200" doc:"requests of a client at once"`
	RateLimitClients int      `env:"RATE_LIMIT_CLIENTS" envDefault:"100000" doc:"clients counted at a time; a new one replaces the least recently seen"`
	LogKBPerSecond   int      `env:"RATE_LIMIT_LOG_KB" envDefault:"4096" doc:"KiB of the log per second that the writes of one client add; 0, or no limit of requests, sets no limit"`
	LogBurstMB       int      `env:"RATE_LIMIT_LOG_BURST_MB" envDefault:"64" doc:"MiB of the log that a client may write at once"`
	TrustedProxies   []string `env:"TRUSTED_PROXIES" doc:"networks (CIDR) of proxies; their X-Forwarded-For, or else Forwarded, counts"`

	MaxStreams    int `group:"Memory" env:"MAX_STREAMS" envDefault:"10000000" doc:"items, open reservations and open transfers at a time; closed ones do not count"`
	MaxOpen       int `env:"MAX_OPEN" envDefault:"1000000" doc:"open reservations and transfers at a time"`
	MaxOpenEach   int `env:"MAX_OPEN_PER_CLIENT" envDefault:"0" doc:"of these, those that one client (IPv4 address or IPv6 /64) opened since the start; 0 is a tenth, at least 100"`
	MaxKeys       int `env:"MAX_IDEMPOTENCY_KEYS" envDefault:"5000000" doc:"idempotency keys, and streams, that the index on disk does not have yet, each"`
	MaxWaiting    int `env:"MAX_WAITING_COMMANDS" envDefault:"10000" doc:"commands that run or wait at a time"`
	MemoryLimitMB int `env:"MEMORY_LIMIT_MB" envDefault:"0" doc:"MiB, 64 or more, near which the runtime collects garbage more often; 0 sets no limit"`

	CORSAllowedOrigins []string `group:"Browsers" env:"CORS_ALLOWED_ORIGINS" doc:"origins that may call the API, such as https://shop.example; * allows all"`
	HSTSMaxAgeSeconds  int      `env:"HSTS_MAX_AGE_SECONDS" envDefault:"0" doc:"time for which browsers must use TLS; 0 sends no Strict-Transport-Security"`
	ContentPolicy      string   `env:"CONTENT_SECURITY_POLICY" envDefault:"default-src 'none'; frame-ancestors 'none'" doc:"Content-Security-Policy of every answer"`

	FeedMaxConnections int `group:"Feed and central view" env:"FEED_MAX_CONNECTIONS" envDefault:"2000" doc:"event streams and long polls at a time, and as many other requests that wait for a position or body; further ones get 503"`
	FeedMaxPerClient   int `env:"FEED_MAX_CONNECTIONS_PER_CLIENT" envDefault:"0" doc:"of these, those of one client (IPv4 address or IPv6 /64); further ones get 429; 0 is a tenth"`
	FeedHeartbeatMS    int `env:"FEED_HEARTBEAT_MS" envDefault:"15000" doc:"longest silence on an event stream"`
	FeedWriteTimeoutMS int `env:"FEED_WRITE_TIMEOUT_MS" envDefault:"10000" doc:"time to read up to 96 KiB; slower followers are disconnected"`
	FeedMaxMBPerSecond int `env:"FEED_MAX_MB_PER_SECOND" envDefault:"32" doc:"MiB per second to all followers; commits read from the log count several times; 0 sets no limit"`
	CacheMaxMB         int `env:"CACHE_MAX_MB" envDefault:"32" doc:"MiB for answers of GET /v1/items/{sku} with many stores, until the SKU's next event; 0 caches none"`
	CacheTTLMS         int `env:"CACHE_TTL_MS" envDefault:"60000" doc:"longest time in that cache"`

	EventsFile       string   `group:"Delivery of events" env:"EVENTS_FILE" doc:"file of all events, a line of CloudEvents JSON each; empty writes none"`
	MaxWebhooks      int      `env:"MAX_WEBHOOKS" envDefault:"100" doc:"webhooks at a time"`
	ConcurrencySync  int      `env:"CONCURRENCY_SYNC" envDefault:"4" doc:"projections that read the log at a time; tests of webhooks at a time"`
	WebhookParallel  int      `env:"WEBHOOK_CONCURRENCY" envDefault:"64" doc:"deliveries to webhooks at a time besides one to each webhook; one webhook uses at most half, and its maxInFlight"`
	WebhookTimeoutMS int      `env:"WEBHOOK_TIMEOUT_MS" envDefault:"15000" doc:"time limit of one delivery"`
	WebhookRetries   []int    `env:"WEBHOOK_RETRY_SECONDS" envDefault:"5,300,1800,7200,18000,36000,50400,72000,86400" doc:"pauses after the first, second … failed delivery, times 0.5 to 1.5 at random; then the event is a dead letter"`
	WebhookNetworks  []string `env:"WEBHOOK_ALLOWED_NETWORKS" doc:"networks (CIDR) of receivers that are not public"`
	WebhookAllowHTTP bool     `env:"WEBHOOK_ALLOW_HTTP" envDefault:"false" doc:"true allows webhooks to URLs without TLS"`
	MaxDeadLetters   int      `env:"MAX_DEAD_LETTERS" envDefault:"10000" doc:"dead letters kept at a time"`

	BreakerThreshold   float64  `group:"Circuit breakers and retries" env:"BREAKER_THRESHOLD" envDefault:"0.5" doc:"share of failed calls that opens a breaker, above 0 and at most 1; whole percents, at least one"`
	BreakerMinRequests int      `env:"BREAKER_MIN_REQUESTS" envDefault:"20" doc:"calls within ten seconds for a breaker to open"`
	BreakerCooldownMS  int      `env:"BREAKER_COOLDOWN_MS" envDefault:"30000" doc:"time before an open breaker probes its dependency"`
	BreakerForceOpen   []string `env:"BREAKER_FORCE_OPEN" doc:"breakers that stay open: api, filesystem-writes, filesystem-reads, sync, publisher-events-file, publisher-webhook (all webhooks)"`
	RetryBaseMS        int      `env:"RETRY_BASE_MS" envDefault:"1000" doc:"longest pause before the first retry of a failed snapshot or checkpoint; it doubles each time"`
	RetryTimes         int      `env:"RETRY_TIMES" envDefault:"3" doc:"number of such retries"`

	LocksEnabled     bool   `group:"Several processes" env:"LOCKS_ENABLED" envDefault:"false" doc:"true lets processes of one machine share ONHAND_DATA_DIR; all must set it"`
	LockTTLMS        int    `env:"LOCK_TTL_MS" envDefault:"2000" doc:"time after which a lease ends unless renewed, and for which a commit waits while others keep the log busy"`
	LockRenewMS      int    `env:"LOCK_RENEW_MS" envDefault:"1000" doc:"time between renewals of a lease"`
	LockDir          string `env:"LOCK_DIR" doc:"directory of all processes' leases; ONHAND_DATA_DIR/locks if empty"`
	LockRejectStatus int    `env:"LOCK_REJECT_STATUS" envDefault:"503" doc:"status while another process holds the lease: 409, 423, 429 or 503"`
	LockRetryAfterMS int    `env:"LOCK_RETRY_AFTER_MS" envDefault:"300" doc:"longest wait of a command for another process's lease; in whole seconds, the refusal's Retry-After"`
}

func ms(n int) time.Duration { return time.Duration(n) * time.Millisecond }
