package httpapi

// meanings explain each code on the page of its type.
var meanings = map[string]string{
	"malformed-body": "The body is not the JSON object that this route takes. It has a value of the wrong type, a " +
		"fractional number, an unknown or repeated member, or text after the object. The detail names the place. " +
		"Correct the body and send it again.",
	"malformed-header": "A request header does not have the form that its standard or this API requires. The detail " +
		"names the header. Correct it and send the request again.",
	"malformed-query": "A query parameter is unknown, repeated or has an invalid value. The detail names the " +
		"parameter. Correct it and send the request again.",
	"malformed-request": "The service cannot read the request: its request line or a header breaks the rules of HTTP/1.1, " +
		"such as a path with %zz. The service closes the connection. Correct the request and send it again.",
	"headers-too-large": "The request line and the headers together may have at most 16 KiB. The service closes the " +
		"connection. Send fewer or shorter headers.",
	"idempotency-key-required": "This service accepts writes only with the header Idempotency-Key. Send a new key " +
		"with every new request, and the same key with every repetition.",
	"item-not-found": "The log has no event of this SKU in this store, or none up to the requested time or version. " +
		"A delivery, a count or a policy creates an item.",
	"reservation-not-found": "The log has no event under this id, or none up to the requested time or version. " +
		"Check the id.",
	"transfer-not-found": "The log has no event under this id. Check the id.",
	"dead-letter-not-found": "This dead letter does not exist, or it was redriven or deleted. GET /v1/dead-letters " +
		"lists the open ones.",
	"projection-not-found": "No projection has this name, or the name belongs to a disabled webhook. GET /v1/sync " +
		"lists all projections. Enable a disabled webhook first.",
	"redrive-failed": "The event failed again, so the dead letter stays and counts one more attempt. The member " +
		"cause says why the event failed. Repair the cause, then redrive the dead letter again.",
	"webhook-not-found": "This webhook does not exist, or a client has deleted it. GET /v1/webhooks lists all " +
		"webhooks.",
	"not-owner": "Only the owner of a live reservation can replace it: the member owner must be the same. The " +
		"request changed nothing. Send the same owner, or use another id.",
	"cross-origin": "A web page of another origin sent this write, and its browser says so by Sec-Fetch-Site or " +
		"Origin. The request changed nothing. The operator can allow the origin by ONHAND_CORS_ALLOWED_ORIGINS.",
	"foreign-host": "The header Host names another host, as in an attack by DNS rebinding. The request changed " +
		"nothing. Use the host of ONHAND_PUBLIC_URL, an IP address or localhost. The operator can allow other names " +
		"by ONHAND_ALLOWED_HOSTS.",
	"route-not-found":    "The path is not a route of this API. Write a slash in a SKU as %2F.",
	"method-not-allowed": "The path exists, but not with this method. The header Allow lists its methods.",
	"version-conflict": "Another client has changed the item since this client read it. The member actual is the " +
		"current version. Read the item, decide again, and send the new version.",
	"insufficient-stock": "The request needs more units than the items have available. The member lines gives the " +
		"requested, available and missing units of each short item. Request fewer units, or try again after a " +
		"delivery.",
	"would-break-reservations": "The change would leave fewer sellable units than customers have reserved. Release " +
		"reservations first, or raise the oversell limit. A count is accepted even then.",
	"count-below-states": "The counted units are fewer than the damaged units and the units in quality control " +
		"together. Move those units to another state first, or count again.",
	"reservation-closed": "The reservation has no units left for this request: it was committed, released, returned " +
		"or has expired. A reservation with committed units also cannot be replaced. Use a new reservation.",
	"transfer-closed": "The transfer has no units in transit any more: it was received, lost or cancelled.",
	"batch-refused": "At least one operation of the atomic batch is refused, so the batch changed nothing. The " +
		"member results gives the problem of each refused operation. Correct or remove those, or send atomic: " +
		"false.",
	"reservation-expired": "The deadline of the reservation has come, so other customers can have its units. Make a " +
		"new reservation.",
	"idempotency-in-flight": "An earlier request with this Idempotency-Key is still in progress. Wait for the " +
		"seconds in Retry-After, then repeat the request with the same key to get its answer.",
	"idempotency-key-expired": "An earlier request with this Idempotency-Key was accepted, and the lifetime of " +
		"the key is over. This request changed nothing. The members position and time name the commit of the " +
		"earlier request. Read the current state. If it lacks the change, send a new request with a new key.",
	"precondition-failed": "If-Match or If-None-Match does not allow the current version, which the header ETag " +
		"gives. Read the resource, decide again, and send the new ETag.",
	"body-too-large":         "A body may have at most 1 MiB, and the body of a batch at most 8 MiB. Split the request.",
	"unsupported-media-type": "The body must be JSON. Send the header Content-Type: application/json.",
	"validation-failed": "The request is well-formed, but values in it are missing or out of range. The member errors " +
		"lists each with a JSON pointer. Correct them and send the request again.",
	"exceeds-reserved": "The request names more units than the reservation holds, or than can still come back. The " +
		"member lines gives the requested and remaining units of each item. An item outside the reservation has 0.",
	"exceeds-pending": "The request reports more units than are in transit. The member lines gives the reported and " +
		"pending units of each SKU.",
	"idempotency-key-reused": "An earlier request with this Idempotency-Key had other content. Use a new key for a " +
		"new request.",
	"precondition-required": "This service accepts writes only with If-Match, If-None-Match or expectedVersion, so " +
		"that no client overwrites a change that it has not read. Read the resource and send its version.",
	"rate-limited": "This client exceeds its request rate. A client is an IPv4 address or an IPv6 network of 64 " +
		"bits. A long list, history or past version counts as several requests. The request changed nothing. " +
		"RateLimit-Policy gives the limit and RateLimit the rest. Wait for the seconds in Retry-After.",
	"too-many-at-once": "This client has as many event streams, waiting requests or connections as one client may have. A " +
		"client is an IPv4 address or an IPv6 network of 64 bits. The request changed nothing. End some, or wait for the " +
		"seconds in Retry-After, then repeat it with the same Idempotency-Key.",
	"overloaded": "The service has no room for this request now. The request changed nothing. Wait for the seconds " +
		"in Retry-After, then repeat it with the same Idempotency-Key.",
	"shutting-down": "This instance is shutting down and accepts neither writes nor followers of the feed. The " +
		"request changed nothing. Repeat it with the same Idempotency-Key: another instance answers, or this one " +
		"after its restart.",
	"circuit-open": "A dependency of this request has failed so often that the service does not call it for a " +
		"while. This request changed nothing; an earlier one with its Idempotency-Key may have. Wait for the " +
		"seconds in Retry-After, then repeat it with the same key.",
	"lock-held": "Another process works on the item, keeps the log locked, or is the leader, which alone runs " +
		"webhooks and dead letters. The request changed nothing. Repeat it with the same Idempotency-Key after the " +
		"seconds in Retry-After.",
	"limit-reached": "A table of the service is full. The request changed nothing. Waiting alone makes no room, so " +
		"there is no Retry-After: the detail says which entries count, which setting the operator can raise, and what " +
		"makes room.",
	"storage-nearly-full": "Less of the disk is free than ONHAND_DISK_RESERVE_MB, which the service keeps for commits, " +
		"releases, extensions, returns, receipts and cancellations, and batches of these. The request changed nothing. " +
		"Other writes work again when the operator has made space.",
	"storage-read-only": "The disk is full. The request changed nothing. Reads still work, and writes work again " +
		"once the disk has room. Repeat the request with the same Idempotency-Key.",
	"outcome-unknown": "The service does not know whether the change was made. Repeat the request with the same " +
		"Idempotency-Key: the change happens at most once, and the answer tells the outcome. A request to a " +
		"projection continues in the background: GET /v1/sync and GET /v1/dead-letters show its progress.",
	"storage-unavailable": "The storage does not answer. This request changed nothing; an earlier one with its " +
		"Idempotency-Key may have. Wait for the seconds in Retry-After, then repeat it with the same key. Without " +
		"Retry-After the log is damaged, until an operator restores it.",
	"view-behind": "The service did not reach the requested position in time. Or a projection under rebuild has not " +
		"reached the event of a dead letter yet. Wait for the seconds in Retry-After, then repeat the request.",
	"timeout": "The time for the request ran out, or its client left, before the service decided on the change. The " +
		"request changed nothing. Repeat it with the same Idempotency-Key.",
	"internal": "The service failed in a way that it does not expect. Its log has the cause under the requestId. " +
		"For a write, repeat the request with the same Idempotency-Key: the change happens at most once.",
}
