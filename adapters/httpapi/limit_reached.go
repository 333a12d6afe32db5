package httpapi

import (
	"fmt"

	"github.com/onhand/onhand/ports"
)

// limitRemedies say what counts in each table, and what makes room.
var limitRemedies = map[string]string{
	ports.LiveTable: "Items, open reservations and open transfers count; requests on existing ones still work. " +
		"While the index of closed ones cannot be written, these count, too. " +
		"The operator can raise ONHAND_MAX_STREAMS. Closing reservations and transfers makes room.",
	ports.OpenTable: "Requests on existing ones still work. The operator can raise ONHAND_MAX_OPEN. " +
		"Closing reservations and transfers makes room.",
	ports.ClientTable: "Each client, an IPv4 address or IPv6 /64, has a share of ONHAND_MAX_OPEN; those that the service " +
		"accepted since its start count. Requests on existing ones still work. The operator can raise " +
		"ONHAND_MAX_OPEN_PER_CLIENT, and name gateways in ONHAND_TRUSTED_PROXIES. " +
		"Closing reservations and transfers makes room.",
	ports.KeysTable: "The keys count that the index on disk does not have yet, which are many only while it cannot " +
		"be written. Repetitions and requests without a key still work. " +
		"The operator can make space on its disk, or raise ONHAND_MAX_IDEMPOTENCY_KEYS.",
	ports.ChangedTable: "The items, reservations and transfers count whose last change the index on disk does not have yet, " +
		"which are many only while it cannot be written. Requests on these still work. " +
		"The operator can make space on its disk, or raise ONHAND_MAX_IDEMPOTENCY_KEYS.",
	ports.SubscriptionsTable: "Disabled webhooks count too. The operator can raise ONHAND_MAX_WEBHOOKS. " +
		"Deleting a webhook makes room.",
	ports.DeadLettersTable: "The operator can raise ONHAND_MAX_DEAD_LETTERS. " +
		"Redriving or discarding dead letters makes room.",
}

// limitReached returns the members of a full table's problem. The service does not know when it has room, so
// the problem has no Retry-After.
func limitReached(e *ports.LimitError) members {
	full := members{"table": e.Table, "limit": e.Limit}
	if remedy, known := limitRemedies[e.Table]; known {
		full["detail"] = fmt.Sprintf("The limit of %d %s is reached, and waiting alone makes no room. "+
			"The request changed nothing. %s", e.Limit, e.Table, remedy)
	}
	return full
}
