// Package jsonsubscriptions keeps who gets webhooks as files of JSON, one each, in
// a directory: DATA_DIR/webhooks. They hold secrets, so only the service's own
// user may read them.
package jsonsubscriptions
