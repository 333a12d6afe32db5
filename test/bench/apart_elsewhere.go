//go:build !linux

package main

// apart separates the load from the service on Linux only.
func apart(*site) (prefix []string, why string, err error) {
	return nil, "The load and the service share all processors (only Linux can separate them)", nil
}
