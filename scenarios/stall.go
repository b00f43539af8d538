package scenarios

import (
	"cmp"
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
	frozen    = time.Second           // standing still for so long, we may have given up anything: a reaction, a count, a call
	tellings  = 3                     // so often a story is told until it can be judged, where nobody but us is pressed
)

// What is said of a story that cannot be judged. With a real endpoint telling it
// again would press a real button again.
const (
	insideMargin = "inside our own margin: "
	stoodStill   = "this machine stood still for %s while a deadline of %s ran, so it says nothing about the endpoint; try it on a machine with more room"
	stoodFrozen  = "line %d: this machine stood still for %s, so what is missing may only be late; try it on a machine with more room"
)

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
// Virtual time stands still as long as there is anything to do.
func (r Runner) watchStalls() (s *stalls, stop func()) {
	s = &stalls{}
	if r.Virtual {
		return s, func() {}
	}
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
// and perhaps by this machine alone is told again where all endpoints are ours,
// and is an error where one is real.
func (r Runner) judged(ctx, begin context.Context, t *turn, s *stalls) Result {
	for told := 1; ; told++ {
		res := r.take(ctx, begin, t)
		why := s.doubt(res, t.real())
		if why == "" || ctx.Err() != nil {
			if told > 1 {
				res.Notes = append(res.Notes, fmt.Sprintf("told %d times: before, this machine stood still while a deadline ran", told))
			}
			return res
		}
		if t.real() || told == tellings {
			res.Verdict, res.Reason = Errored, insideMargin+why
			return res
		}
	}
}

// doubt says why the machine may have made the story fail: it stood still while a
// deadline ran that passed, or for so long that what our own mocks do was given up,
// or a mock of ours had answered in time. "" when the verdict stands.
func (s *stalls) doubt(res Result, real bool) string {
	if res.Verdict != Failed {
		return ""
	}
	for _, step := range res.Steps {
		for _, d := range step.Deliveries {
			for _, a := range d.Attempts[min(step.Attempt, len(d.Attempts)):] {
				if a.Outcome.Kind != sender.Timeout {
					continue
				}
				still, limit := max(a.CutOff, s.longest(a.Started, a.Started.Add(a.Took))), cmp.Or(a.DialTimeout, a.Deadline)
				if still > limit/stallPart {
					return fmt.Sprintf(stoodStill, human(still.Round(time.Millisecond)), human(limit))
				}
			}
		}
	}
	if real {
		return ""
	}
	for _, step := range res.Steps {
		if still := s.longest(step.Started, step.Started.Add(step.Took)); step.Verdict == Failed && still > frozen {
			return fmt.Sprintf(stoodFrozen, step.Line, human(still.Round(time.Millisecond)))
		}
	}
	return res.slow
}
