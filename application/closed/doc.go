// Package closed converts closed reservations and transfers to entries of the query index and back.
package closed
