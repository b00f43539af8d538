package scenarios

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"runtime/debug"
	"slices"
	"time"

	"github.com/hookdrill/hookdrill/receiver"
	"github.com/hookdrill/hookdrill/sender"
)

var errFailedFast = errors.New("another story failed before (fail-fast)")

// take does one turn, unless begin has ended. Whatever happens, everything that
// it started is stopped when it returns.
func (r Runner) take(ctx, begin context.Context, t *turn) (res Result) {
	res = Result{
		File: t.scenario.File, Line: t.scenario.Line, Name: t.title(), Tags: t.scenario.Tags, Stage: r.Stage,
		Profile: t.profile, Seed: t.seed, Started: time.Now(),
	}
	p := &play{
		scenario: t.scenario, stage: t.stage, watch: newWatch(),
		pressed: map[string]sender.Delivery{}, attempts: map[visit]int{},
	}
	defer func() {
		if v := recover(); v != nil {
			res.Verdict, res.Reason = Errored, fmt.Sprintf("hookdrill panicked: %v\n%s", v, debug.Stack())
		}
		res.Took = time.Since(res.Started)
		res.Again = r.again(t, res)
		t.scenario.conceal(&res)
	}()
	switch {
	case begin.Err() != nil:
		res.Verdict, res.Reason = Skipped, notBegun(begin)
		return res
	case t.skip != "":
		res.Verdict, res.Reason = Skipped, t.skip
		return res
	}
	defer p.finish(&res)
	defer p.close()
	defer p.mourn(&res)
	defer p.leave(&res)
	err := t.wrong
	if err == nil {
		ctx, err = r.open(ctx, t, p, &res)
	}
	if err != nil {
		res.Verdict, res.Reason = Errored, err.Error()
		if ctx.Err() != nil {
			res.Reason = errInterrupted.Error()
		}
		return res
	}
	r.tell(ctx, t, p, &res)
	return res
}

func notBegun(begin context.Context) string {
	if cause := context.Cause(begin); errors.Is(cause, errFailedFast) {
		return cause.Error()
	}
	return "interrupted before it began"
}

// open reads the profile, says what is not as documented, and opens the play.
// The context that it returns holds the platform's clock.
func (r Runner) open(ctx context.Context, t *turn, p *play, res *Result) (context.Context, error) {
	if r.Virtual && (r.Network == nil || r.Listen == nil) {
		return ctx, errNoMemory
	}
	var err error
	if p.profile, err = r.shelf.open(t.profile); err != nil {
		return ctx, err
	}
	assume := maps.Clone(t.scenario.Assume)
	if assume == nil {
		assume = map[string]string{}
	}
	maps.Copy(assume, r.Assume)
	for _, name := range slices.Sorted(maps.Keys(assume)) {
		if p.profile, err = p.profile.Assume(name, assume[name]); err != nil {
			return ctx, err
		}
		res.Notes = append(res.Notes, fmt.Sprintf("assumes %s %s", name, assume[name]))
	}
	res.Profile = p.profile.Ref()
	deadline := t.scenario.Deadline
	if r.Deadline != 0 {
		deadline = r.Deadline
	}
	if deadline != 0 {
		res.Notes = append(res.Notes, fmt.Sprintf("%s in place of the documented %s", human(deadline), human(p.profile.Deadline())))
	}
	if t.scenario.KeepConnections {
		res.Notes = append(res.Notes, "connections are kept open between attempts")
	}
	start := time.Now()
	if r.Now != nil {
		start = r.Now()
	}
	ctx = p.begin(ctx, start)
	err = p.open(ctx, opening{
		seed: t.derived(res.Profile), now: r.Now, deadline: deadline, linger: cmp.Or(r.Linger, t.scenario.Linger), allowExec: r.AllowExec, getenv: r.getenv, logger: r.Logger, listen: r.listen,
		profiles: r.shelf.open, network: r.Network, virtual: r.Virtual,
	})
	if err == nil && r.OnSeats != nil {
		r.OnSeats(p.consoleURLs())
	}
	return ctx, err
}

func (r Runner) listen(addr string) (net.Listener, error) {
	if r.Listen == nil {
		// Nobody asks whether who is silent on this machine is still there.
		return (&net.ListenConfig{KeepAlive: -1}).Listen(context.Background(), "tcp", addr)
	}
	return r.Listen(addr)
}

func (r Runner) getenv(name string) string {
	if r.Getenv == nil {
		return ""
	}
	value, _ := r.Getenv(name)
	return value
}

// tell carries the steps out until one is not passed, then the teardown whatever
// became of them, and draws the verdict.
func (r Runner) tell(ctx context.Context, t *turn, p *play, res *Result) {
	setup, steps := t.scenario.until(r.UntilLine)
	for _, step := range setup {
		p.one(ctx, step, PartSetup, res)
	}
	for _, step := range steps {
		p.one(ctx, step, "", res)
	}
	p.tearDown(ctx, t.scenario.Teardown, res)
	checks := 0
	for _, step := range res.Steps {
		checks += step.Checks
	}
	switch {
	case res.Verdict != "":
	case checks == 0:
		res.Verdict, res.Reason = Skipped, "nothing was judged"
	default:
		res.Verdict = Passed
	}
	if t.twin != nil {
		t.twin.turnAround(res)
	}
}

