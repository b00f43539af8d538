package scenarios

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/hookdrill/hookdrill/sender"
)

// How closely the runner watches its own machine, and what it makes of a story
// that failed while the machine stood still.
const (
	stallTick = 5 * time.Millisecond
	stallFrom = 25 * time.Millisecond // shorter ones are not kept
	stallPart = 10                    // a deadline that was missed while we stood still for a tenth of it proves nothing
	tellings  = 3                     // so often a story is told until it can be judged, where nobody but us is pressed
)

// stoodStill says why a story with a real endpoint cannot be judged: telling it
// again would press a real button again.
const stoodStill = "inside our own margin: this machine stood still for %s while a deadline of %s ran, so it says nothing about the endpoint; try it on a machine with more room"

// stalls knows when this process stood still: it did not wake up when it should
// have, and whatever it measured then came out too long.
type stalls struct {
	mu   sync.Mutex
	list []stall
}

type stall struct {
	end    time.Time
	lasted time.Duration
}

// watchStalls watches until the returned func is called, which waits for its end.
func watchStalls() (s *stalls, stop func()) {
	s = &stalls{}
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(stallTick)
		defer tick.Stop()
		for last := time.Now(); ; {
			select {
			case <-tick.C:
			case <-done:
				return
			}
			now := time.Now()
			if d := now.Sub(last) - stallTick; d >= stallFrom {
				s.mu.Lock()
				s.list = append(s.list, stall{now, d})
				s.mu.Unlock()
			}
			last = now
		}
	}()
	return s, func() {
		close(done)
		<-ended
	}
}

// longest returns the longest time that the process stood still for, of those
// that reach into from to to.
func (s *stalls) longest(from, to time.Time) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	var most time.Duration
	for _, one := range slices.Backward(s.list) {
		if one.end.Before(from) {
			break
		}
		if one.end.Add(-one.lasted).Before(to) {
			most = max(most, one.lasted)
		}
	}
	return most
}

// judged tells the turn until it can be judged. A story that failed by a deadline
// while this machine stood still is told again where all endpoints are ours, and
// is an error where one is real.
func (r Runner) judged(ctx, begin context.Context, t *turn, s *stalls) Result {
	for told := 1; ; told++ {
		res := r.take(ctx, begin, t)
		still, deadline := s.doubt(res)
		slow := res.Verdict == Failed && res.slow != "" && !t.real()
		if still == 0 && !slow || ctx.Err() != nil {
			if told > 1 {
				res.Notes = append(res.Notes, fmt.Sprintf("told %d times: before, this machine stood still while a deadline ran", told))
			}
			return res
		}
		if slow && still == 0 && told == tellings {
			res.Verdict, res.Reason = Errored, "inside our own margin: "+res.slow
			return res
		}
		if t.real() || told == tellings {
			res.Verdict, res.Reason = Errored, fmt.Sprintf(stoodStill, human(still.Round(time.Millisecond)), human(deadline))
			return res
		}
	}
}

// doubt returns how long the process stood still in a step that may have failed
// by that alone, with the deadline that passed meanwhile; 0 when the verdict
// stands.
func (s *stalls) doubt(res Result) (still, deadline time.Duration) {
	if res.Verdict != Failed {
		return 0, 0
	}
	for _, step := range res.Steps {
		for _, d := range step.Deliveries {
			for _, a := range d.Attempts[min(step.Attempt, len(d.Attempts)):] {
				if a.Outcome.Kind != sender.Timeout {
					continue
				}
				stood := max(a.CutOff, s.longest(a.Started, a.Started.Add(a.Took)))
				if stood > a.Deadline/stallPart {
					return stood, a.Deadline
				}
			}
		}
	}
	return 0, 0
}
