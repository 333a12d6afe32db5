// Package query is what the service can be asked, one question a file. Queries
// change nothing and see durable state only.
package query