// until returns the setup and the steps up to and including the one that holds
// line; 0 is all. A story's parts follow each other as they are told, wherever they
// stand in the file: a line of the teardown lies behind all others.
func (s *Scenario) until(line int) (setup, steps []Step) {
	holds := func(step Step) bool { return step.Line <= line && line <= step.End }
	begun := func(list []Step) []Step {
		if n := slices.IndexFunc(list, func(step Step) bool { return step.Line > line }); n >= 0 {
			return list[:n]
		}
		return list
	}
	switch {
	case line == 0 || slices.ContainsFunc(s.Teardown, holds):
		return s.Setup, s.Steps
	case slices.ContainsFunc(s.Setup, holds):
		return begun(s.Setup), nil
	default:
		return s.Setup, begun(s.Steps)
	}
}

// one carries out one step, unless one before it was not passed.
func (p *play) one(ctx context.Context, step Step, part Part, res *Result) {
	one := StepResult{Line: step.Line, Name: step.title(), Part: part, Verdict: Skipped, Started: time.Now()}
	if res.Verdict == "" {
		p.carry(ctx, len(res.Steps), step, &one)
		res.end(one)
	}
	res.Steps = append(res.Steps, one)
}

// teardownGrace is how long a teardown may take after an interrupt.
const teardownGrace = 5 * time.Second

// tearDown carries out the teardown, each step of it whatever became of the
// others. A step of it that is not passed is the story's failure.
func (p *play) tearDown(ctx context.Context, steps []Step, res *Result) {
	if len(steps) == 0 {
		return
	}
	lasting, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cancel(nil)
	defer context.AfterFunc(ctx, func() {
		late := time.AfterFunc(teardownGrace, func() { cancel(errInterrupted) })
		context.AfterFunc(lasting, func() { late.Stop() })
	})()
	for _, step := range steps {
		one := StepResult{Line: step.Line, Name: step.title(), Part: PartTeardown, Started: time.Now()}
		p.carry(lasting, len(res.Steps), step, &one)
		if res.Verdict == "" {
			res.end(one)
		}
		res.Steps = append(res.Steps, one)
	}
}

// end ends the story with a step that was not passed.
func (res *Result) end(step StepResult) {
	switch step.Verdict {
	case Failed:
		res.Verdict = Failed
	case Errored:
		res.Verdict, res.Reason = Errored, step.Failures[len(step.Failures)-1].Text
	}
}

// carry carries out one step and says how it ended.
func (p *play) carry(ctx context.Context, number int, s Step, res *StepResult) {
	p.marks = append(p.marks, mark{number, p.watch.counts(), p.watch.said(), s.Expect.waives()})
	err := errInterrupted
	if ctx.Err() == nil {
		err = p.step(ctx, s, res)
	}
	p.keep(number, res)
	res.Took = time.Since(res.Started)
	switch {
	case err != nil:
		res.Verdict = Errored
		res.Failures = append(res.Failures, Failure{What: "error", Text: err.Error(), Line: s.Line})
	case len(res.Failures) > 0:
		res.Verdict = Failed
	default:
		res.Verdict = Passed
	}
}

// mourn notes which of the endpoints that the story has started are not there any
// more, if it did not pass.
func (p *play) mourn(res *Result) {
	if res.Verdict == Passed {
		return
	}
	for _, s := range p.seats {
		if s.process == nil {
			continue
		}
		if err := s.process.ended(); err != nil {
			res.Notes = append(res.Notes, fmt.Sprintf("endpoint %s ended by itself: %v", s.name, err))
		}
	}
}

// finish fills in what is only known when everything has ended: the entries as
// they ended, and what started endpoints wrote if the story did not pass.
func (p *play) finish(res *Result) {
	var refused []Told // and no step says so
	for i, m := range p.marks {
		if m.step >= len(res.Steps) {
			break // a step that panicked has no result
		}
		to, until := p.watch.counts(), p.watch.said()
		if i+1 < len(p.marks) {
			to, until = p.marks[i+1].counts, p.marks[i+1].told
		}
		step := &res.Steps[m.step]
		for _, s := range p.seats {
			step.Entries = append(step.Entries, p.watch.between(s.name, m.counts[s.name], to[s.name])...)
		}
		step.Timeline = p.watch.heard(m.told)[:until-m.told]
		if !m.waived {
			refused = append(refused, refusals(step.Timeline)...)
		}
		slices.SortStableFunc(step.Entries, func(a, b receiver.Entry) int { return a.Arrived.Compare(b.Arrived) })
	}
	if note := refusedNote(refused); note != "" {
		res.Notes = append(res.Notes, note)
	}
	p.join(res)
	res.slow = p.slow(res)
	if res.Verdict == Passed {
		return
	}
	for _, s := range p.seats {
		if s.process == nil {
			continue
		}
		for _, line := range s.process.output.lines(outputShown) {
			res.Notes = append(res.Notes, "endpoint "+s.name+" wrote: "+visible(line))
		}
	}
}
