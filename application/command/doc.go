// Package command is what the service can be told to do, one use case a file:
// the struct whose JSON tags are the body on the wire, its validation, and
// how it is carried out.
package command
