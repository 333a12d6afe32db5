package event

import "time"

// TimeLayout is how times are written on disk and on the wire: RFC 3339 in UTC
// with exactly six digits of a second.
const TimeLayout = "2006-01-02T15:04:05.000000Z"

// timeFrame is a time as a JSON string with all digits 0.
const timeFrame = `"0000-00-00T00:00:00.000000Z"`

// AppendTime appends t as a JSON string in TimeLayout. It is written by hand, as
// parseTime is, because package time interprets its layout at each call.
func AppendTime(dst []byte, t time.Time) []byte {
	t = t.UTC()
	year, month, day := t.Date()
	if year < 0 || year > 9999 { // has more than four digits or a sign
		dst = t.AppendFormat(append(dst, '"'), TimeLayout)
		return append(dst, '"')
	}
	hour, minute, second := t.Clock()
	dst = append(dst, timeFrame...)
	text := dst[len(dst)-len(timeFrame):]
	micros := t.Nanosecond() / 1000
	putPair(text[1:3], year/100)
	putPair(text[3:5], year%100)
	putPair(text[6:8], int(month))
	putPair(text[9:11], day)
	putPair(text[12:14], hour)
	putPair(text[15:17], minute)
	putPair(text[18:20], second)
	putPair(text[21:23], micros/10000)
	putPair(text[23:25], micros/100%100)
	putPair(text[25:27], micros%100)
	return dst
}

// putPair puts a number of two digits into b.
func putPair(b []byte, n int) {
	b[0], b[1] = byte('0'+n/10), byte('0'+n%10) //nolint:gosec // digits fit
}

// parseTime reads a time at the beginning of b as AppendTime writes it; false if
// there is none, or one that the calendar does not have.
func parseTime(b []byte) (time.Time, bool) {
	if len(b) < len(timeFrame) {
		return time.Time{}, false
	}
	text := b[:len(timeFrame)]
	for _, at := range [...]int{0, 5, 8, 11, 14, 17, 20, 27, 28} {
		if text[at] != timeFrame[at] {
			return time.Time{}, false
		}
	}
	year, month, day := 100*pair(text[1:3])+pair(text[3:5]), pair(text[6:8]), pair(text[9:11])
	hour, minute, second := pair(text[12:14]), pair(text[15:17]), pair(text[18:20])
	micros := 10000*pair(text[21:23]) + 100*pair(text[23:25]) + pair(text[25:27])
	if min(year, micros, hour, minute, second) < 0 || hour > 23 || minute > 59 || second > 59 ||
		month < 1 || month > 12 || day < 1 || day > days(year, time.Month(month)) {
		return time.Time{}, false
	}
	return time.Date(year, time.Month(month), day, hour, minute, second, 1000*micros, time.UTC), true
}

// pair is the number that two digits make; without two digits it is so far below
// 0 that a sum with it is, too.
func pair(b []byte) int {
	tens, ones := b[0]-'0', b[1]-'0'
	if tens > 9 || ones > 9 {
		return -1 << 20
	}
	return 10*int(tens) + int(ones)
}

// days is how many days a month of the Gregorian calendar has.
func days(year int, month time.Month) int {
	switch month {
	case time.February:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case time.April, time.June, time.September, time.November:
		return 30
	default:
		return 31
	}
}
