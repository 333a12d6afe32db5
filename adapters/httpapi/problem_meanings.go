package httpapi

// meanings explain each code to a person who follows the type of a problem.
var meanings = map[string]string{
	"malformed-body": "The body is not the JSON object that this route takes: wrong type, not a whole number, " +
		"unknown or repeated member, or something behind it.",
	"malformed-header":         "A request header does not have the form that its standard, or this API, gives it.",
	"malformed-query":          "A query parameter is unknown, repeated or has no proper value.",
	"idempotency-key-required": "This service is configured to take writes only with the header Idempotency-Key.",
	"item-not-found":           "Nothing was ever recorded of this SKU in this store.",
	"reservation-not-found": "Nothing was ever recorded under this id, or not yet at the version or time that was " +
		"asked for.",
	"transfer-not-found":    "Nothing was ever recorded under this id.",
	"dead-letter-not-found": "There is no dead letter of this id, or not any more: it was redriven or deleted.",
	"projection-not-found": "No projection has this name, or it is that of a webhook that is disabled; GET " +
		"/v1/sync lists all that there are. Enable the webhook first.",
	"redrive-failed": "The dead letter stays as it is, with one attempt more; cause says what went wrong. Mend " +
		"that, then redrive it again.",
	"webhook-not-found": "There is no webhook of this id, or not any more.",
	"not-owner": "A live reservation is replaced by its owner only: the member owner must be the same. Nothing was " +
		"changed.",
	"route-not-found":    "The path is none of this API's. Slashes in a SKU must be written as %2F.",
	"method-not-allowed": "The header Allow lists the methods that this path has.",
	"version-conflict": "The item is not at the version that the body expects: somebody else changed it. Read it " +
		"again and decide anew.",
	"insufficient-stock": "More units were requested than there are; lines says how many of which.",
	"would-break-reservations": "The change would leave less to sell than is promised to customers. A count is " +
		"taken even then.",
	"count-below-states": "Fewer units were counted than are known to be damaged or in quality control. Move those " +
		"first.",
	"reservation-closed": "Nothing is left of what the request is about: it was committed, released, returned or " +
		"expired. Or it should be replaced although a part of it was committed.",
	"transfer-closed": "Nothing is on its way any more: it was received, lost or cancelled.",
	"batch-refused": "At least one operation of an atomic batch is refused, so nothing was done. The member " +
		"results lists each of those with its problem.",
	"reservation-expired": "Its deadline has come, to the microsecond, and its units are for others. Reserve anew.",
	"idempotency-in-flight": "Another request with this Idempotency-Key is not finished. Repeat a little later to " +
		"get its answer.",
	"precondition-failed": "If-Match or If-None-Match does not fit the item; the header ETag has its present " +
		"version.",
	"body-too-large":         "A body may have at most 1 MiB, that of a batch 8 MiB.",
	"unsupported-media-type": "Send the header Content-Type: application/json.",
	"validation-failed": "The body was understood, but values in it are missing or out of range; errors lists each " +
		"with a JSON pointer.",
	"exceeds-reserved": "More units are named than remain, or than can come back; lines says how many of which. An " +
		"item that the reservation does not have has 0.",
	"exceeds-pending":        "More units are named than are on their way; lines says how many of which.",
	"idempotency-key-reused": "This Idempotency-Key was used with other content. Use a new key for a new request.",
	"precondition-required": "This service is configured to take writes only with If-Match, If-None-Match or " +
		"expectedVersion, so that nobody overwrites what they have not seen.",
	"rate-limited": "This client, an IPv4 address or an IPv6 network of 64 bits, asks more often than the service " +
		"lets it. Nothing was done. RateLimit-Policy says how often it may, RateLimit what is left, Retry-After " +
		"when it may again.",
	"overloaded": "More requests are waiting than the service takes. Nothing was done.",
	"shutting-down": "This instance takes no more writes, and nobody can follow the feed any more. Nothing was " +
		"done.",
	"circuit-open": "What this request needs has failed so often lately that it is left alone for a while. This " +
		"request did nothing; what an earlier one with its Idempotency-Key did, stands.",
	"lock-held": "Another process works on the item, or has the whole log locked for longer than it should; or " +
		"webhooks and dead letters are another process's. Nothing was done.",
	"limit-reached": "A table of the service is full, and nothing in it may be forgotten. The operator can raise " +
		"the limit.",
	"storage-read-only": "The disk is full. Nothing was done; reads go on, and writes resume when there is room.",
	"outcome-unknown": "The change may or may not have been made. Repeat the request with the same Idempotency-Key " +
		"to find out: it has one effect at most. An order to a projection goes on: what it shows, and whether " +
		"the dead letter is still there, tells.",
	"storage-unavailable": "This request did nothing; what an earlier one with its Idempotency-Key did, stands.",
	"view-behind": "The position of Onhand-Min-Position, or the one to follow behind, was not reached in time. Or " +
		"a projection that was begun anew has not come to the event of a dead letter again.",
	"timeout": "The time for the request ran out, or the client seemed to leave, before the change was decided. " +
		"Nothing was done.",
	"internal": "A fault of the service. Its cause is in the service's log under the requestId.",
}
