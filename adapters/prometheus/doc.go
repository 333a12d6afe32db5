// Package prometheus provides the metrics of the service in Prometheus form. No label takes
// its value from a request: routes, problems, states and tables are all bounded in number.
package prometheus
