package scenarios

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// gap stands in a saying's text for what differs each time: a number, a date. It
// is ours.
const gap = "\u2026"

// longestGap is how many bytes it may be. It is ours.
const longestGap = 80

// phrase is a text that is searched, folded, in the parts between its gaps.
type phrase []string

func phraseOf(text string) (p phrase) {
	for _, part := range strings.Split(text, gap) {
		p = append(p, folded(part))
	}
	return p
}

// folded is the text as it is searched: in lower case, without colors, quotes and
// spaces alike.
func folded(text string) string {
	return alikes.Replace(strings.ToLower(colors.ReplaceAllString(text, " ")))
}

var colors = regexp.MustCompile(`\x1b\[[0-9;]*m`)

var alikes = strings.NewReplacer("\u2019", "'", "\u00a0", " ", "\u2026", "...")

// searched is the text as it is searched.
func (s Saying) searched() phrase {
	if s.phrase != nil {
		return s.phrase
	}
	return phraseOf(s.Text)
}

// words are the bytes of it that are no gap.
func (p phrase) words() (n int) {
	for _, part := range p {
		n += len(part)
	}
	return n
}

// stretch is where something stands in a text.
type stretch struct{ from, to int }

// in are the places where the phrase stands, its gaps within a line and as short
// as they can be.
func (p phrase) in(text string) (out []stretch) {
	for _, at := range spans(text, p[0]) {
		whole := true
		for _, part := range p[1:] {
			rest, _, _ := strings.Cut(text[at.to:min(len(text), at.to+longestGap+len(part))], "\n")
			next := spans(rest, part)
			if whole = len(next) > 0; !whole {
				break
			}
			at.to += next[0].to
		}
		if whole {
			out = append(out, at)
		}
	}
	return out
}

// spans are the places where a phrase stands by itself, not within a word.
func spans(text, phrase string) (out []stretch) {
	for from := 0; ; {
		i := strings.Index(text[from:], phrase)
		if i < 0 || phrase == "" {
			return out
		}
		at := stretch{from + i, from + i + len(phrase)}
		before, _ := utf8.DecodeLastRuneInString(text[:at.from])
		after, _ := utf8.DecodeRuneInString(text[at.to:])
		first, _ := utf8.DecodeRuneInString(phrase)
		last, _ := utf8.DecodeLastRuneInString(phrase)
		if !(isWord(before) && isWord(first)) && !(isWord(after) && isWord(last)) {
			out = append(out, at)
		}
		from = at.to
	}
}

func isWord(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_')
}
