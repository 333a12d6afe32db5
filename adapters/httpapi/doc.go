// Package httpapi serves the API over HTTP with gin. It turns requests into commands and
// queries, and their outcomes into answers: each resource has a handler type, and routes.go
// names all routes. The package checks the form of a request strictly; the application checks
// its meaning. openapi.yaml is the contract with clients.
package httpapi
