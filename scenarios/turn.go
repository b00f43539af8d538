package scenarios

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"net/netip"
	"path"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/hookdrill/hookdrill/receiver"
	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

// turn is one story, or one of its broken twins, to be told once on one profile.
type turn struct {
	scenario *Scenario
	stage    Stage
	profile  string // a reference; "" when there is none to run on
	twin     *Twin
	seed     uint64
	skip     string // why it is not told
	wrong    error  // why it cannot be told
}

var errFailedFast = errors.New("another story failed before (fail-fast)")

// real reports whether an endpoint of the turn is not ours.
func (t *turn) real() bool {
	for _, e := range t.stage.Endpoints {
		if e.real() {
			return true
		}
	}
	return false
}

// plan makes the turns of every story: each profile, each twin, each
// repetition, in the order of the list.
func (r Runner) plan(list []*Scenario) []*turn {
	var turns []*turn
	for i := range max(r.Repeat, 1) {
		for _, s := range list {
			for _, t := range r.turns(s) {
				t.seed = r.Seed + uint64(i)
				turns = append(turns, t)
			}
		}
	}
	return turns
}

// turns makes the turns of one story.
func (r Runner) turns(s *Scenario) []*turn {
	stage, ok := s.Stages[r.Stage]
	if !ok {
		return []*turn{{scenario: s, skip: fmt.Sprintf("it has no stage %s, only %s", r.Stage, strings.Join(slices.Sorted(maps.Keys(s.Stages)), ", "))}}
	}
	refs, err := r.profiles(s, stage)
	if err != nil {
		return []*turn{{scenario: s, stage: stage, wrong: err}}
	}
	if len(refs) == 0 {
		return []*turn{{scenario: s, stage: stage, skip: r.disjoint(s, stage)}}
	}
	var turns []*turn
	for _, ref := range refs {
		if !r.Twins {
			turns = append(turns, &turn{scenario: s, stage: stage, profile: ref})
			continue
		}
		for i := range s.Twins {
			t := &turn{twin: &s.Twins[i], profile: ref}
			t.scenario, t.stage = s.broken(s.Twins[i], stage)
			turns = append(turns, t)
		}
	}
	return turns
}

// broken returns the story and stage with the twin laid over them.
func (s *Scenario) broken(twin Twin, stage Stage) (*Scenario, Stage) {
	out := *s
	out.Actions = maps.Clone(s.Actions)
	for name, a := range twin.Actions {
		out.Actions[name] = s.Actions[name].over(a)
	}
	stage.Endpoints = maps.Clone(stage.Endpoints)
	for name, e := range twin.Endpoints {
		stage.Endpoints[name] = stage.Endpoints[name].over(e)
	}
	return &out, stage
}

// profiles returns the references to run on: those of the story that the stage
// and r take too. A platform's name alone takes every date of it; where all
// name only the platform, it is the newest.
func (r Runner) profiles(s *Scenario, stage Stage) ([]string, error) {
	refs := s.Profiles
	if len(refs) == 0 {
		known, err := schema.ListFS(r.Profiles)
		if err != nil {
			return nil, err
		}
		for _, one := range known {
			if !slices.Contains(refs, one.Platform) {
				refs = append(refs, one.Platform)
			}
		}
	}
	for _, filter := range [][]string{stage.Profiles, r.Only} {
		if len(filter) > 0 {
			refs = common(refs, filter)
		}
	}
	return refs, nil
}

// common returns what both lists take, each in its narrower form, in the order
// of a.
func common(a, b []string) []string {
	var out []string
	for _, x := range a {
		for _, y := range b {
			narrow := ""
			switch {
			case x == y, strings.HasPrefix(x, y+"@"):
				narrow = x
			case strings.HasPrefix(y, x+"@"):
				narrow = y
			}
			if narrow != "" && !slices.Contains(out, narrow) {
				out = append(out, narrow)
			}
		}
	}
	return out
}

