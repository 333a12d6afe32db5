// Package subscription manages webhooks: it creates, changes and deletes subscriptions, and
// records the outcome of deliveries. A ports.Publisher sends the events of one subscription;
// Runners read the log and repeat deliveries that failed.
package subscription
