package httpapi

import (
	"strconv"

	"github.com/onhand/onhand/application/query"
	"github.com/onhand/onhand/domain/event"
)

// parsePast reads which past of an aggregate is asked for, nil for the present.
func parsePast(p parameters) (*query.Past, error) {
	switch {
	case p.has("asOf") && p.has("version"):
		return nil, &queryError{detail: "asOf and version exclude each other: send one of them"}
	case p.has("asOf"):
		at, err := p.time("asOf")
		if err != nil {
			return nil, err
		}
		return &query.Past{AsOf: at}, nil
	case p.has("version"):
		n, err := strconv.ParseUint(p.number("version"), 10, 63)
		if err != nil || n == 0 {
			return nil, &queryError{detail: "version must be a whole number from 1"}
		}
		return &query.Past{Version: event.Version(n)}, nil
	}
	return nil, nil //nolint:nilnil // nil is the present
}
