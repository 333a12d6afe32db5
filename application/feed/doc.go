// Package feed lets many follow the log. A Tail keeps the log's newest part in
// memory and reads it once for all; a Follower goes through the commits that a
// Filter lets through, from the log as long as it is far behind, else from
// memory, at its own pace.
package feed
