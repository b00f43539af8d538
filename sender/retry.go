package sender

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hookdrill/hookdrill/schema"
)

// Ended says how a delivery came to its end.
type Ended string

// How a delivery ends. The empty one has not ended yet.
const (
	EndedDelivered Ended = "delivered"
	EndedDropped   Ended = "dropped"    // the failure is none that the platform repeats
	EndedExhausted Ended = "exhausted"  // it is, and all repeats are used up
	EndedDisabled  Ended = "disabled"   // the action was disabled: nothing more, perhaps nothing at all, was sent
	EndedTooLarge  Ended = "too_large"  // the body is larger than the platform sends: nothing was sent
	EndedQueueFull Ended = "queue_full" // so many of the action's pushes had not ended that the platform takes no more: nothing was sent
	EndedOpen      Ended = "open"       // the platform would repeat it, and repeats are not played here
	EndedCanceled  Ended = "canceled"   // whoever pressed gave up, where a platform would have gone on
)

// sequel is what a platform does after an attempt.
type sequel struct {
	ended Ended             // "" when it is sent again
	by    *schema.RetryCase // by which rule, nil when it is not repeated
	wait  time.Duration     // until it is sent again, without jitter and however little is left
	left  time.Duration     // of the time in which it is repeated: the last wait ends with it
	asked string            // what the answer's Retry-After says, in words; "" for nothing
	least time.Duration     // what of that is respected: no jitter makes it less
}

// sequelOf is what the platform does after a, which began when so much platform
// time had passed since the first attempt began.
func sequelOf(p *schema.Profile, a Attempt, passed time.Duration) sequel {
	switch {
	case a.Delivered:
		return sequel{ended: EndedDelivered}
	case a.Outcome.Kind == Canceled:
		return sequel{ended: EndedCanceled}
	}
	rule := p.Retry()
	by := slices.IndexFunc(rule.On, func(c schema.RetryCase) bool { return isCase(c, a) })
	switch {
	case by < 0 || rule.Max == 0:
		return sequel{ended: EndedDropped}
	case rule.Max > 0 && a.Number > rule.Max, rule.Within > 0 && passed >= rule.Within:
		return sequel{ended: EndedExhausted, by: &rule.On[by]}
	}
	next := sequel{by: &rule.On[by], wait: p.RetrySchedule().Wait(a.Number), left: longest}
	if rule.Within > 0 {
		next.left = rule.Within - passed
	}
	if after, asked := retryAfter(a.Header, a.Started.Add(a.Took)); asked {
		next.asked = inWords(after)
		if p.RetryAfter().Respected {
			next.least = min(after, p.RetryAfter().Cap)
			next.wait = max(next.wait, next.least)
		}
	}
	return next
}

func isCase(c schema.RetryCase, a Attempt) bool {
	if c.Status != "" {
		return a.Outcome.Kind == Answered && inRange(c.Status, a.Status)
	}
	return c.Kind == string(a.Outcome.Kind) && (c.Phase == "" || c.Phase == string(a.Outcome.Phase)) &&
		(c.By != schema.ByDialTimeout || a.DialTimeout > 0) && strings.HasSuffix(a.GoText, c.Says)
}

// inRange reports whether status is "429" or in "500-599".
func inRange(text string, status int) bool {
	from, to, isRange := strings.Cut(text, "-")
	if !isRange {
		to = from
	}
	low, errLow := strconv.Atoi(from)
	high, errHigh := strconv.Atoi(to)
	return errLow == nil && errHigh == nil && low <= status && status <= high
}

// longest is the longest wait that an answer can ask for: a hundred years.
const longest = 100 * 365 * 24 * time.Hour

// retryAfter is what an answer that came at that time asks for in its
// Retry-After: seconds, or a date. Anything else asks for nothing.
func retryAfter(h http.Header, came time.Time) (wait time.Duration, asked bool) {
	text := strings.TrimSpace(h.Get("Retry-After"))
	if text == "" {
		return 0, false
	}
	if strings.Trim(text, "0123456789") == "" {
		seconds, err := strconv.ParseUint(text, 10, 64)
		if err != nil || seconds > uint64(longest/time.Second) {
			return longest, true // too many digits, but digits
		}
		return time.Duration(seconds) * time.Second, true
	}
	date, err := http.ParseTime(text)
	if err != nil {
		return 0, false
	}
	return min(max(0, date.Sub(came)), longest), true
}

// jittered is the wait after an attempt of a press, made shorter or longer by the
// schedule's jitter. With a seed it depends on nothing but the seed and the two
// numbers: an event id may hold the clock.
func (s *Sender) jittered(next sequel, press uint64, attempt int) time.Duration {
	schedule := s.registry.profile.RetrySchedule()
	luck := rand.Float64()
	if s.settings.seed != nil {
		h := fnv.New64a()
		fmt.Fprintf(h, "%d/wait/%d/%d", *s.settings.seed, press, attempt)
		luck = rand.New(rand.NewPCG(h.Sum64(), 0)).Float64()
	}
	wait := max(next.least, time.Duration(float64(next.wait)*(1+schedule.Jitter*(2*luck-1))))
	if next.left-wait < schedule.Wait(1) {
		return next.left // no room for another: the last repeat ends the time
	}
	return wait
}
