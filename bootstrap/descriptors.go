package bootstrap

const (
	// fewConnections are too few to be of use.
	fewConnections = 16
	// ownDescriptors are what the process has open whatever it does: the standard
	// three, the poller's, listeners, the lock, the log's last segment, directories and
	// files that are being rewritten (HEAD, snapshots, checkpoints, documents), the
	// file of events, readers of followers and views, and profiles being taken.
	ownDescriptors = 64
	// readsPerRequest are the segments of the log that a request has open at a time:
	// its own, and its command's.
	readsPerRequest = 2
	// perDelivery are the sockets of a delivery to a webhook: its connection, two
	// questions to name servers, and the file that lists these.
	perDelivery = 4
	// idleDeliveries are connections to receivers that are kept for the next event:
	// two a webhook, and a hundred in all.
	idleDeliveries, idlePerWebhook = 100, 2
)

// descriptorSettings are what otherDescriptors depends on, and MAX_CONNECTIONS.
var descriptorSettings = []string{
	"ONHAND_MAX_CONNECTIONS", "ONHAND_CONCURRENCY_API", "ONHAND_CONCURRENCY_FS", "ONHAND_CONCURRENCY_SYNC", "ONHAND_MAX_WEBHOOKS",
}

// otherDescriptors are the file descriptors that are needed beside those for
// clients' connections.
func (c Config) otherDescriptors() int {
	return ownDescriptors + readsPerRequest*min(c.ConcurrencyAPI, c.MaxConnections) + c.ConcurrencyFS +
		perDelivery*c.ConcurrencySync + min(idleDeliveries, idlePerWebhook*c.MaxWebhooks)
}

// fitting returns c with no more connections than there are descriptors for: a connection
// that is not accepted waits, while one that is accepted without a descriptor to spare fails.
func (c Config) fitting(limits hostLimits) Config {
	if limits.descriptors > 0 {
		c.MaxConnections = min(c.MaxConnections, limits.descriptors-c.otherDescriptors())
	}
	return c
}
