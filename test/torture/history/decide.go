package history

// decision is the model's answer to a step: the state after it, or the reason of a refusal.
type decision struct {
	code      string // empty: accepted
	available int64  // of a shortage
	actual    int64  // of a conflict, or what remains of a hold
	after     state
}

// judge decides a step on a state.
func decide(s state, step Step) decision {
	if step.Expected != nil && *step.Expected != s.version {
		return decision{code: "version-conflict", actual: s.version}
	}
	h, known := s.find(step.Hold)
	switch step.Kind {
	case Read:
		if s.version == 0 {
			return decision{code: "item-not-found"}
		}
	case Adjust:
		return s.adjust(step.Units)
	case Place:
		return s.place(h, step)
	case Look:
		if !known {
			return decision{code: "reservation-not-found"}
		}
	default:
		if !known {
			return decision{code: "reservation-not-found"}
		}
		return s.change(h, step)
	}
	return decision{after: s}
}

func (s state) adjust(delta int64) decision {
	left := s.onHand + delta
	switch {
	case left < 0:
		return decision{code: "insufficient-stock", available: s.onHand}
	case delta < 0 && s.reserved() > left:
		return decision{code: "would-break-reservations", available: left, actual: s.reserved()}
	}
	s.onHand = left
	s.version++
	return decision{after: s}
}

func (s state) place(h hold, step Step) decision {
	if more := step.Units - h.Remaining; more > 0 && more > s.available() {
		return decision{code: "insufficient-stock", available: s.available() + h.Remaining}
	}
	h.deadline = step.Deadline
	h.Line = Line{Quantity: step.Units, Remaining: step.Units}
	s = s.with(h)
	s.version++
	return decision{after: s}
}

// change takes units of a hold, gives them back, or gives it another deadline. That
// nothing is held here is no refusal: another item of the reservation may have a hold.
func (s state) change(h hold, step Step) decision {
	units := step.Units
	if units == 0 || step.Kind == Extend {
		units = h.Remaining
	}
	if units > h.Remaining {
		return decision{code: "exceeds-reserved", actual: h.Remaining}
	}
	changed := h.Remaining > 0
	switch step.Kind {
	case Extend: // the item has no event of it
		h.deadline = step.Deadline
		changed = false
	case Release:
		h.Remaining -= units
		h.Released += units
	case Commit:
		if units > s.onHand {
			return decision{code: "insufficient-stock", available: s.onHand}
		}
		s.onHand -= units
		h.Remaining -= units
		h.Committed += units
		if step.Rest && h.Remaining > 0 {
			s.version++
			h.Released += h.Remaining
			h.Remaining = 0
		}
	}
	if changed {
		s.version++
	}
	return decision{after: s.with(h)}
}

// fits reports whether an answer, decided at some time up to until, is the model's own,
// and returns the state after the step.
func fits(s state, step Step, a Answer, until int64) (after state, ok bool) {
	if a.Fate == Untold {
		return s, true
	}
	v := decide(s, step)
	if a.Fate == Fine {
		return s, v.code == ""
	}
	if a.Fate == Done {
		if v.code != "" || a.Item != nil && *a.Item != v.after.shown() {
			return s, false
		}
		h, _ := v.after.find(step.Hold)
		return v.after, a.Line == nil || *a.Line == h.Line
	}
	h, known := s.find(step.Hold)
	switch a.Code {
	case "precondition-failed": // a header tells the requirement
		ok = v.code == "version-conflict"
	case "reservation-expired":
		ok = known && h.Remaining == 0 && h.deadline > 0 && h.deadline <= until
	case "reservation-closed":
		ok = known && h.Remaining == 0
	default:
		ok = v.code == a.Code
	}
	ok = ok && (a.Available == nil || *a.Available == v.available) && (a.Actual == nil || *a.Actual == v.actual)
	return s, ok
}

// step is every state that an item may be in after an operation.
func (s state) step(o Operation) (all []state) {
	if o.aside() {
		for i := range o.Steps {
			if !s.fitsAside(o.Steps[i], o.Answers[i], o.From, o.Until) {
				return nil
			}
		}
		return []state{s}
	}
	for _, now := range s.at(o.From, o.Until) {
		after, ok := now, true
		for i := range o.Steps {
			if after, ok = fits(after, o.Steps[i], o.Answers[i], o.Until); !ok {
				break
			}
		}
		switch {
		case ok && o.Effect:
			all = append(all, after)
		case ok:
			all = append(all, now)
		}
	}
	return all
}

// aside reports whether an operation looked at reservations only, and not at the item: then
// it says nothing about deadlines of others that came meanwhile.
func (o Operation) aside() bool {
	for i, a := range o.Answers {
		switch a.Code {
		case "reservation-not-found", "reservation-closed", "reservation-expired":
			continue
		}
		if o.Steps[i].Kind != Look && a.Fate != Untold {
			return false
		}
	}
	return true
}

// fitsAside holds an answer about a hold against it, before or after its own deadline,
// whichever may have been.
func (s state) fitsAside(step Step, a Answer, from, until int64) bool {
	h, _ := s.find(step.Hold)
	if h.Remaining == 0 || h.deadline == 0 || from < h.deadline {
		if _, ok := fits(s, step, a, until); ok {
			return true
		}
	}
	if h.Remaining == 0 || h.deadline == 0 || until < h.deadline {
		return false
	}
	h.Remaining = 0
	_, ok := fits(s.with(h), step, a, until)
	return ok
}
