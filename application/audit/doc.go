// Package audit checks a log against the rules of the domain, commit by commit. A store cannot do
// that, because it does not know the meaning of events.
//
// Every event must carry the numbers of its fold. At the end of each commit the streams must agree:
//
//   - A unit that an item holds for a reservation is a unit that the reservation has, unless its
//     deadline has come and only one of the two has recorded that yet.
//   - A unit that an item awaits is on its way in a transfer.
//   - A change of units in a reservation or transfer is also a change in the items.
//   - No unit comes from nowhere or disappears.
package audit
