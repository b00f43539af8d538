package schema

import (
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// mint says how a neutral name gets a value of its own when nobody gives one:
// one of a closed list of functions, with what that function needs.
type mint struct {
	Func    string `json:"func"`
	Pattern string `json:"pattern,omitempty"` // of pattern
	Time    string `json:"time,omitempty"`    // of pattern: the name whose time {time} is
	ID      string `json:"id,omitempty"`      // of incident_time: the name whose first eight hex digits are seconds
	Before  string `json:"before,omitempty"`  // of incident_time: how long before the press
	Min     int64  `json:"min,omitempty"`     // of integer
	Max     int64  `json:"max,omitempty"`     // of integer, included

	before time.Duration
	run    mintFunc
}

type mintFunc func(*composition, *mint, stream) (string, error)

// mints are the functions of mint. They draw from a stream of their own for
// each name, so that giving one value never changes another.
var mints = map[string]struct {
	check func(*mint) error
	run   mintFunc
}{
	"incident_time": {checkIncidentTime, mintIncidentTime},
	"integer":       {checkInteger, mintInteger},
	"pattern":       {func(m *mint) error { return checkPattern(m.Pattern, m.Time != "") }, mintPattern},
	"press_time":    {func(*mint) error { return nil }, mintPressTime},
	"uuid1":         {func(*mint) error { return nil }, mintUUID1},
}

func (m *mint) check() error {
	f, ok := mints[m.Func]
	if !ok {
		return fmt.Errorf("func %q: there are %s", m.Func, strings.Join(sortedKeys(mints), ", "))
	}
	m.run = f.run
	return f.check(m)
}

// stream is a sequence of numbers that depends on a seed and a label alone.
type stream struct{ *rand.PCG }

func newStream(seed uint64, label ...string) stream {
	h := fnv.New64a()
	for _, l := range label {
		h.Write([]byte(l)) // never fails
		h.Write([]byte{0})
	}
	return stream{rand.NewPCG(seed, h.Sum64())}
}

// below returns a number from 0 up to n, n not included.
func (s stream) below(n uint64) uint64 { return s.Uint64() % n }

// pick returns n letters of an alphabet.
func (s stream) pick(alphabet string, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[s.below(uint64(len(alphabet)))]
	}
	return string(b)
}

const (
	digits   = "0123456789"
	hexLower = digits + "abcdef"
	idUpper  = digits + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

// patternToken is {time}, or {hex:16}, {upper:13}, {digits:6}: so many letters
// of that alphabet. Digits never begin with a zero.
var patternToken = regexp.MustCompile(`\{(time|hex:([1-9]\d?)|upper:([1-9]\d?)|digits:([1-9]\d?))\}`)

func checkPattern(pattern string, timed bool) error {
	if rest := patternToken.ReplaceAllString(pattern, ""); pattern == "" || strings.ContainsAny(rest, "{}") {
		return fmt.Errorf("pattern %q: {hex:16}, {upper:13}, {digits:6} and {time} would do", pattern)
	}
	if strings.Contains(pattern, "{time}") != timed {
		return fmt.Errorf("pattern %q: {time} and the time that it writes go together", pattern)
	}
	return nil
}

// fill writes the pattern with letters from the stream; {time} becomes the
// seconds of t as eight hex digits.
func fill(pattern string, t time.Time, s stream) string {
	return patternToken.ReplaceAllStringFunc(pattern, func(token string) string {
		what, count, _ := strings.Cut(strings.Trim(token, "{}"), ":")
		n, _ := strconv.Atoi(count) // the expression lets digits through only
		switch what {
		case "time":
			return fmt.Sprintf("%08x", uint32(t.Unix()))
		case "hex":
			return s.pick(hexLower, n)
		case "upper":
			return s.pick(idUpper, n)
		}
		return s.pick(digits[1:], 1) + s.pick(digits, n-1)
	})
}

func mintPattern(c *composition, m *mint, s stream) (string, error) {
	var t time.Time
	if m.Time != "" {
		var err error
		if t, err = c.timeOf(m.Time); err != nil {
			return "", err
		}
	}
	return fill(m.Pattern, t, s), nil
}

func mintPressTime(c *composition, _ *mint, _ stream) (string, error) {
	return c.now.UTC().Format(time.RFC3339Nano), nil
}

func checkIncidentTime(m *mint) (err error) {
	if m.before, err = time.ParseDuration(m.Before); err == nil && m.before < 0 {
		err = errors.New("before: below zero")
	}
	return err
}

// mintIncidentTime says when the incident began: what its id says, where ids
// say it, or some time before the press.
func mintIncidentTime(c *composition, m *mint, _ stream) (string, error) {
	t := c.now.Add(-m.before)
	if id, ok := c.given[m.ID].(string); ok && len(id) > 8 {
		if seconds, err := strconv.ParseUint(id[:8], 16, 32); err == nil {
			t = time.Unix(int64(seconds), 0)
		}
	}
	return t.UTC().Truncate(time.Second).Format(time.RFC3339), nil
}

func checkInteger(m *mint) error {
	if m.Min > m.Max {
		return fmt.Errorf("min %d is above max %d", m.Min, m.Max)
	}
	return nil
}

func mintInteger(_ *composition, m *mint, s stream) (string, error) {
	return strconv.FormatInt(m.Min+int64(s.below(uint64(m.Max-m.Min)+1)), 10), nil
}

// mintUUID1 writes a UUID of version 1 with the time of the press, and a node
// that says it is no network card's.
func mintUUID1(c *composition, _ *mint, s stream) (string, error) {
	const sinceGregorian = 0x01B21DD213814000 // 100 ns steps from 1582-10-15 to 1970
	ticks := uint64(c.now.Unix())*1e7 + uint64(c.now.Nanosecond())/100 + sinceGregorian
	clock := s.below(1 << 14)
	node := s.below(1<<48) | 1<<40 // the multicast bit
	return fmt.Sprintf("%08x-%04x-1%03x-%04x-%012x",
		uint32(ticks), uint16(ticks>>32), uint16(ticks>>48)&0x0fff, 0x8000|clock, node), nil
}
