// Package feed lets many followers read the log. A Tail keeps the newest part of the
// log in memory and takes it over once for all. A Follower goes through the commits that
// its Filter lets through at its own pace: from memory, or from the log while it lags.
package feed
