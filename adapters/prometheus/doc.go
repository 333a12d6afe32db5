// Package prometheus counts and measures what the service does, in Prometheus
// form. No label has values from requests: routes, problems, states and tables
// are all bounded in number.
package prometheus
