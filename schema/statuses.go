package schema

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// statusRange is a range of HTTP statuses, both ends included.
type statusRange struct{ from, to int }

type statuses []statusRange

// readStatuses reads ["200"] or ["200-299", "304"].
func readStatuses(raw json.RawMessage) (statuses, error) {
	var list []string
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, err
	}
	var out statuses
	for _, s := range list {
		r, err := parseStatusRange(s)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	if len(out) == 0 {
		return nil, errors.New(`no status; ["200"] or ["200-299"] would do`)
	}
	return out, nil
}

func parseStatusRange(s string) (statusRange, error) {
	low, high, isRange := strings.Cut(s, "-")
	if !isRange {
		high = low
	}
	from, errFrom := strconv.Atoi(low)
	to, errTo := strconv.Atoi(high)
	if errFrom != nil || errTo != nil || from < 100 || to > 599 || from > to {
		return statusRange{}, fmt.Errorf(`%q is no HTTP status or range of them; "200" or "200-299" would do`, s)
	}
	return statusRange{from: from, to: to}, nil
}

func (s statuses) include(status int) bool {
	return slices.ContainsFunc(s, func(r statusRange) bool { return r.from <= status && status <= r.to })
}

func (s statuses) size() int {
	n := 0
	for _, r := range s {
		n += r.to - r.from + 1
	}
	return n
}
