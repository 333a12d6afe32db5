package bootstrap

const (
	// fewConnections are too few to be of use.
	fewConnections = 16
	// ownDescriptors are the descriptors that the process always needs: the standard three,
	// the poller, listeners, the lock, the last segment of the log, directories and files that
	// are rewritten (HEAD, snapshots, checkpoints, documents), the file of events, readers of
	// followers and views, and profiles.
	ownDescriptors = 64
	// indexes are the one of closed reservations and transfers and the one of the log. perIndex are
	// the 128 tables of an index that stay open, its own log, and the tables that a compaction writes.
	indexes, perIndex = 2, 144
	// readsPerWrite are the segments of the log that a write has open at a time: its own and
	// that of its command. A read has one.
	readsPerWrite = 2
	// perDelivery are the descriptors of a delivery to a webhook: two queries to name servers,
	// and then connections to two addresses, of which one remains.
	perDelivery = 2
	// idleDeliveries are the connections to receivers that stay open for the next event: sixteen
	// a webhook, and a hundred in total.
	idleDeliveries, idlePerWebhook = 100, 16
)

// descriptorSettings are MAX_CONNECTIONS and the settings that otherDescriptors reads.
var descriptorSettings = []string{
	"ONHAND_MAX_CONNECTIONS", "ONHAND_CONCURRENCY_API", "ONHAND_CONCURRENCY_READS", "ONHAND_CONCURRENCY_LISTS",
	"ONHAND_CONCURRENCY_FS", "ONHAND_CONCURRENCY_SYNC", "ONHAND_MAX_WEBHOOKS", "ONHAND_WEBHOOK_CONCURRENCY",
}

// otherDescriptors returns the file descriptors that the process needs besides those of
// clients' connections.
func (c Config) otherDescriptors() int {
	return ownDescriptors + indexes*perIndex + readsPerWrite*min(c.ConcurrencyAPI, c.MaxConnections) +
		min(c.ConcurrencyReads+c.ConcurrencyLists, c.MaxConnections) + c.ConcurrencyFS +
		perDelivery*(c.MaxWebhooks+c.WebhookParallel+c.ConcurrencySync) + min(idleDeliveries, idlePerWebhook*c.MaxWebhooks)
}

// fitting returns c with no more connections than there are descriptors for: a connection
// that is not accepted waits, while one that is accepted without a descriptor to spare fails.
func (c Config) fitting(limits hostLimits) Config {
	if limits.descriptors > 0 {
		c.MaxConnections = min(c.MaxConnections, limits.descriptors-c.otherDescriptors())
	}
	return c
}
