package stock

import (
	"fmt"
	"strings"
)

// Shortage is a demand on one item that its stock does not cover, in units. Shortfall is the
// number of units that are missing beyond the oversell limit.
type Shortage struct {
	Key
	Requested int64 `json:"requested"`
	Available int64 `json:"available"`
	Shortfall int64 `json:"shortfall"`
}

// Terms are the terms of an item's available units: OnHand less all the others.
type Terms struct {
	Key
	OnHand         int64 `json:"onHand"`
	Damaged        int64 `json:"damaged,omitempty"`
	QualityControl int64 `json:"qualityControl,omitempty"`
	Reserved       int64 `json:"reserved,omitempty"`
	SafetyStock    int64 `json:"safetyStock,omitempty"`
}

// InsufficientError refuses a command because stock is short. It lists every short line, and the
// terms of every negative Available, in the same order.
type InsufficientError struct {
	Lines []Shortage
	Terms []Terms `json:",omitempty"`
}

// shownLines is the number of lines that the text of an error shows.
const shownLines = 3

func (e *InsufficientError) Error() string {
	texts := make([]string, 0, shownLines)
	for _, line := range e.Lines[:min(len(e.Lines), shownLines)] {
		texts = append(texts, line.text(e.Terms))
	}
	return Listed("stock is short", len(e.Lines), texts)
}

// Listed returns an error's text from the texts of its first lines. The text of a single line
// stands alone; for more lines, summary comes first.
func Listed(summary string, lines int, texts []string) string {
	if lines == 1 {
		return texts[0]
	}
	text := fmt.Sprintf("%s on %d lines: %s", summary, lines, strings.Join(texts, "; "))
	if more := lines - len(texts); more > 0 {
		text += fmt.Sprintf("; see lines for %d more", more)
	}
	return text
}

func (s Shortage) text(terms []Terms) string {
	text := fmt.Sprintf("%s of %q requested in %s, %d available", Units(s.Requested), s.SKU, s.Store, s.Available)
	if oversell := s.Requested - s.Available - s.Shortfall; oversell > 0 {
		text += fmt.Sprintf(" and %d may be oversold", oversell)
	}
	text += fmt.Sprintf(" (short by %d", s.Shortfall)
	for _, t := range terms {
		if t.Key == s.Key {
			text += "; available = " + t.text()
		}
	}
	return text + ")"
}

func (t Terms) text() string {
	text := fmt.Sprintf("%d on hand", t.OnHand)
	for _, term := range []struct {
		units int64
		name  string
	}{
		{t.Damaged, "damaged"},
		{t.QualityControl, "in quality control"},
		{t.Reserved, "reserved"},
		{t.SafetyStock, "safety stock"},
	} {
		if term.units != 0 {
			text += fmt.Sprintf(" - %d %s", term.units, term.name)
		}
	}
	return text
}

// Units returns a number of units in words: "1 unit", "2 units".
func Units(n int64) string {
	if n == 1 {
		return "1 unit"
	}
	return fmt.Sprintf("%d units", n)
}

// short returns the refusal of a demand on the available units. released is the part of the
// reserved units that the same decision gives back.
func (i Item) short(requested, released, shortfall int64) error {
	refusal := &InsufficientError{Lines: []Shortage{{
		Key: i.Key, Requested: requested, Available: i.Available() + released, Shortfall: shortfall,
	}}}
	if refusal.Lines[0].Available < 0 {
		refusal.Terms = []Terms{{
			Key: i.Key, OnHand: i.OnHand, Damaged: i.Damaged, QualityControl: i.QualityControl,
			Reserved: i.Reserved - released, SafetyStock: i.Policy.SafetyStock,
		}}
	}
	return refusal
}
