// Package sweeper is the worker that writes expiries for deadlines that passed without
// a request. No number depends on it: a hold stops counting at its deadline
// whether it runs or not. It keeps the log fresh for its readers.
package sweeper
