package scenarios

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/hookdrill/hookdrill/schema"
)

// story reads a whole story; p may be nil.
func (l *loader) story(root *node, p *Project) *Scenario {
	if p == nil {
		p = &Project{}
	}
	s := &Scenario{File: l.file, dir: path.Dir(l.file), Actions: map[string]Action{}, Stages: map[string]Stage{}}
	s.Env, s.values = l.variables(root, p)
	for name, stage := range p.Stages {
		s.Stages[name] = stage
	}
	var named []namedValues
	var assumed *node
	l.object(root, "story", []field{
		{"name", true, func(n *node) { s.Name, s.Position = l.text(n, "name"), n.Position }},
		{"tags", false, func(n *node) { s.Tags = l.tags(n) }},
		{"profiles", false, func(n *node) { s.Profiles = l.profileNames(n, "profiles") }},
		{"incident", false, func(n *node) {
			s.Incident = l.neutral(n, "incident", scope{})
			named = append(named, namedValues{n, schema.ScopeIncident})
		}},
		{"deadline", false, func(n *node) { s.Deadline = l.duration(n, "deadline", false) }},
		{"dial_timeout", false, func(n *node) { s.DialTimeout = l.duration(n, "dial_timeout", false) }},
		{"linger", false, func(n *node) { s.Linger = l.duration(n, "linger", false) }},
		{"connections", false, func(n *node) {
			s.KeepConnections = l.oneOf(n, "connections", []string{Connections(false), Connections(true)}) == Connections(true)
		}},
		{"assume", false, func(n *node) { s.Assume, assumed = l.assume(n), n }},
		{"env", false, func(*node) {}}, // read above: the others refer to it
		{"actions", false, func(n *node) { s.Actions = l.actions(n, false) }},
		{"stages", false, func(n *node) {
			for name, stage := range l.stages(n, true) {
				s.Stages[name] = stage
			}
		}},
		{"matrix", false, func(*node) {}}, // read before: all others are what one combination makes of them
		{"setup", false, func(n *node) { s.Setup, named = l.steps(n, root, "setup", named) }},
		{"steps", true, func(n *node) { s.Steps, named = l.steps(n, root, "steps", named) }},
		{"teardown", false, func(n *node) { s.Teardown, named = l.steps(n, root, "teardown", named) }},
		{"twins", false, func(n *node) { s.Twins = l.twins(n) }},
	})
	s.secrets, s.consoles = l.secrets, l.consoles[""]
	switch {
	case l.failed(): // a name may be missing because its key was not understood
	case len(s.Stages) == 0:
		l.wrong(s.Position, "the story has no stage", "give it stages:, or put a hookdrill.yaml above it (hookdrill init)")
	default:
		if l.lateAt != nil && s.Linger == 0 {
			l.wrong(*l.lateAt, "late in a story without linger", "linger: 2s reads on after the deadline")
		}
		l.checkActions(s.Actions, s.Stages)
		l.borrow(s, p)
		l.checkStory(s, named, assumed)
	}
	return s
}

// Connections is the word for connections that are kept for the next attempt, or
// for one that each attempt has to itself.
func Connections(kept bool) string {
	if kept {
		return "kept"
	}
	return "new"
}

// namedValues are values whose names each profile of the story must know.
type namedValues struct {
	node  *node
	scope schema.Scope // "" is any
}

// borrow adds those of the project's actions that the story names.
func (l *loader) borrow(s *Scenario, p *Project) {
	for _, step := range s.all() {
		name := step.action()
		if _, own := s.Actions[name]; own {
			continue
		}
		if a, ok := p.Actions[name]; ok {
			s.Actions[name] = a
		}
	}
}

// action returns the action that the step is about, "" where it is about none.
func (s Step) action() string {
	if s.Press != nil {
		return s.Press.Action
	}
	return cmp.Or(s.Redeliver, s.Settle, s.Add, s.Enable)
}

// after returns the line on which the key behind name begins, the line behind
// the last when there is none.
func (l *loader) after(root *node, name string) int {
	for i, key := range root.keys {
		if key.text == name && i+1 < len(root.keys) {
			return root.keys[i+1].Line
		}
	}
	return len(l.lines) + 1
}

// tags reads the words by which stories are chosen.
func (l *loader) tags(n *node) []string {
	tags := l.texts(n, "tags")
	for _, tag := range tags {
		if strings.ContainsAny(tag, ", \t\n") {
			l.wrong(n.Position, "tag "+brief(tag), "a tag is one word, without commas")
		}
	}
	return tags
}

