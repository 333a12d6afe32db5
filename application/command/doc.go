// Package command has the use cases that change something, one a file: a struct with the JSON tags
// of the body on the wire, its validation, and its decision.
package command
