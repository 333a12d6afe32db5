// Package bootstrap puts the program together: it is the only reader of the
// environment, and the only place that knows which adapter implements which
// port. Each module is one ordinary function; app.go lists them.
package bootstrap
