// Package bootstrap assembles the program: it alone reads the environment, and it alone knows
// which adapter implements which port. Each module is one ordinary function; app.go lists them.
package bootstrap
