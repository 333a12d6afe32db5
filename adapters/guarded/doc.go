// Package guarded puts breakers before ports. Each decorator keeps its port's contract, and may
// also refuse a call with *ports.OpenError; then nothing was done.
package guarded
