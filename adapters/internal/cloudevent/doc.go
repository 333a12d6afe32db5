// Package cloudevent writes events of the log as CloudEvents 1.0 in JSON, the one
// shape in which they leave the service.
package cloudevent
