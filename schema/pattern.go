package schema

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// stream is a sequence of numbers that depends on a seed and a label alone.
type stream struct{ *rand.PCG }

// newStream hashes the label as hash/fnv does in 64 bits (FNV-1a), each piece
// with a zero byte behind it, but without a copy of it.
func newStream(seed uint64, label ...string) stream {
	const offset, prime = 14695981039346656037, 1099511628211
	sum := uint64(offset)
	for _, l := range label {
		for i := range len(l) {
			sum = (sum ^ uint64(l[i])) * prime
		}
		sum *= prime // the zero byte
	}
	return stream{rand.NewPCG(seed, sum)}
}

// below returns a number from 0 up to n, n not included.
func (s stream) below(n uint64) uint64 { return s.Uint64() % n }

// pick appends n letters of an alphabet.
func (s stream) pick(b []byte, alphabet string, n int) []byte {
	for range n {
		b = append(b, alphabet[s.below(uint64(len(alphabet)))])
	}
	return b
}

const (
	digits   = "0123456789"
	hexLower = digits + "abcdef"
	idUpper  = digits + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

// pattern is the form of an id: literal text, and tokens {time}, {hex:16},
// {upper:13} and {digits:6}, which are so many letters of that alphabet. Digits
// never begin with a zero.
type pattern []patternPart

type patternPart struct {
	literal string
	token   string // time, hex, upper, digits; "" for literal
	count   int
}

var patternToken = regexp.MustCompile(`\{(time|(hex|upper|digits):([1-9]\d?))\}`)

// parsePattern reads a pattern. timed says that there is a time for {time}.
func parsePattern(s string, timed bool) (pattern, error) {
	var p pattern
	end := 0
	for _, m := range patternToken.FindAllStringSubmatchIndex(s, -1) {
		p = append(p, patternPart{literal: s[end:m[0]]})
		end = m[1]
		if m[4] < 0 {
			p = append(p, patternPart{token: "time"})
			continue
		}
		count, _ := strconv.Atoi(s[m[6]:m[7]]) // the expression lets digits through only
		p = append(p, patternPart{token: s[m[4]:m[5]], count: count})
	}
	p = append(p, patternPart{literal: s[end:]})
	if s == "" || strings.ContainsAny(patternToken.ReplaceAllString(s, ""), "{}") {
		return nil, fmt.Errorf("pattern %q: {hex:16}, {upper:13}, {digits:6} and {time} would do", s)
	}
	if strings.Contains(s, "{time}") != timed {
		return nil, fmt.Errorf("pattern %q: {time} and the time that it writes go together", s)
	}
	return p, nil
}

// Mint makes an id in the form of pattern, as profiles have it: literal text,
// {hex:16}, {upper:13} and {digits:6}, which are so many letters, and {time},
// which is t in eight hex digits. It depends on t and the seed alone. Its error
// says what no pattern is.
func Mint(pattern string, t time.Time, seed uint64) (string, error) {
	p, err := parsePattern(pattern, strings.Contains(pattern, "{time}"))
	if err != nil {
		return "", err
	}
	return p.fill(t, newStream(seed, pattern)), nil
}

// fill writes the pattern with letters from the stream; {time} becomes the
// seconds of t as eight hex digits.
func (p pattern) fill(t time.Time, s stream) string {
	var b []byte
	for _, part := range p {
		switch part.token {
		case "":
			b = append(b, part.literal...)
		case "time":
			b = fmt.Appendf(b, "%08x", uint32(t.Unix()))
		case "hex":
			b = s.pick(b, hexLower, part.count)
		case "upper":
			b = s.pick(b, idUpper, part.count)
		case "digits":
			b = s.pick(s.pick(b, digits[1:], 1), digits, part.count-1)
		}
	}
	return string(b)
}
