package httpapi

import (
	"errors"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
)

// strictJSON is how bodies are decoded: without unknown members, and lists only up to one
// entry more than they may have, because {} is two bytes of a body and fifty of a list.
// Validation then finds that the list is too long.
var strictJSON = json.JoinOptions(json.RejectUnknownMembers(true), json.WithUnmarshalers(json.JoinUnmarshalers(
	boundedList[jsontext.Value](command.MaxOperations),
	boundedList[stock.Part](reservation.MaxLines),
	boundedList[transfer.Unit](transfer.MaxLines),
	boundedList[transfer.Arrival](transfer.MaxLines),
)))

// boundedList skips the entries of a list after the first most+1. Its errors are not wrapped:
// they name the fault and its place, and another around them would call the whole list wrong.
func boundedList[E any](most int) *json.Unmarshalers {
	return json.UnmarshalFromFunc(func(text *jsontext.Decoder, list *[]E) error {
		if text.PeekKind() != '[' {
			return errors.ErrUnsupported // null, or refused: decoded without this function
		}
		if _, err := text.ReadToken(); err != nil {
			return err //nolint:wrapcheck // see boundedList
		}
		*list = []E{} // an empty list is not the same as none
		for text.PeekKind() != ']' {
			if len(*list) > most {
				if err := text.SkipValue(); err != nil {
					return err //nolint:wrapcheck // see boundedList
				}
				continue
			}
			var none E
			*list = append(*list, none)
			if err := json.UnmarshalDecode(text, &(*list)[len(*list)-1]); err != nil {
				return err //nolint:wrapcheck // see boundedList
			}
		}
		_, err := text.ReadToken()
		return err //nolint:wrapcheck // see boundedList
	})
}
