package bootstrap

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"

	validation "github.com/go-ozzo/ozzo-validation/v4"
	"github.com/sirupsen/logrus"

	"github.com/onhand/onhand/application/command"
)

const maxMS = 24 * 60 * 60 * 1000 // a day

// problems returns the values that are out of bounds, by setting.
func (c Config) problems() map[string]string {
	found := map[string]string{}
	check := func(name string, value any, rules ...validation.Rule) {
		if err := validation.Validate(value, rules...); err != nil {
			found[name] = err.Error()
		}
	}
	between := func(low, high int) []validation.Rule {
		return []validation.Rule{validation.Min(low), validation.Max(high)}
	}
	check("ONHAND_PORT", c.Port, between(0, 65535)...)
	check("ONHAND_HOST", c.Host, validation.By(host))
	environments := validation.In("development", "test", "production")
	check("ONHAND_APP_ENV", c.AppEnv, environments.Error("must be development, test or production"))
	check("ONHAND_PUBLIC_URL", c.PublicURL, validation.By(absoluteURL))
	check("ONHAND_ALLOWED_HOSTS", c.AllowedHosts, validation.Each(validation.By(hostName)))
	check("ONHAND_REQUEST_TIMEOUT_MS", c.RequestTimeoutMS, between(1, maxMS)...)
	check("ONHAND_START_TIMEOUT_MS", c.StartTimeoutMS, between(0, maxMS)...)
	check("ONHAND_SHUTDOWN_DELAY_MS", c.ShutdownDelayMS, between(0, maxMS)...)
	check("ONHAND_HEADER_TIMEOUT_MS", c.HeaderTimeoutMS, between(1, maxMS)...)
	check("ONHAND_IDLE_TIMEOUT_MS", c.IdleTimeoutMS, between(1, maxMS)...)
	check("ONHAND_SHUTDOWN_TIMEOUT_MS", c.ShutdownTimeoutMS, between(0, maxMS)...)
	check("ONHAND_MAX_CONNECTIONS", c.MaxConnections, between(1, 1_000_000)...)
	check("ONHAND_MAX_CONNECTIONS_PER_CLIENT", c.MaxPerClient, between(0, 1_000_000)...)

	check("ONHAND_EVENT_STORE", c.EventStore, validation.In(jsonStore, memoryStore).Error("must be json or memory"))
	check("ONHAND_SEGMENT_MB", c.SegmentMB, between(1, 1024)...)
	check("ONHAND_MAX_STREAMS", c.MaxStreams, between(1, 1_000_000_000)...)
	check("ONHAND_MAX_OPEN", c.MaxOpen, between(1, 1_000_000_000)...)
	check("ONHAND_MAX_OPEN_PER_CLIENT", c.MaxOpenEach, between(0, 1_000_000_000)...)
	check("ONHAND_MAX_RESERVATION_TTL_SECONDS", c.MaxTTLSeconds, between(0, command.MaxTTL)...)
	check("ONHAND_CLOCK_MAX_LEAP_SECONDS", c.MaxLeapSeconds, between(1, command.MaxTTL)...)
	check("ONHAND_CLOCK_MAX_DOWNTIME_SECONDS", c.MaxDownSeconds, between(0, command.MaxTTL)...)
	check("ONHAND_SWEEP_INTERVAL_MS", c.SweepIntervalMS, between(10, maxMS)...)
	check("ONHAND_MAX_IDEMPOTENCY_KEYS", c.MaxKeys, between(1, 1_000_000_000)...)
	check("ONHAND_MAX_WAITING_COMMANDS", c.MaxWaiting, between(1, 10_000_000)...)
	check("ONHAND_FEED_MAX_CONNECTIONS", c.FeedMaxConnections, between(1, 1_000_000)...)
	check("ONHAND_FEED_MAX_CONNECTIONS_PER_CLIENT", c.FeedMaxPerClient, between(0, 1_000_000)...)
	check("ONHAND_FEED_MAX_MB_PER_SECOND", c.FeedMaxMBPerSecond, between(0, 100_000)...)
	check("ONHAND_FEED_HEARTBEAT_MS", c.FeedHeartbeatMS, between(10, maxMS)...)
	check("ONHAND_FEED_WRITE_TIMEOUT_MS", c.FeedWriteTimeoutMS, between(10, maxMS)...)
	check("ONHAND_IDEMP_TTL_MS", c.IdempTTLMS, between(1, 30*maxMS)...)
	check("ONHAND_LOG_FORMAT", c.LogFormat, validation.In("json", "ecs").Error("must be json or ecs"))
	check("ONHAND_PPROF_PORT", c.PprofPort, between(0, 65535)...)
	check("ONHAND_LOG_LEVEL", c.LogLevel, validation.By(logLevel))

	check("ONHAND_CACHE_MAX_MB", c.CacheMaxMB, between(0, 1<<20)...)
	check("ONHAND_CACHE_TTL_MS", c.CacheTTLMS, between(1, maxMS)...)
	check("ONHAND_MAX_DEAD_LETTERS", c.MaxDeadLetters, between(1, 10_000_000)...)
	check("ONHAND_MAX_WEBHOOKS", c.MaxWebhooks, between(1, 100_000)...)
	check("ONHAND_WEBHOOK_CONCURRENCY", c.WebhookParallel, between(1, 10_000)...)
	check("ONHAND_WEBHOOK_TIMEOUT_MS", c.WebhookTimeoutMS, between(1, maxMS)...)
	pauses := validation.Each(between(1, 7*24*60*60)...)
	check("ONHAND_WEBHOOK_RETRY_SECONDS", c.WebhookRetries, validation.Length(1, 20), pauses)
	check("ONHAND_WEBHOOK_ALLOWED_NETWORKS", c.WebhookNetworks, validation.Each(validation.By(network)))

	check("ONHAND_CONCURRENCY_API", c.ConcurrencyAPI, between(1, 100_000)...)
	check("ONHAND_CONCURRENCY_READS", c.ConcurrencyReads, between(1, 100_000)...)
	check("ONHAND_CONCURRENCY_LISTS", c.ConcurrencyLists, between(1, 100_000)...)
	check("ONHAND_CONCURRENCY_SYNC", c.ConcurrencySync, between(1, 100_000)...)
	check("ONHAND_CONCURRENCY_FS", c.ConcurrencyFS, between(1, 100_000)...)
	check("ONHAND_LOAD_SHED_QUEUE_MAX", c.LoadShedQueueMax, between(0, 10_000_000)...)
	check("ONHAND_BODIES_MAX_MB", c.BodiesMaxMB, between(16, 1<<20)...)
	check("ONHAND_RATE_LIMIT_RPS", c.RateLimitRPS, validation.Min(0.0), validation.Max(1e9))
	check("ONHAND_RATE_LIMIT_BURST", c.RateLimitBurst, between(1, 1_000_000_000)...)
	check("ONHAND_RATE_LIMIT_CLIENTS", c.RateLimitClients, between(1, 10_000_000)...)
	check("ONHAND_RATE_LIMIT_LOG_KB", c.LogKBPerSecond, between(0, 1<<30)...)
	check("ONHAND_RATE_LIMIT_LOG_BURST_MB", c.LogBurstMB, between(1, 1<<10)...)
	check("ONHAND_HSTS_MAX_AGE_SECONDS", c.HSTSMaxAgeSeconds, between(0, 10*365*24*60*60)...)
	check("ONHAND_CONTENT_SECURITY_POLICY", c.ContentPolicy, validation.By(headerValue))
	check("ONHAND_TRUSTED_PROXIES", c.TrustedProxies, validation.Each(validation.By(network)))
	check("ONHAND_CORS_ALLOWED_ORIGINS", c.CORSAllowedOrigins, validation.Each(validation.By(origin)))
	aboveZero := validation.Min(0.0).Exclusive().Error("must be above 0")
	check("ONHAND_BREAKER_THRESHOLD", c.BreakerThreshold, aboveZero, validation.Max(1.0))
	check("ONHAND_BREAKER_COOLDOWN_MS", c.BreakerCooldownMS, between(1, maxMS)...)
	check("ONHAND_BREAKER_MIN_REQUESTS", c.BreakerMinRequests, between(1, 1_000_000)...)
	oneBreaker := validation.In(breakerNames...).Error("must be the name of a breaker")
	check("ONHAND_BREAKER_FORCE_OPEN", c.BreakerForceOpen, validation.Each(oneBreaker))
	check("ONHAND_RETRY_BASE_MS", c.RetryBaseMS, between(1, maxMS)...)
	check("ONHAND_RETRY_TIMES", c.RetryTimes, between(0, 100)...)
	check("ONHAND_MEMORY_LIMIT_MB", c.MemoryLimitMB, validation.By(memoryLimit))
	check("ONHAND_DISK_RESERVE_MB", c.DiskReserveMB, between(0, 1<<20)...)
	check("ONHAND_SNAPSHOT_EVERY_N_EVENTS", c.SnapshotEvery, between(0, 1_000_000_000)...)
	check("ONHAND_LOCK_TTL_MS", c.LockTTLMS, between(10, maxMS)...)
	check("ONHAND_LOCK_RENEW_MS", c.LockRenewMS, between(1, maxMS)...)
	rejections := validation.In(409, 423, 429, 503)
	check("ONHAND_LOCK_REJECT_STATUS", c.LockRejectStatus, rejections.Error("must be 409, 423, 429 or 503"))
	check("ONHAND_LOCK_RETRY_AFTER_MS", c.LockRetryAfterMS, between(0, maxMS)...)
	return found
}

