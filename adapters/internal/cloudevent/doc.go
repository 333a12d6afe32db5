// Package cloudevent writes events of the log as CloudEvents 1.0 in JSON, their only form outside
// of the service.
package cloudevent
