package schema

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// The formats that a rewritten push schema uses; see formats.
const (
	formatInteger   = "hookdrill-integer"
	formatInt64     = "hookdrill-int64"
	formatSeconds   = "hookdrill-seconds"
	formatMillis    = "hookdrill-milliseconds"
	formatMillis0   = "hookdrill-milliseconds-or-0"
	formatMisplaced = "hookdrill-misplaced"
)

// millisFrom is where a count of Unix time is taken for milliseconds: as
// seconds it would lie in the year 33658, as milliseconds in 2001.
const millisFrom = 1_000_000_000_000

func isInteger(v any) bool {
	n, ok := v.(json.Number)
	if !ok {
		return true // another type: the type keyword says so
	}
	_, _, integer := whole(string(n))
	return integer
}

func isInt64(v any) bool {
	_, ok := count(v)
	return ok
}

func isSeconds(v any) bool {
	n, ok := count(v)
	return ok && n < millisFrom && n > -millisFrom
}

func isMillis(v any) bool {
	if _, ok := v.(json.Number); !ok {
		return true
	}
	n, ok := count(v)
	return ok && (n >= millisFrom || n <= -millisFrom)
}

func isMillisOrZero(v any) bool {
	n, ok := count(v)
	return ok && n == 0 || isMillis(v)
}

// count gives a number as an int64; ok is true for any other type too.
func count(v any) (n int64, ok bool) {
	number, isNumber := v.(json.Number)
	if !isNumber {
		return 0, true
	}
	n, fits, _ := whole(string(number))
	return n, fits
}

// whole reads a JSON number exactly: 1.0 and 1e3 are integers. fits says that n
// holds it.
func whole(s string) (n int64, fits, integer bool) {
	if len(s) < 19 && !strings.ContainsAny(s, ".eE") {
		n, err := strconv.ParseInt(s, 10, 64)
		return n, err == nil, err == nil
	}
	mantissa, exponent := s, 0
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		var err error
		if exponent, err = strconv.Atoi(s[i+1:]); err != nil {
			return 0, false, false
		}
		mantissa = s[:i]
	}
	digits, sign := strings.TrimPrefix(mantissa, "-"), mantissa[:strings.LastIndexByte(mantissa, '-')+1]
	if before, after, ok := strings.Cut(digits, "."); ok {
		digits, exponent = before+after, exponent-len(after)
	}
	digits = strings.TrimLeft(digits, "0")
	if digits == "" {
		return 0, true, true
	}
	kept := strings.TrimRight(digits, "0")
	exponent += len(digits) - len(kept)
	if exponent < 0 {
		return 0, false, false
	}
	if len(kept)+exponent > 19 {
		return 0, false, true
	}
	n, err := strconv.ParseInt(sign+kept+strings.Repeat("0", exponent), 10, 64)
	return n, err == nil, true
}

// unitNames are the values of keyUnit in words.
var unitNames = map[string]string{"s": "seconds", "ms": "milliseconds"}

// otherUnit says what a time in the wrong unit would be in the other one.
func otherUnit(n int64, unit string) string {
	if unit == "s" {
		return "milliseconds (" + time.UnixMilli(n).UTC().Format(time.RFC3339) + ")"
	}
	return "seconds (" + time.Unix(n, 0).UTC().Format(time.RFC3339) + ")"
}
