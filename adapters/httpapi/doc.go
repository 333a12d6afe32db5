// Package httpapi offers the service over HTTP with gin: it turns requests into
// commands and queries, and outcomes into answers. What a request may say is
// decided strictly here; what it means is decided behind it. openapi.yaml is
// the contract with clients.
package httpapi
