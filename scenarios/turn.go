package scenarios

import (
	"context"
	"errors"
	"fmt"
	"maps"
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
		pressed: map[string]sender.Delivery{}, attempts: map[link]int{},
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
	err := t.wrong
	if err == nil {
		err = r.open(ctx, t, p, &res)
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
func (r Runner) open(ctx context.Context, t *turn, p *play, res *Result) error {
	var err error
	if p.profile, err = r.shelf.open(t.profile); err != nil {
		return err
	}
	assume := maps.Clone(t.scenario.Assume)
	if assume == nil {
		assume = map[string]string{}
	}
	maps.Copy(assume, r.Assume)
	for _, name := range slices.Sorted(maps.Keys(assume)) {
		if p.profile, err = p.profile.Assume(name, assume[name]); err != nil {
			return err
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
	now := r.Now
	if now == nil {
		now = time.Now
	}
	err = p.open(ctx, opening{
		seed: t.derived(res.Profile), now: now, deadline: deadline, allowExec: r.AllowExec, getenv: r.getenv, logger: r.Logger,
	})
	if err == nil && r.OnSeats != nil {
		r.OnSeats(maps.Clone(p.urls))
	}
	return err
}

func (r Runner) getenv(name string) string {
	if r.Getenv == nil {
		return ""
	}
	value, _ := r.Getenv(name)
	return value
}

// tell carries the steps out until one is not passed, and draws the verdict.
func (r Runner) tell(ctx context.Context, t *turn, p *play, res *Result) {
	checks := 0
	for _, step := range t.scenario.Steps {
		if r.UntilLine > 0 && step.Line > r.UntilLine {
			break
		}
		one := StepResult{Line: step.Line, Name: step.title(), Verdict: Skipped, Started: time.Now()}
		if res.Verdict == "" {
			p.carry(ctx, step, &one)
			checks += one.Checks
			res.end(one)
		}
		res.Steps = append(res.Steps, one)
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
func (p *play) carry(ctx context.Context, s Step, res *StepResult) {
	p.marks = append(p.marks, p.watch.counts())
	err := errInterrupted
	if ctx.Err() == nil {
		err = p.step(ctx, s, res)
	}
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

// finish fills in what is only known when everything has ended: the entries as
// they ended, and what started endpoints wrote if the story did not pass.
func (p *play) finish(res *Result) {
	for i, from := range p.marks[:min(len(p.marks), len(res.Steps))] { // a step that panicked has no result
		to := p.watch.counts()
		if i+1 < len(p.marks) {
			to = p.marks[i+1]
		}
		for _, s := range p.seats {
			res.Steps[i].Entries = append(res.Steps[i].Entries, p.watch.between(s.name, from[s.name], to[s.name])...)
		}
		slices.SortStableFunc(res.Steps[i].Entries, func(a, b receiver.Entry) int { return a.Arrived.Compare(b.Arrived) })
	}
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
