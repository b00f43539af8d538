package scenarios

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/hookdrill/hookdrill/schema"
)

// stepCheck is what a step may name, as far as the story has come.
type stepCheck struct {
	*loader
	actions   map[string]Action
	profiles  []*schema.Profile
	endpoints []string        // sorted, as all lists here
	effects   []string        //
	names     []string        // of the actions
	added     map[string]bool // actions that a step configures
	pressed   map[string]bool // actions that an earlier step pressed
	captured  map[string]Capture
	at        time.Duration // to which time moved on before
}

// checkSteps refuses steps that name what is not there.
func (l *loader) checkSteps(s *Scenario, profiles []*schema.Profile) {
	c := &stepCheck{
		loader: l, actions: s.Actions, profiles: profiles, endpoints: endpointNames(s.Stages), effects: effectNames(s.Stages),
		names: slices.Sorted(maps.Keys(s.Actions)), added: s.added(), pressed: map[string]bool{}, captured: map[string]Capture{},
	}
	for part, steps := range [][]Step{s.Setup, s.Steps, s.Teardown} {
		for i, step := range steps {
			if l.failed() {
				return
			}
			c.moves(step, parts[part])
			c.step(step)
			c.refersTo(stepPlace{part, i})
			c.captures(step)
		}
	}
}

// moves refuses a step that moves time back, or where there is none to move.
func (c *stepCheck) moves(s Step, part string) {
	switch {
	case s.At == 0:
	case part != "steps":
		c.wrong(s.Position, "at in "+part, "platform time is moved by steps: make a step of it there")
	case s.At <= c.at:
		c.wrong(s.Position, fmt.Sprintf("at %s, where an earlier step has moved on to %s", s.At, c.at), "time goes on only; at is since the story began")
	}
	c.at = max(c.at, s.At)
}

// step looks up the names of one step.
func (c *stepCheck) step(s Step) {
	c.action(s)
	for _, name := range slices.Sorted(maps.Keys(s.Behaviors)) {
		c.checkEndpoint(s.Position, name, c.endpoints)
	}
	if s.Wait != nil {
		c.checkEndpoint(s.Position, s.Wait.Endpoint, c.endpoints)
	}
	if s.Effects != nil {
		for _, e := range s.Effects.Counts {
			if !has(c.effects, e.Name) {
				c.wrong(e.Position, fmt.Sprintf("unknown effect %s", brief(e.Name)), suggest(e.Name, append([]string{"within", "for"}, c.effects...)))
			}
		}
	}
	if s.Expect != nil {
		for _, e := range s.Expect.Entries {
			c.checkEndpoint(e.Position, e.Endpoint, c.endpoints)
		}
		for _, e := range s.Expect.Timeline {
			c.checkEndpoint(e.Position, e.After, c.endpoints)
		}
	}
}

// action looks up the step's action, if it is about one.
func (c *stepCheck) action(s Step) {
	name := s.action()
	if name == "" {
		return
	}
	action, known := c.actions[name]
	if !known {
		c.wrong(c.place(&node{Position: s.Position}, name), fmt.Sprintf("unknown action %s", brief(name)), suggest(name, c.names))
		return
	}
	if s.Add == "" {
		if target := action.target(name); !has(c.endpoints, target) {
			c.wrong(s.Position, fmt.Sprintf("action %s pushes to endpoint %s, which no stage has", name, brief(target)), "give it endpoint: NAME; "+suggest(target, c.endpoints))
		}
		if !c.added[name] {
			c.checkChannels(s.Position, name, action, c.profiles)
		}
	}
	if s.Press != nil {
		c.pressed[name] = true
	}
	for kind, of := range map[string]string{"redeliver": s.Redeliver, "settle": s.Settle} {
		if of != "" && !c.pressed[of] {
			c.wrong(s.Position, fmt.Sprintf("nothing to %s: no earlier step presses %s", kind, of), "- press: "+of+" comes first")
		}
	}
}

// refersTo looks up what the step at that place takes from earlier ones.
func (c *stepCheck) refersTo(at stepPlace) {
	for _, r := range c.loader.captured {
		if r.at != at {
			continue
		}
		if _, ok := c.captured[r.name]; !ok {
			c.wrong(c.loader.place(r.node, "${captured."+r.name), fmt.Sprintf("nothing captured %s before this step", brief(r.name)), c.uncaptured(r))
			return
		}
	}
}

// uncaptured says what would do where nothing was captured under a name.
func (c *stepCheck) uncaptured(r capturedReference) string {
	if len(c.captured) == 0 {
		return "an earlier step keeps it: capture: {" + r.name + ": {answer: /pointer}}"
	}
	return suggest(r.name, slices.Collect(maps.Keys(c.captured)))
}

// captures takes up what the step keeps, and looks up where it is taken from.
func (c *stepCheck) captures(s Step) {
	for _, one := range s.Captures {
		if first, twice := c.captured[one.Name]; twice {
			c.wrong(one.Position, fmt.Sprintf("%s is captured twice", brief(one.Name)), fmt.Sprintf("first on line %d: give it another name", first.Line))
			return
		}
		c.checkEndpoint(one.Position, one.Entry, c.endpoints)
		c.captured[one.Name] = one
	}
}
