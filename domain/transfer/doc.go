// Package transfer is stock on its way from one store to another: the units
// shipped, those that arrived in which state, those lost and those that turned back.
//
// The units themselves belong to the items of both stores (package stock); a
// transfer and its items change in one commit. A decision gives events or a
// refusal and changes nothing, and Apply is the only place where a transfer
// changes.
//
//	in-transit ── the last unit arrived or was lost ─▶ received
//	    └──────── cancelled ─────────────────────────▶ cancelled
package transfer