// disjoint says why no profile is left to run on.
func (r Runner) disjoint(s *Scenario, stage Stage) string {
	text := "no profile to run on: the story has " + enumerated(s.Profiles)
	if len(stage.Profiles) > 0 {
		text += ", stage " + stage.Name + " has " + enumerated(stage.Profiles)
	}
	if len(r.Only) > 0 {
		text += ", asked for was " + enumerated(r.Only)
	}
	return text
}

func enumerated(names []string) string {
	if len(names) == 0 {
		return "all"
	}
	return strings.Join(names, " ")
}

// take does one turn, unless begin has ended. Whatever happens, everything that
// it started is stopped when it returns.
func (r Runner) take(ctx, begin context.Context, t *turn) (res Result) {
	res = Result{
		File: t.scenario.File, Line: t.scenario.Line, Name: t.title(), Tags: t.scenario.Tags, Stage: r.Stage,
		Profile: t.profile, Seed: t.seed, Started: time.Now(),
	}
	p := &play{
		scenario: t.scenario, stage: t.stage, watch: newWatch(),
		pressed: map[string]sender.Delivery{}, attempts: map[netip.AddrPort]int{},
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

// title names the story, and the twin that stands in its place.
func (t *turn) title() string {
	if t.twin == nil {
		return t.scenario.Name
	}
	return t.scenario.Name + " (twin: " + t.twin.Name + ")"
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
	return p.open(ctx, opening{
		seed: t.derived(res.Profile), now: now, deadline: deadline, allowExec: r.AllowExec, getenv: r.getenv, logger: r.Logger,
	})
}

// derived makes the seed of one turn from the run's, so that neither the order
// of the stories nor what runs beside them changes what is pressed. A story and
// its twin press the same.
func (t *turn) derived(profile string) uint64 {
	h := fnv.New64a()
	h.Write(binary.BigEndian.AppendUint64(nil, t.seed))
	for _, part := range []string{path.Base(t.scenario.File), t.scenario.Name, profile} {
		h.Write([]byte(part))
		h.Write([]byte{0})
	}
	return h.Sum64()
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
		one := StepResult{Line: step.Line, Name: step.title(), Started: time.Now(), Verdict: Skipped}
		if res.Verdict == "" {
			one.Verdict = p.carry(ctx, step, &one)
		}
		one.Took = time.Since(one.Started)
		checks += one.Checks
		if one.Verdict == Failed || one.Verdict == Errored {
			res.Verdict = one.Verdict
			if one.Verdict == Errored {
				res.Reason = one.Failures[len(one.Failures)-1].Text
			}
		}
		if one.Verdict == Skipped {
			one.Took = 0
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

// carry carries out one step and says how it ended.
func (p *play) carry(ctx context.Context, s Step, res *StepResult) Verdict {
	p.marks = append(p.marks, p.watch.counts())
	err := errInterrupted
	if ctx.Err() == nil {
		err = p.step(ctx, s, res)
	}
	switch {
	case err != nil:
		res.Failures = append(res.Failures, Failure{What: "error", Text: err.Error(), Line: s.Line})
		return Errored
	case len(res.Failures) > 0:
		return Failed
	default:
		return Passed
	}
}

// turnAround makes a pass of a twin's failure, if it failed as it should.
func (w *Twin) turnAround(res *Result) {
	var said []string
	for _, step := range res.Steps {
		for _, f := range step.Failures {
			if res.Verdict == Failed && f.Text == w.Fails {
				res.Verdict, res.Reason = Passed, fmt.Sprintf("the twin fails as it should: %s", w.Fails)
				return
			}
			said = append(said, f.Text)
		}
	}
	if res.Verdict == Errored || res.Verdict == Skipped {
		return
	}
	res.Verdict = Failed
	if said == nil {
		said = []string{"it passed"}
	}
	res.Reason = fmt.Sprintf("the twin should fail with %q, and %s", w.Fails, strings.Join(said, "; "))
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
