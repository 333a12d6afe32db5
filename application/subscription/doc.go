// Package subscription is about who gets webhooks: making, changing and ending
// subscriptions, and what became of what was sent. How events are sent is the
// business of a ports.Publisher; who reads the log and sends again what failed, that of
// the Runners.
package subscription
