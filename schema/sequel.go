package schema

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"
)

// sequel are the facts about what a platform does after an attempt. Those that a
// profile leaves out are zero: what no document says is not played.
type sequel struct {
	retry       Retry
	schedule    RetrySchedule
	retryAfter  RetryAfter
	dialTimeout time.Duration
	queue       Queue
	queueLimit  int
	disablement Disablement
}

// Retry is what a platform repeats after a failed attempt, as documented.
type Retry struct {
	Max    int           // repeats at most; 0 none, -1 bounded by Within alone
	Within time.Duration // 0: no bound; "48h" in the profile
	On     []RetryCase
}

// RetryCase is one kind of failure that is repeated: an outcome's kind and
// phase ("" is any), or a range of HTTP statuses ("500-599") for answers.
type RetryCase struct {
	Kind     string `json:"kind,omitempty"`
	Phase    string `json:"phase,omitempty"`
	Status   string `json:"status,omitempty"`
	By       string `json:"by,omitempty"`       // of a timeout: ByDialTimeout, or "" for any
	Says     string `json:"says,omitempty"`     // how what a Go client prints of it ends, where the rule is written in its words; "" for any
	Inferred string `json:"inferred,omitempty"` // why this case is only inferred; "" when it is as well known as the fact
}

// ByDialTimeout marks a timeout that the dialer's own limit made, which is
// shorter than the deadline of the attempt.
const ByDialTimeout = "dial_timeout"

// RetrySchedule says how long a platform waits before it repeats (fact
// "retry_schedule").
type RetrySchedule struct {
	First  time.Duration // before the first repeat
	Factor float64       // by which each wait is longer than the one before
	Max    time.Duration // no wait is longer
	Jitter float64       // the share of a wait by which it may be shorter or longer, below 1
}

// Wait returns how long the platform waits before the n-th repeat, which is 1 or
// more, without its jitter.
func (s RetrySchedule) Wait(n int) time.Duration {
	wait := float64(s.First) * math.Pow(s.Factor, float64(n-1))
	if wait >= float64(s.Max) {
		return s.Max
	}
	return time.Duration(wait)
}

// RetryAfter says whether a platform waits as long as an answer's Retry-After
// asks, and how long at most (fact "retry_after").
type RetryAfter struct {
	Respected bool
	Cap       time.Duration
}

// Queue says which pushes wait for each other (fact "queue").
type Queue struct {
	Per     []string // "action", "incident": those that share all of these stand in one queue
	InOrder bool     // a push waits behind one that is being repeated
}

// Disablement says when a platform stops pushing an action, and for how long
// (fact "disablement").
type Disablement struct {
	After int           // consecutive pushes that were dropped; 0: never
	For   time.Duration //
}

func readSequel(facts map[string]Fact) (sequel, error) {
	var s sequel
	err := errors.Join(
		readFact(facts, "retry", &s.retry, readRetry),
		readFact(facts, "retry_schedule", &s.schedule, readSchedule),
		readFact(facts, "retry_after", &s.retryAfter, readRetryAfter),
		readFact(facts, "dial_timeout", &s.dialTimeout, readDelay),
		readFact(facts, "queue", &s.queue, readQueue),
		readFact(facts, "queue_limit", &s.queueLimit, readQueueLimit),
		readFact(facts, "disablement", &s.disablement, readDisablement),
	)
	if err == nil && s.retry.Max < 0 && s.schedule.First <= 0 {
		err = errors.New("/facts/retry_schedule: must be there, with a first wait above zero: retry has no max, and would repeat without end")
	}
	return s, err
}

// readFact reads a fact that may be left out.
func readFact[T any](facts map[string]Fact, name string, to *T, read func(json.RawMessage) (T, error)) error {
	fact, ok := facts[name]
	if !ok {
		return nil
	}
	var err error
	if *to, err = read(fact.Value); err != nil {
		return fmt.Errorf("/facts/%s: %w", name, err)
	}
	return nil
}

// exact reads raw into a T that has a field for each member.
func exact[T any](raw json.RawMessage) (v T, err error) {
	if err = as[T](raw); err == nil {
		err = json.Unmarshal(raw, &v)
	}
	return v, err
}

// reads makes the check of a fact's type out of its reader.
func reads[T any](read func(json.RawMessage) (T, error)) func(json.RawMessage) error {
	return func(raw json.RawMessage) error {
		_, err := read(raw)
		return err
	}
}

func readRetry(raw json.RawMessage) (Retry, error) {
	doc, err := exact[struct {
		Max    int         `json:"max"`
		Within string      `json:"within,omitempty"`
		On     []RetryCase `json:"on,omitempty"`
	}](raw)
	if err != nil {
		return Retry{}, err
	}
	out := Retry{Max: doc.Max, On: doc.On}
	if doc.Within != "" {
		if out.Within, err = time.ParseDuration(doc.Within); err != nil {
			return Retry{}, fmt.Errorf("within: %w", err)
		}
	}
	if out.Max < -1 || out.Max == -1 && out.Within <= 0 {
		return Retry{}, errors.New("max: 0 or more would do, or -1 with within")
	}
	for _, c := range out.On {
		if c.By != "" && c.By != ByDialTimeout {
			return Retry{}, fmt.Errorf("by: %q; %q would do, or nothing", c.By, ByDialTimeout)
		}
		if c.Status == "" {
			continue
		}
		if _, err := parseStatusRange(c.Status); err != nil {
			return Retry{}, err
		}
	}
	return out, nil
}

