package scenarios

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

// title names the step for people: "press restart".
func (s Step) title() string {
	switch {
	case s.Press != nil:
		return "press " + s.Press.Action
	case s.Redeliver != "":
		return "redeliver " + s.Redeliver
	case s.Settle != "":
		return "settle " + s.Settle
	case s.Wait != nil:
		return "wait " + s.Wait.Endpoint
	case s.Request != nil:
		return "request " + schema.RedactURL(s.Request.URL)
	case s.Add != "":
		return "add " + s.Add
	case s.Enable != "":
		return "enable " + s.Enable
	case len(s.Behaviors) > 0:
		return "behavior " + strings.Join(slices.Sorted(maps.Keys(s.Behaviors)), ", ")
	default:
		return "at +" + span(s.At)
	}
}

// acts reports whether the step does more than to let time pass and to change
// behaviors.
func (s Step) acts() bool {
	return s.Press != nil || s.Redeliver != "" || s.Settle != "" || s.Wait != nil || s.Request != nil || s.Add != "" || s.Enable != ""
}

// baseline is how everything stood when a step began.
type baseline struct {
	effects map[string]int
	entries map[string]int
	told    int       // by the consoles
	began   time.Time // the step, in platform time
}

// errInterrupted is what a step ends with that was cut off from outside.
var errInterrupted = errors.New("interrupted")

// step carries one step out and judges it. An error means that it could not be
// judged.
func (p *play) step(ctx context.Context, s Step, res *StepResult) error {
	res.Platform = p.elapsed()
	if s.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, s.Timeout, fmt.Errorf("took longer than %s", human(s.Timeout)))
		defer cancel()
	}
	err := p.perform(ctx, s, res)
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) && s.Timeout > 0 {
		return context.Cause(ctx)
	}
	return err
}

// perform does what the step says, in the order of its nouns: time, behaviors,
// the act, what came of it.
func (p *play) perform(ctx context.Context, s Step, res *StepResult) error {
	s, err := expandAll(s, p.known())
	if err != nil {
		return err
	}
	before, err := p.baseline(ctx, s)
	if err != nil {
		return err
	}
	if s.At > 0 {
		if err := p.moveTo(ctx, s.At); err != nil {
			return err
		}
	}
	if err := p.behave(s.Behaviors); err != nil {
		return err
	}
	if s.At > 0 && s.acts() { // what time brings is not what the step does
		if before, err = p.baseline(ctx, s); err != nil {
			return err
		}
	}
	if s.Wait != nil {
		j, err := p.wait(ctx, *s.Wait, s.Line)
		res.take(j)
		before = baseline{began: before.began} // what a wait expects counts since the story began
		if err != nil || len(j.failures) > 0 {
			return err
		}
	}
	view, pending, err := p.act(ctx, s)
	if err != nil {
		res.show(view, pending)
		return err
	}
	j, err := p.settle(ctx, s, before, view)
	res.show(view, pending)
	if err != nil {
		return err
	}
	res.take(j)
	return p.capture(ctx, s, before, view)
}

// take adds a judgment to the step's result.
func (r *StepResult) take(j judgment) {
	r.Checks += j.checks
	r.Failures = append(r.Failures, j.failures...)
}

// show puts what was seen into the step's result, deliveries as they are now.
func (r *StepResult) show(view *sight, pending []*sender.Pending) {
	r.Effects, r.Answer, r.pending = view.effects, view.answer, pending
	for i, one := range view.pushes {
		d := one.delivery
		if pending != nil && pending[i] != nil {
			d = pending[i].Delivery()
		}
		if d.Action == "" {
			continue // refused: there is none
		}
		r.Deliveries, r.Attempt = append(r.Deliveries, d), one.attempt
	}
}

// baseline reads what stands before the step sends anything.
func (p *play) baseline(ctx context.Context, s Step) (baseline, error) {
	if s.Effects != nil || s.Expect.looks() {
		p.calm(ctx) // what the steps before began is theirs
	}
	b := baseline{effects: map[string]int{}, entries: p.watch.counts(), told: p.watch.said(), began: p.clock.Now()}
	if s.Effects == nil {
		return b, nil
	}
	for _, c := range s.Effects.Counts {
		n, err := p.counted(ctx, c.Name)
		if err != nil {
			return b, err
		}
		b.effects[c.Name] = n
	}
	return b, nil
}

// counted asks one effect's counter.
func (p *play) counted(ctx context.Context, name string) (int, error) {
	if c := p.counters[name]; c != nil {
		n, err := c(ctx)
		if err != nil {
			return 0, fmt.Errorf("effect %s: %s: %w", name, p.stage.Effects[name].where(), err)
		}
		return n, nil
	}
	source, ok := p.stage.Effects[name]
	if !ok {
		return 0, fmt.Errorf("effect %s: stage %s does not say what it counts", name, p.stage.Name)
	}
	if source.Timeline != nil {
		return p.watch.chosen(*source.Timeline), nil
	}
	return p.watch.count(source.Requests), nil
}

// wait waits until enough requests have reached an endpoint since the story
// began, and then for quiet. Where only mocks are looked at it is platform time
// that passes.
func (p *play) wait(ctx context.Context, w WaitStep, line int) (judgment, error) {
	var j judgment
	count := func() int { return p.watch.count(w.Endpoint) }
	began := time.Now()
	if err := p.pass(ctx, w.Within, func() bool { return count() >= w.Count }); err != nil {
		return j, err
	}
	came, how := count(), "within "+human(w.Within)
	if time.Since(began) < w.Within && !p.busy() {
		how = "and nothing in flight any more"
	}
	j.check(came >= w.Count, "wait.count", line, "%s: %d %s, want %d", w.Endpoint, came, how, w.Count)
	if w.ThenQuiet > 0 && came >= w.Count {
		if err := p.pass(ctx, w.ThenQuiet, func() bool { return count() > w.Count }); err != nil {
			return j, err
		}
		j.check(count() <= w.Count, "wait.then_quiet", line, "%s: %d, want %d and then quiet for %s", w.Endpoint, count(), w.Count, human(w.ThenQuiet))
	}
	if w.Gaps != nil {
		times := p.watch.arrivals(w.Endpoint)
		for i := 1; i < len(times); i++ {
			gap := times[i] - times[i-1]
			j.check(w.Gaps.holds(gap), "wait.gaps", w.Gaps.Line, "%s: %s between arrivals %d and %d, want %s", w.Endpoint, span(gap), i, i+1, w.Gaps)
		}
	}
	return j, nil
}

// pass lets time go on until met holds or d is over: the platform's, unless only
// real time can bring it.
func (p *play) pass(ctx context.Context, d time.Duration, met func() bool) error {
	if p.tells() {
		return p.await(ctx, d, met)
	}
	return p.until(ctx, d, 0, noIdea, met)
}

// where says what an effect's counter looks at.
func (e EffectSource) where() string {
	switch {
	case e.Lines != "":
		return e.Lines
	case e.Get != "":
		return "GET " + schema.RedactURL(e.Get)
	default:
		return fmt.Sprint(e.Command)
	}
}

// human writes a duration as reports do: "500 ms", "1.5 s", "40h".
func human(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%g ms", float64(d)/float64(time.Millisecond))
	case d < 2*time.Minute:
		return fmt.Sprintf("%g s", d.Seconds())
	default:
		return span(d)
	}
}
