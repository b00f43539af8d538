package schema

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// text reads the string that begins at pos. folds says that, as a name, it
// might equal another one but for case: it has more than lower-case ASCII.
func (r *reader) text() (s string, folds, ok bool) {
	start := r.pos + 1
	for i := start; i < len(r.src); i++ {
		switch c := r.src[i]; {
		case c == '"':
			s = r.src[start:i]
			r.checkUnicode(s, start)
			r.pos = i + 1
			return s, folds, true
		case c == '\\':
			return r.escaped(start, i)
		case c < 0x20:
			r.pos = i
			return "", false, r.broken("no bare control character in a string")
		case 'A' <= c && c <= 'Z', c >= utf8.RuneSelf:
			folds = true
		}
	}
	r.pos = len(r.src)
	return "", false, r.broken("the end of the string that began at offset " + strconv.Itoa(start-1))
}

// escaped reads on from the first escape, at i, of the string whose text began
// at start.
func (r *reader) escaped(start, i int) (string, bool, bool) {
	var b strings.Builder
	copied, lone := start, -1
	for i < len(r.src) && r.src[i] != '"' {
		switch c := r.src[i]; {
		case c < 0x20:
			r.pos = i
			return "", false, r.broken("no bare control character in a string")
		case c != '\\':
			i++
			continue
		}
		b.WriteString(r.src[copied:i])
		c, n := unescape(r.src[i:])
		switch {
		case n == 0:
			r.pos = i
			return "", false, r.broken(`an escape: one of \" \\ \/ \b \f \n \r \t \uXXXX`)
		case 0xd800 <= c && c < 0xe000:
			if lone < 0 {
				lone = i
			}
			// Kept as it would stand in UTF-8, not as U+FFFD, so that it
			// equals itself alone.
			b.Write([]byte{0xe0 | byte(c>>12), 0x80 | byte(c>>6)&0x3f, 0x80 | byte(c)&0x3f})
		default:
			b.WriteRune(c)
		}
		i += n
		copied = i
	}
	if i >= len(r.src) {
		r.pos = len(r.src)
		return "", false, r.broken("the end of the string that began at offset " + strconv.Itoa(start-1))
	}
	b.WriteString(r.src[copied:i])
	r.pos = i + 1
	if lone >= 0 {
		r.notUnicode(b.String(), "half a surrogate pair", "section 8.2", lone)
	}
	r.checkUnicode(r.src[start:i], start)
	return b.String(), true, true
}

// unescape reads the escape at the beginning of s and says how long it is; 0 is
// no escape. A surrogate pair is one character; half of one comes back as it is.
func unescape(s string) (c rune, n int) {
	if len(s) < 2 {
		return 0, 0
	}
	if i := strings.IndexByte(`"\/bfnrt`, s[1]); i >= 0 {
		return rune("\"\\/\b\f\n\r\t"[i]), 2
	}
	c, ok := unit(s)
	if !ok {
		return 0, 0
	}
	if 0xd800 <= c && c < 0xdc00 {
		if low, ok := unit(s[6:]); ok && 0xdc00 <= low && low < 0xe000 {
			return (c-0xd800)<<10 + (low - 0xdc00) + 0x10000, 12
		}
	}
	return c, 6
}

// unit reads \uXXXX.
func unit(s string) (rune, bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	var c rune
	for _, d := range []byte(s[2:6]) {
		switch {
		case '0' <= d && d <= '9':
			d -= '0'
		case 'a' <= d|0x20 && d|0x20 <= 'f':
			d = d | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		c = c<<4 | rune(d)
	}
	return c, true
}

// checkUnicode flags a string, whose text stands at offset at, that is not
// valid UTF-8.
func (r *reader) checkUnicode(s string, at int) {
	if r.unicode || utf8.ValidString(s) {
		return
	}
	for i, c := range s {
		if _, n := utf8.DecodeRuneInString(s[i:]); c == utf8.RuneError && n == 1 {
			r.notUnicode(s, "byte 0x"+strconv.FormatUint(uint64(s[i]), 16), "section 8.1", at+i)
			return
		}
	}
}

func (r *reader) notUnicode(s, what, section string, at int) {
	r.note(r.flag, func() Violation {
		return Violation{
			Rule: "utf8", Pointer: r.pointer(), Found: what + " in " + quote(s),
			Documented: "text in UTF-8; decoders put U+FFFD here, and two ids become one",
			Source:     rfcJSON + " " + section, Offset: int64(at),
		}
	})
}

// number reads a number as RFC 8259 writes it. One that is out of bounds is
// flagged and read as 0: what compares it would spend seconds on it, or panic.
func (r *reader) number() (any, bool) {
	start := r.pos
	if r.src[r.pos] == '-' {
		r.pos++
	}
	switch whole := r.pos; {
	case r.digits() == 0:
		return nil, r.broken("a digit")
	case r.src[whole] == '0' && r.pos > whole+1:
		r.pos = whole + 1
		return nil, r.broken("no digit after a leading 0")
	}
	if r.pos < len(r.src) && r.src[r.pos] == '.' {
		r.pos++
		if r.digits() == 0 {
			return nil, r.broken("a digit")
		}
	}
	exponent := 0
	if r.pos < len(r.src) && r.src[r.pos]|0x20 == 'e' {
		r.pos++
		if r.pos < len(r.src) && (r.src[r.pos] == '+' || r.src[r.pos] == '-') {
			r.pos++
		}
		if exponent = r.digits(); exponent == 0 {
			return nil, r.broken("a digit")
		}
	}
	if r.pos-start <= maxNumber && exponent <= maxExponent {
		return json.Number(r.src[start:r.pos]), true
	}
	r.note(SeverityError, func() Violation {
		return Violation{
			Rule: "number_bounds", Pointer: r.pointer(),
			Found: "number " + shorten(r.src[start:r.pos]) + " of " + strconv.Itoa(r.pos-start) + " characters",
			Documented: "at most " + strconv.Itoa(maxNumber) + " characters and an exponent of " + strconv.Itoa(maxExponent) +
				" digits (a limit of hookdrill)", Offset: int64(start),
		}
	})
	return json.Number("0"), true
}

// digits skips digits and says how many.
func (r *reader) digits() int {
	start := r.pos
	for r.pos < len(r.src) && '0' <= r.src[r.pos] && r.src[r.pos] <= '9' {
		r.pos++
	}
	return r.pos - start
}

// fold gives names that encoding/json takes for one the same text: each
// character becomes the smallest of those it folds with, in ASCII the lower-case
// letter. Lower-case ASCII stays what it is.
func fold(s string) string {
	return strings.Map(func(c rune) rune {
		if c >= utf8.RuneSelf {
			c = smallest(c)
		}
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		return c
	}, s)
}

// smallest walks the ring of characters that fold with c.
func smallest(c rune) rune {
	for {
		next := unicode.SimpleFold(c)
		if next <= c {
			return next
		}
		c = next
	}
}
