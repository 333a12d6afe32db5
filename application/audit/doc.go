// Package audit checks a log against the rules of the domain, event by event:
// what the store cannot know because it does not know what events mean.
package audit