// profileNames reads references to profiles.
func (l *loader) profileNames(n *node, what string) []string {
	var out []string
	one := func(n *node) {
		text := l.text(n, what)
		if text == "" {
			return
		}
		if slices.Contains(out, text) {
			l.wrong(n.Position, fmt.Sprintf("profile %s stands twice", brief(text)), "name it once")
			return
		}
		if _, err := l.profiles().open(text); err != nil {
			l.unknownProfile(n, text, err)
		}
		out = append(out, text)
	}
	if n.kind == scalar {
		one(n)
		return out
	}
	l.list(n, what, one)
	if n.kind == list && len(n.items) == 0 {
		l.wrong(n.Position, what+" is an empty list", "leave the key out for every platform")
	}
	return out
}

// neutral reads values by neutral name or JSON pointer.
func (l *loader) neutral(n *node, what string, s scope) schema.Values {
	out := schema.Values{}
	l.table(n, what, func(key, value *node) {
		if strings.HasPrefix(key.text, "/") {
			l.checkPointer(key, key.text, what)
		}
		out[key.text] = l.value(value, func(n *node) string { return l.resolve(n, n.text, s) })
	})
	return out
}

// pointed reads values by JSON pointer, for a step to compare with.
func (l *loader) pointed(n *node, what string) map[string]any {
	out := map[string]any{}
	if n.kind != object {
		l.wrong(n.Position, fmt.Sprintf("%s is %s", what, n.found()), "a map is needed: JSON pointers with values")
		return out
	}
	l.each(n, func(key, value *node) {
		l.checkPointer(key, key.text, what)
		out[key.text] = l.value(value, func(n *node) string { return l.resolve(n, n.text, inStep) })
	})
	return out
}

// assume reads which sides of contested facts are taken.
func (l *loader) assume(n *node) map[string]string {
	out := map[string]string{}
	l.table(n, "assume", func(key, n *node) { out[key.text] = l.text(n, "assume "+key.text) })
	return out
}

// twins reads the story's broken copies.
func (l *loader) twins(n *node) []Twin {
	var out []Twin
	l.list(n, "twins", func(n *node) {
		t := Twin{Position: n.Position}
		story := l.consoles[""]
		l.consoles[""] = nil
		l.object(n, "twin", []field{
			{"name", true, func(n *node) { t.Name = l.text(n, "name of the twin") }},
			{"endpoints", false, func(n *node) {
				t.Endpoints = map[string]Endpoint{}
				l.table(n, "endpoints of the twin", func(key, n *node) {
					t.Endpoints[key.text] = l.endpoint(key, n, "", true)
				})
			}},
			{"actions", false, func(n *node) { t.Actions = l.actions(n, true) }},
			{"fails", true, func(n *node) { t.Fails = l.text(n, "fails") }},
		})
		if n.kind == object && t.Endpoints == nil && t.Actions == nil {
			l.wrong(n.Position, "the twin changes nothing", "endpoints: or actions: say what is wrong with it")
		}
		t.consoles, l.consoles[""] = l.consoles[""], story
		out = append(out, t)
	})
	return out
}

// steps reads the steps of one part of the story: setup, steps or teardown.
func (l *loader) steps(n, root *node, part string, named []namedValues) ([]Step, []namedValues) {
	var out []Step
	after := l.after(root, part)
	l.list(n, part, func(n *node) {
		l.reading = stepPlace{slices.Index(parts, part), len(out)}
		step, set := l.step(n)
		if set != nil {
			named = append(named, namedValues{set, ""})
		}
		out = append(out, step)
	})
	if n.kind == list && len(n.items) == 0 {
		l.emptySteps(n, part)
	}
	for i := range out {
		next := after
		if i+1 < len(out) {
			next = out[i+1].Line
		}
		out[i].End = l.lastLine(out[i].Line, next)
	}
	return out, named
}

func (l *loader) emptySteps(n *node, part string) {
	hint := "leave it out, or name what it does: - request: {url: …}"
	if part == "steps" {
		hint = "a story that does nothing proves nothing: - press: ACTION"
	}
	l.wrong(n.Position, part+" is an empty list", hint)
}

// lastLine returns the last line from first to next, next left out, that holds
// more than a comment.
func (l *loader) lastLine(first, next int) int {
	for line := next - 1; line > first; line-- {
		text := strings.TrimSpace(l.line(line))
		if text != "" && !strings.HasPrefix(text, "#") {
			return line
		}
	}
	return first
}
