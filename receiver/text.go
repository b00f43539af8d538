package receiver

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// shown makes text from outside fit to be read by people: quoted when it holds
// anything but printable ASCII, and shortened.
func shown(s string) string {
	const most = 80
	cut := ""
	if len(s) > most {
		end := most
		for end > most-utf8.UTFMax && !utf8.RuneStart(s[end]) {
			end--
		}
		s, cut = s[:end], "…"
	}
	quoted := strconv.QuoteToASCII(s)
	if quoted == `"`+s+`"` {
		return s + cut
	}
	return quoted + cut
}

// escaped keeps s one line that no terminal obeys: control characters and marks
// that reorder or hide text become \u escapes.
func escaped(s string) string {
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(s, "\uFFFD") {
		if unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) {
			fmt.Fprintf(&b, `\u%04x`, r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}
