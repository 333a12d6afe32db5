package deadletterstoretest

import (
	"github.com/onhand/onhand/ports"
	"github.com/onhand/onhand/ports/instances"
)

// Place is one store, empty at first, and opens its instances.
type Place = instances.Opener[ports.DeadLetterStore]
