// Package reservation is a hold on one or more items for one customer: its
// lines, its deadline, its owner and what became of each unit.
//
// The units that are promised now belong to the items (package stock); a
// reservation and its items change in one commit. Here, as there, a decision
// gives events or a refusal and changes nothing, and Apply is the only place
// where a reservation changes.
//
//	held ── commit ──▶ committed       something was committed
//	  ├──── release ─▶ released        else, given back
//	  └──── deadline ▶ expired         else, its time was over
//
// A reservation stays held as long as a unit of it is. One that ended without a
// commit leaves its id free for another.
package reservation
