// Package query has the questions that the service answers, one a file. Queries change nothing and
// see durable state only.
package query
