package scenarios

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hookdrill/hookdrill/schema"
)

// checkActions refuses actions that push to an endpoint which no stage has.
func (l *loader) checkActions(actions map[string]Action, stages map[string]Stage) {
	known := endpointNames(stages)
	for _, name := range byPlace(actions, func(a Action) Position { return a.Position }) {
		if a := actions[name]; a.Endpoint != "" && !has(known, a.Endpoint) {
			l.wrong(a.Position, fmt.Sprintf("action %s pushes to %s, which no stage has", name, brief(a.Endpoint)), suggest(a.Endpoint, known))
			return
		}
	}
}

// byPlace returns the names of m in the order in which they stand in the file.
func byPlace[T any](m map[string]T, place func(T) Position) []string {
	return slices.SortedFunc(maps.Keys(m), func(a, b string) int {
		p, q := place(m[a]), place(m[b])
		return (p.Line-q.Line)*(1<<20) + p.Column - q.Column
	})
}

// endpointNames returns the names of the endpoints of all stages.
func endpointNames(stages map[string]Stage) []string {
	all := map[string]bool{}
	for _, s := range stages {
		for name := range s.Endpoints {
			all[name] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// effectNames returns the names of the effects of all stages.
func effectNames(stages map[string]Stage) []string {
	all := map[string]bool{}
	for _, s := range stages {
		for name := range s.Effects {
			all[name] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// checkStage refuses a stage whose parts name endpoints that it lacks.
func (l *loader) checkStage(s Stage) {
	known := slices.Sorted(maps.Keys(s.Endpoints))
	for _, name := range byPlace(s.Effects, func(e EffectSource) Position { return e.Position }) {
		e := s.Effects[name]
		if e.Requests == "" {
			continue
		}
		switch endpoint, ok := s.Endpoints[e.Requests]; {
		case !ok:
			l.wrong(e.Position, fmt.Sprintf("effect %s counts requests at %s, which stage %s does not have", name, brief(e.Requests), s.Name), suggest(e.Requests, known))
		case endpoint.URL != "":
			l.wrong(e.Position, fmt.Sprintf("effect %s counts requests at %s, which is real", name, brief(e.Requests)), "only a mock remembers its requests: use lines, get or command")
		}
	}
	l.settle(s.Name, known, l.profiles().neutral())
}

// settle looks up what the texts of one stage refer to; both lists are sorted.
func (l *loader) settle(stage string, endpoints, request []string) {
	for _, p := range l.pending[stage] {
		known, what := request, "name %s of a request"
		if p.root == "endpoints" {
			known, what = endpoints, "endpoint %s"
		}
		if !has(known, p.name) {
			l.wrong(l.place(p.node, "${"+p.ref), "unknown "+fmt.Sprintf(what, brief(p.name)), suggest(p.name, known))
			return
		}
	}
	delete(l.pending, stage)
}

// has reports whether a sorted list holds name.
func has(sorted []string, name string) bool {
	_, ok := slices.BinarySearch(sorted, name)
	return ok
}

// checkStory refuses names that lead nowhere.
func (l *loader) checkStory(s *Scenario, named []namedValues, assumed *node) {
	profiles := l.storyProfiles(s)
	for _, v := range named {
		l.checkNames(v, profiles)
	}
	l.checkAssumed(assumed, s.Assume, profiles)
	endpoints := endpointNames(s.Stages)
	l.settle("", endpoints, neutralNames(profiles))
	l.checkButtons(s)
	l.checkSteps(s, profiles)
	l.checkTwins(s, endpoints)
}

// checkAssumed refuses facts and alternatives that one of the profiles lacks.
func (l *loader) checkAssumed(n *node, assume map[string]string, profiles []*schema.Profile) {
	if n == nil {
		return
	}
	for _, key := range n.keys {
		for _, p := range profiles {
			if _, err := p.Assume(key.text, assume[key.text]); err != nil {
				l.wrong(key.Position, err.Error(), "hookdrill profile show "+p.Ref()+" lists facts with their alternatives")
				return
			}
		}
	}
}

// checkNames refuses neutral names that one of the profiles lacks.
func (l *loader) checkNames(v namedValues, profiles []*schema.Profile) {
	for _, p := range profiles {
		scopes := map[string]schema.Scope{}
		for _, n := range p.Names() {
			scopes[n.Name] = n.Scope
		}
		for _, key := range v.node.keys {
			if l.failed() {
				return
			}
			switch scope, known := scopes[key.text]; {
			case strings.HasPrefix(key.text, "/"):
			case !known:
				l.wrong(key.Position, fmt.Sprintf("%s has no name %s", p.Ref(), brief(key.text)), suggest(key.text, slices.Collect(maps.Keys(scopes))))
			case v.scope != "" && scope != v.scope:
				l.wrong(key.Position, fmt.Sprintf("%s is no part of an incident: it belongs to the %s", brief(key.text), scope), "set it in the step: press: {action: …, set: {…}}")
			}
		}
	}
}

// checkEndpoint refuses an endpoint that no stage has.
func (l *loader) checkEndpoint(at Position, name string, known []string) {
	if name != "" && !has(known, name) {
		l.wrong(at, fmt.Sprintf("unknown endpoint %s", brief(name)), suggest(name, known))
	}
}

// checkChannels refuses an action in more channels than one of the profiles
// allows.
func (l *loader) checkChannels(at Position, name string, a Action, profiles []*schema.Profile) {
	for _, p := range profiles {
		if most := p.ChannelsPerAction(); most > 0 && len(a.Channels) > most {
			l.wrong(at, fmt.Sprintf("action %s stands in %d channels; %s allows %d", name, len(a.Channels), p.Ref(), most), "channels: [x] is the one service there")
			return
		}
	}
}

// checkTwins refuses twins of what is not there.
func (l *loader) checkTwins(s *Scenario, endpoints []string) {
	for _, t := range s.Twins {
		for _, name := range byPlace(t.Endpoints, func(e Endpoint) Position { return e.Position }) {
			l.checkEndpoint(t.Endpoints[name].Position, name, endpoints)
		}
		for _, name := range byPlace(t.Actions, func(a Action) Position { return a.Position }) {
			if _, ok := s.Actions[name]; !ok {
				l.wrong(t.Actions[name].Position, fmt.Sprintf("unknown action %s", brief(name)), suggest(name, slices.Sorted(maps.Keys(s.Actions))))
			}
		}
	}
}
