// Package transfer is stock on its way from one store to another: what was
// shipped, what arrived in which state, what was lost and what turned back.
//
// The units themselves belong to the items of both stores (package stock); a
// transfer and its items change in one commit. A decision gives events or a
// refusal and changes nothing, and Apply is the only place where a transfer
// changes.
//
//	in-transit ── the last unit arrived or was lost ─▶ received
//	    └──────── cancelled ─────────────────────────▶ cancelled
package transfer
