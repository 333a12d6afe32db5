// Package webhook publishes events by HTTP: each event is a CloudEvent in a POST of its own, or
// several are in one for a receiver that wants batches. A message is signed according to Standard Webhooks (https://www.standardwebhooks.com), so that a receiver
// can verify it with any library for that.
//
// A subscriber chooses the addresses to which this service connects, from inside the operator's
// network. So the dialer checks each address after every look-up of a name: it accepts public
// addresses of other machines, and those that the operator allows. The client follows no
// redirects, keeps no cookies, uses no proxies of the environment and reads only a few KiB of an
// answer. All failures without an answer have one reason, so that it reveals nothing about the
// network; their cause is one of a few fixed phrases, for the service's own log.
package webhook
