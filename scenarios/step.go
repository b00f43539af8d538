package scenarios

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
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
	case s.Wait != nil:
		return "wait " + s.Wait.Endpoint
	default:
		return "add " + s.Add
	}
}

// baseline is how everything stood when a step began.
type baseline struct {
	effects map[string]int
	entries map[string]int
}

// errInterrupted is what a step ends with that was cut off from outside.
var errInterrupted = errors.New("interrupted")

// step carries one step out and judges it. An error means that it could not be
// judged.
func (p *play) step(ctx context.Context, s Step, res *StepResult) error {
	var err error
	if s.Expect, err = expandAll(s.Expect, p.urls); err != nil {
		return err
	}
	before, err := p.baseline(ctx, s)
	if err != nil {
		return err
	}
	if s.Wait != nil {
		j, err := p.wait(ctx, *s.Wait, s.Line)
		res.take(j)
		if err != nil || s.Expect == nil {
			return err
		}
		before = baseline{} // what a wait expects counts since the story began
	}
	view, err := p.act(ctx, s, res)
	if err != nil {
		return err
	}
	j, err := p.settle(ctx, s, before, view)
	if err != nil {
		return err
	}
	res.Effects = view.effects
	res.take(j)
	return nil
}

// take adds a judgment to the step's result.
func (r *StepResult) take(j judgment) {
	r.Checks += j.checks
	r.Failures = append(r.Failures, j.failures...)
}

// act does what the step does and returns what was seen of it so far.
func (p *play) act(ctx context.Context, s Step, res *StepResult) (*sight, error) {
	view := &sight{success: p.success()}
	var d sender.Delivery
	var err error
	switch {
	case s.Press != nil:
		d, err = p.press(ctx, *s.Press)
	case s.Redeliver != "":
		d, err = p.redeliver(ctx, s.Redeliver)
	case s.Add != "":
		view.refusal = p.add(s.Add)
		return view, nil
	default:
		return view, nil
	}
	if ctx.Err() != nil {
		return nil, errInterrupted
	}
	if err != nil {
		return nil, err
	}
	view.delivery, view.attempt = &d, 0
	if s.Redeliver != "" {
		view.attempt = len(d.Attempts) - 1
	}
	res.Delivery, res.Attempt = view.delivery, view.attempt
	p.pressed[d.Action] = d
	a := d.Attempts[view.attempt]
	on := link{a.Local, a.Remote}
	p.attempts[on] = a.Number
	if a.Status == 0 && a.Written == sender.WrittenAll {
		p.unanswered = append(p.unanswered, on)
	}
	return view, nil
}

// success says in words what the platform calls delivered.
func (p *play) success() string {
	fact, _ := p.profile.Fact("success")
	var statuses []string
	if json.Unmarshal(fact.Value, &statuses) != nil {
		return fact.Text()
	}
	return strings.Join(statuses, " or ")
}

// press clicks an action's button on the story's incident.
func (p *play) press(ctx context.Context, s PressStep) (sender.Delivery, error) {
	source, err := address(s.Source)
	if err != nil {
		return sender.Delivery{}, err
	}
	set, err := expandAll(s.Set, p.urls)
	if err != nil {
		return sender.Delivery{}, err
	}
	press := sender.Press{
		Action: s.Action, Incident: p.incident, By: sender.Person{Name: strings.Join(s.By, ", ")},
		Set: set, Source: source, Header: headers(s.Header),
	}
	if err := p.mayPress(press); err != nil {
		return sender.Delivery{}, err
	}
	return p.sender.Press(ctx, press)
}

// redeliver repeats the newest press of an action as the platform would.
func (p *play) redeliver(ctx context.Context, action string) (sender.Delivery, error) {
	newest, ok := p.pressed[action]
	if !ok {
		return sender.Delivery{}, fmt.Errorf("redeliver %s: it was not pressed before", action)
	}
	return p.sender.Redeliver(ctx, newest)
}

// mayPress refuses a press that names a host which a real endpoint does not
// list. It asks the body that would be sent, however the host got into it.
func (p *play) mayPress(press sender.Press) error {
	target := p.seatOf(p.scenario.Actions[press.Action].target(press.Action))
	if target == nil || len(target.Hosts) == 0 {
		return nil
	}
	values := schema.Values{}
	for _, layer := range []schema.Values{press.Incident.Values, press.Set} {
		for name, value := range layer {
			values[name] = value
		}
	}
	push, err := p.profile.Compose(values)
	if err != nil {
		return err
	}
	read, _ := p.profile.Read(push.Header, push.Body)
	return target.allows(read["host"])
}

// baseline reads what stands before the step sends anything.
func (p *play) baseline(ctx context.Context, s Step) (baseline, error) {
	b := baseline{effects: map[string]int{}, entries: p.watch.counts()}
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
	return p.watch.count(source.Requests), nil
}

// wait waits until enough requests have reached an endpoint since the story
// began, and then for quiet.
func (p *play) wait(ctx context.Context, w WaitStep, line int) (judgment, error) {
	var j judgment
	idle, done := p.quiet(ctx)
	defer done()
	count := func() int { return p.watch.count(w.Endpoint) }
	began := time.Now()
	if err := p.until(ctx, w.Within, 0, idle, func() bool { return count() >= w.Count }); err != nil {
		return j, err
	}
	came, how := count(), "within "+human(w.Within)
	if time.Since(began) < w.Within {
		how = "and nothing in flight any more"
	}
	j.check(came >= w.Count, "wait.count", line, "%s: %d %s, want %d", w.Endpoint, came, how, w.Count)
	if w.ThenQuiet == 0 || came < w.Count {
		return j, nil
	}
	err := p.until(ctx, w.ThenQuiet, 0, idle, func() bool { return count() > w.Count })
	j.check(count() <= w.Count, "wait.then_quiet", line, "%s: %d, want %d and then quiet for %s", w.Endpoint, count(), w.Count, human(w.ThenQuiet))
	return j, err
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

// human writes a duration as reports do: "500 ms", "1.5 s".
func human(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%g ms", float64(d)/float64(time.Millisecond))
	}
	return fmt.Sprintf("%g s", d.Seconds())
}
