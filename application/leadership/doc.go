// Package leadership begins the duties of the leader of several processes, in their order, and
// ends them when its term ends. It also has the stores that only the leader may open.
// ports.Leader decides which process leads.
package leadership
