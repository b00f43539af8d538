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

// orNone is inWords for a limit of which zero is none.
func orNone(limit time.Duration) string {
	if limit == 0 {
		return "none"
	}
	return inWords(limit)
}

// about writes a duration for people who need not know it exactly: "1 min",
// "2 h", "1 h 4 min", "at once" for none.
func about(d time.Duration) string {
	switch {
	case d <= 0:
		return "at once"
	case d < time.Minute:
		return "in about " + inWords(d.Round(max(1, min(time.Second, d/10))))
	}
	d = d.Round(time.Minute)
	if hours, rest := d.Truncate(time.Hour), d%time.Hour; hours > 0 && rest > 0 {
		return "in about " + inWords(hours) + " " + inWords(rest)
	}
	return "in about " + inWords(d)
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

// ordinal writes "third" for 3.
func ordinal(n int) string {
	words := []string{"first", "second", "third", "fourth", "fifth"}
	if 1 <= n && n <= len(words) {
		return words[n-1]
	}
	return strconv.Itoa(n) + "th"
}

// inBytes writes a size for people: "55 KB", "56321 bytes".
func inBytes(n int) string {
	if n > 0 && n%(1<<10) == 0 {
		return strconv.Itoa(n>>10) + " KB"
	}
	return count(n, "byte")
}
