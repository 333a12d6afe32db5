// Package webhook publishes events by HTTP: each event is a POST of its own, in the
// shape of CloudEvents, signed as Standard Webhooks has it
// (https://www.standardwebhooks.com), so that any of its libraries can check it.
//
// A subscriber tells this service where to send requests, from inside the
// operator's network. So addresses are checked when they are dialled, after every
// look-up of a name and whatever the name said a moment before: only public ones are
// taken, and those that the operator allows. Redirects are not followed, cookies not
// kept, proxies of the environment not used, answers read to a few KiB, and a report
// of a failure is one of a few fixed phrases, so that no subscriber learns from it what
// there is inside.
package webhook