func host(value any) error {
	name := value.(string)
	if _, err := netip.ParseAddr(name); err == nil {
		return nil
	}
	if u, err := url.Parse("//" + net.JoinHostPort(name, "80")); err != nil || u.Hostname() != name {
		return errors.New("must be an address or a host name")
	}
	return nil
}

// hostName accepts a name without a port, as it stands in the header Host.
func hostName(value any) error {
	if name := value.(string); name == "*" || !strings.ContainsAny(name, "*:,@ ") && host(name) == nil {
		return nil
	}
	return errors.New("must be a host name without a port, or *")
}

func absoluteURL(value any) error {
	text := value.(string)
	if text == "" {
		return nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" || u.Fragment != "" {
		return errors.New("must be an http or https URL without query and fragment")
	}
	return nil
}

func logLevel(value any) error {
	if _, err := logrus.ParseLevel(value.(string)); err != nil {
		return errors.New("must be trace, debug, info, warn, error, fatal or panic")
	}
	return nil
}

func memoryLimit(value any) error {
	if n := value.(int); n != 0 && n < minMemoryMB || n > maxMemoryMB {
		return fmt.Errorf("must be 0, or %d to %d", minMemoryMB, maxMemoryMB)
	}
	return nil
}

func network(value any) error {
	if _, err := netip.ParsePrefix(value.(string)); err != nil {
		return errors.New("must be a network such as 10.0.0.0/8")
	}
	return nil
}

// origin accepts a value exactly as browsers send it in the header Origin, because the two are
// compared.
func origin(value any) error {
	text := value.(string)
	u, err := url.Parse(text)
	switch {
	case text == "*":
		return nil
	case err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" || u.Scheme+"://"+u.Host != text,
		strings.ToLower(text) != text, strings.Contains(text, "*"):
		return errors.New("must be an origin such as https://shop.example, in small letters, or *")
	case u.Port() == "80" && u.Scheme == "http", u.Port() == "443" && u.Scheme == "https", strings.HasSuffix(u.Host, ":"):
		return errors.New("must not have the scheme's own port: browsers leave it out")
	}
	return nil
}

// headerValue accepts a value that a header may have and that is not too long.
func headerValue(value any) error {
	const most = 2000
	text := value.(string)
	if len(text) > most || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) {
		return fmt.Errorf("must be at most %d printable ASCII characters", most)
	}
	return nil
}