func readSchedule(raw json.RawMessage) (RetrySchedule, error) {
	doc, err := exact[struct {
		First  string  `json:"first"`
		Factor float64 `json:"factor"`
		Max    string  `json:"max"`
		Jitter float64 `json:"jitter"`
	}](raw)
	if err != nil {
		return RetrySchedule{}, err
	}
	first, errFirst := duration("first", doc.First)
	most, errMax := duration("max", doc.Max)
	if err := errors.Join(errFirst, errMax); err != nil {
		return RetrySchedule{}, err
	}
	switch {
	case doc.Factor < 1:
		return RetrySchedule{}, fmt.Errorf("factor: %v; 1 or more would do", doc.Factor)
	case most < first:
		return RetrySchedule{}, fmt.Errorf("max: %s is shorter than first", doc.Max)
	case doc.Jitter < 0 || doc.Jitter >= 1:
		return RetrySchedule{}, fmt.Errorf("jitter: %v; a share from 0 to below 1 would do", doc.Jitter)
	}
	return RetrySchedule{First: first, Factor: doc.Factor, Max: most, Jitter: doc.Jitter}, nil
}

func readRetryAfter(raw json.RawMessage) (RetryAfter, error) {
	doc, err := exact[struct {
		Respected bool   `json:"respected"`
		Cap       string `json:"cap"`
	}](raw)
	if err != nil {
		return RetryAfter{}, err
	}
	most, err := duration("cap", doc.Cap)
	return RetryAfter{Respected: doc.Respected, Cap: most}, err
}

func readQueue(raw json.RawMessage) (Queue, error) {
	const inOrder = "first in, first out"
	doc, err := exact[struct {
		Per   []string `json:"per"`
		Order string   `json:"order"`
	}](raw)
	switch {
	case err != nil:
		return Queue{}, err
	case doc.Order != inOrder && doc.Order != "not kept":
		return Queue{}, fmt.Errorf("order: %q; %q or \"not kept\" would do", doc.Order, inOrder)
	}
	for _, one := range doc.Per {
		if !slices.Contains([]string{"action", "incident"}, one) {
			return Queue{}, fmt.Errorf("per: %q; \"action\" and \"incident\" would do", one)
		}
	}
	return Queue{Per: doc.Per, InOrder: doc.Order == inOrder}, nil
}

func readQueueLimit(raw json.RawMessage) (int, error) {
	n, err := exact[int](raw)
	if err == nil && n < 1 {
		err = fmt.Errorf("%d; 1 or more would do", n)
	}
	return n, err
}

func readDisablement(raw json.RawMessage) (Disablement, error) {
	doc, err := exact[struct {
		After int    `json:"after"`
		For   string `json:"for"`
	}](raw)
	if err != nil {
		return Disablement{}, err
	}
	if doc.After < 1 {
		return Disablement{}, fmt.Errorf("after: %d; 1 or more would do", doc.After)
	}
	long, err := duration("for", doc.For)
	return Disablement{After: doc.After, For: long}, err
}

// readDelay reads a duration that may be zero.
func readDelay(raw json.RawMessage) (time.Duration, error) {
	return duration("", valueText(raw))
}

func duration(member, text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err == nil && d < 0 {
		err = fmt.Errorf("%q is below zero", text)
	}
	if err != nil && member != "" {
		err = fmt.Errorf("%s: %w", member, err)
	}
	return d, err
}

// Retry returns what the platform repeats (fact "retry").
func (p *Profile) Retry() Retry { return p.rules.retry }

// RetrySchedule returns how long the platform waits before it repeats (fact
// "retry_schedule").
func (p *Profile) RetrySchedule() RetrySchedule { return p.rules.schedule }

// RetryAfter returns what the platform makes of an answer's Retry-After (fact
// "retry_after").
func (p *Profile) RetryAfter() RetryAfter { return p.rules.retryAfter }

// DialTimeout returns how long the platform waits for a connection, where that
// is shorter than its deadline; 0: as long as that (fact "dial_timeout").
func (p *Profile) DialTimeout() time.Duration { return p.rules.dialTimeout }

// Queue returns which pushes wait for each other (fact "queue").
func (p *Profile) Queue() Queue { return p.rules.queue }

// QueueLimit returns how many pushes of one action may be under way or wait for
// their turn; 0: as many as come (fact "queue_limit").
func (p *Profile) QueueLimit() int { return p.rules.queueLimit }

// Disablement returns when the platform stops pushing an action (fact
// "disablement").
func (p *Profile) Disablement() Disablement { return p.rules.disablement }
