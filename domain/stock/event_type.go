package stock

import "github.com/onhand/onhand/domain/event"

// Type is the name on disk.
func (Adjusted) Type() event.Type { return AdjustedV1 }

// Type is the name on disk.
func (Counted) Type() event.Type { return CountedV1 }

// Type is the name on disk.
func (Moved) Type() event.Type { return MovedV1 }

// Type is the name on disk.
func (PolicySet) Type() event.Type { return PolicySetV1 }

// Type is the name on disk.
func (Reserved) Type() event.Type { return ReservedV1 }

// Type is the name on disk.
func (Extended) Type() event.Type { return ExtendedV1 }

// Type is the name on disk.
func (Committed) Type() event.Type { return CommittedV1 }

// Type is the name on disk.
func (Released) Type() event.Type { return ReleasedV1 }

// Type is the name on disk.
func (Expired) Type() event.Type { return ExpiredV1 }

// Type is the name on disk.
func (Returned) Type() event.Type { return ReturnedV1 }

// Type is the name on disk.
func (Shipped) Type() event.Type { return ShippedV1 }

// Type is the name on disk.
func (Incoming) Type() event.Type { return IncomingV1 }

// Type is the name on disk.
func (Received) Type() event.Type { return ReceivedV1 }

// Type is the name on disk.
func (Lost) Type() event.Type { return LostV1 }

// Type is the name on disk.
func (WentLow) Type() event.Type { return LowV1 }

// Type is the name on disk.
func (Restocked) Type() event.Type { return RestockedV1 }
