package sender

import (
	"strconv"
	"strings"
	"time"
	"unicode"
)

// inWords writes a duration for people: "500 ms", "1 s", "1.5 s", "48 h".
func inWords(d time.Duration) string {
	for _, unit := range []struct {
		of   time.Duration
		name string
	}{{time.Hour, "h"}, {time.Minute, "min"}, {time.Second, "s"}, {time.Millisecond, "ms"}, {time.Microsecond, "µs"}} {
		if d < unit.of {
			continue
		}
		// Only seconds and less are said in fractions: "90 min", not "1.5 h".
		if d%unit.of != 0 && unit.of > time.Second {
			continue
		}
		return strconv.FormatFloat(float64(d)/float64(unit.of), 'f', -1, 64) + " " + unit.name
	}
	return strconv.FormatInt(int64(d), 10) + " ns"
}

// printable escapes what a terminal would obey rather than show: an answer is a
// stranger's text.
func printable(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) < 0 {
		return s
	}
	quoted := strconv.QuoteToGraphic(s)
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
}
