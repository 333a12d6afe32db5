// Package guarded puts breakers before ports: each decorator keeps its port's contract
// and may besides refuse a call with *ports.OpenError, when nothing was done.
package guarded
