package stock

// The two ways of Decode, which must agree.
var (
	ReadOwn   = readOwn
	DecodeAny = decodeAny
)
