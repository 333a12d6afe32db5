// Package audit checks a log against the rules of the domain, commit by commit:
// what the store cannot know because it does not know what events mean.
//
// Every event must say what its fold says. At the end of each commit the streams
// must agree with each other: each unit that an item holds for a reservation is a
// unit that the reservation has, unless its deadline has come and only one of
// them says so yet; each unit that an item awaits is on its way in a transfer;
// what a reservation or transfer says to have happened to units happened to the
// items' units; and units neither come from nowhere nor go there.
package audit
