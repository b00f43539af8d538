package schema

import (
	"errors"
	"fmt"
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

	before  time.Duration
	pattern pattern
	run     mintFunc
}

type mintFunc func(*composition, *mint, stream) (any, error)

// mints are the functions of mint. They draw from a stream of their own for
// each name, so that giving one value never changes another.
var mints = map[string]struct {
	check func(*mint) error
	run   mintFunc
}{
	"incident_time": {checkIncidentTime, mintIncidentTime},
	"integer":       {checkInteger, mintInteger},
	"pattern":       {checkMintPattern, mintPattern},
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

func checkMintPattern(m *mint) (err error) {
	m.pattern, err = parsePattern(m.Pattern, m.Time != "")
	return err
}

func mintPattern(c *composition, m *mint, s stream) (any, error) {
	var t time.Time
	if m.Time != "" {
		var err error
		if t, err = c.timeOf(m.Time); err != nil {
			return "", err
		}
	}
	return m.pattern.fill(t, s), nil
}

func mintPressTime(c *composition, _ *mint, _ stream) (any, error) {
	return c.now, nil
}

func checkIncidentTime(m *mint) (err error) {
	if m.before, err = time.ParseDuration(m.Before); err == nil && m.before < 0 {
		err = errors.New("before: below zero")
	}
	return err
}

// mintIncidentTime says when the incident began: what its id says, where ids
// say it, or some time before the press.
func mintIncidentTime(c *composition, m *mint, _ stream) (any, error) {
	t := c.now.Add(-m.before)
	if id, ok := c.given[m.ID].(string); ok && len(id) > 8 {
		if seconds, err := strconv.ParseUint(id[:8], 16, 32); err == nil {
			t = time.Unix(int64(seconds), 0)
		}
	}
	return t.Truncate(time.Second), nil
}

func checkInteger(m *mint) error {
	if m.Min < 0 || m.Min > m.Max {
		return fmt.Errorf("min %d, max %d: 0 <= min <= max would do", m.Min, m.Max)
	}
	return nil
}

func mintInteger(_ *composition, m *mint, s stream) (any, error) {
	return strconv.FormatInt(m.Min+int64(s.below(uint64(m.Max-m.Min)+1)), 10), nil
}

// mintUUID1 writes a UUID of version 1 with the time of the press, and a node
// that says it is no network card's.
func mintUUID1(c *composition, _ *mint, s stream) (any, error) {
	const sinceGregorian = 0x01B21DD213814000 // 100 ns steps from 1582-10-15 to 1970
	ticks := uint64(c.now.Unix())*1e7 + uint64(c.now.Nanosecond())/100 + sinceGregorian
	clock := s.below(1 << 14)
	node := s.below(1<<48) | 1<<40 // the multicast bit
	return fmt.Sprintf("%08x-%04x-1%03x-%04x-%012x",
		uint32(ticks), uint16(ticks>>32), uint16(ticks>>48)&0x0fff, 0x8000|clock, node), nil
}
