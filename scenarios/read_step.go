package scenarios

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// stepKinds are the keys of which a step has exactly one.
var stepKinds = []string{"press", "redeliver", "wait", "add"}

// step reads one step and returns the node of what its press sets, if it sets
// anything.
func (l *loader) step(n *node) (s Step, set *node) {
	s.Position = n.Position
	kind := ""
	if n.kind == object {
		kind = l.stepKind(n)
	}
	l.object(n, "step", []field{
		{"press", false, func(n *node) { s.Press, set = l.press(n) }},
		{"redeliver", false, func(n *node) { s.Redeliver = l.text(n, "redeliver") }},
		{"wait", false, func(n *node) { s.Wait = l.wait(n) }},
		{"add", false, func(n *node) { s.Add = l.text(n, "add") }},
		{"effects", false, func(n *node) { s.Effects = l.effects(n) }},
		{"expect", false, func(n *node) { s.Expect = l.expectation(n, kind) }},
	})
	switch {
	case kind == "add" && s.Expect == nil:
		l.wrong(n.Position, "add checks nothing", "say what the platform answers: expect: {refused: is full}")
	case kind == "add" && s.Effects != nil:
		l.wrong(n.get("effects").Position, "add sends nothing and has no effects", "take effects out")
	case (kind == "press" || kind == "redeliver") && s.Expect == nil:
		delivered := true
		s.Expect = &Expectation{Position: s.Position, Lines: map[string]int{"delivered": s.Line}, Delivered: &delivered, Within: DefaultWithin}
	}
	return s, set
}

// stepKind returns which of stepKinds the step is.
func (l *loader) stepKind(n *node) string {
	var found []*node
	for _, key := range n.keys {
		if slices.Contains(stepKinds, key.text) {
			found = append(found, key)
		}
	}
	switch {
	case len(found) > 1:
		l.wrong(found[1].Position, fmt.Sprintf("a step with %s and %s", found[0].text, found[1].text), "make two steps of it")
	case len(found) == 1:
		return found[0].text
	case !slices.ContainsFunc(n.keys, func(key *node) bool { return key.text != "effects" && key.text != "expect" }):
		// An unknown key may be a misspelled kind: then that is the mistake to tell.
		l.wrong(n.Position, "a step that does nothing", "exactly one of "+strings.Join(stepKinds, ", "))
	}
	return ""
}

// press reads a click: an action's name, or more about it.
func (l *loader) press(n *node) (p *PressStep, set *node) {
	p = &PressStep{}
	if n.kind == scalar {
		p.Action = l.text(n, "press")
		return p, nil
	}
	l.object(n, "press", []field{
		{"action", true, func(n *node) { p.Action = l.text(n, "action") }},
		{"by", false, func(n *node) { p.By = []string{l.expanded(n, "by", scope{})} }},
		{"source", false, func(n *node) { p.Source = l.address(n, "source") }},
		{"set", false, func(n *node) { p.Set, set = l.neutral(n, "set"), n }},
		{"headers", false, func(n *node) { p.Header = l.headers(n, "headers", scope{secret: true}) }},
	})
	return p, set
}

// address reads one IP address.
func (l *loader) address(n *node, what string) string {
	text := l.text(n, what)
	if text == "" {
		return ""
	}
	if _, err := netip.ParseAddr(text); err != nil {
		l.wrong(n.Position, fmt.Sprintf("%s is %s", what, brief(text)), "an IP address: 127.0.0.1 or ::1")
	}
	return text
}

// wait reads what a step waits for.
func (l *loader) wait(n *node) *WaitStep {
	w := &WaitStep{Count: 1, Within: DefaultWithin}
	l.object(n, "wait", []field{
		{"endpoint", true, func(n *node) { w.Endpoint = l.text(n, "endpoint") }},
		{"count", false, func(n *node) { w.Count = l.count(n, "count", 0, maxCount) }},
		{"within", false, func(n *node) { w.Within = l.duration(n, "within", false) }},
		{"then_quiet", false, func(n *node) { w.ThenQuiet = l.duration(n, "then_quiet", false) }},
	})
	if n.kind == object && w.Count == 0 && w.ThenQuiet == 0 && n.get("count") != nil {
		l.wrong(n.get("count").Position, "waiting for no request checks nothing", "add then_quiet: how long nothing may come")
	}
	return w
}

// effects reads by how much counters rise.
func (l *loader) effects(n *node) *Effects {
	e := &Effects{Position: n.Position, Within: DefaultWithin, For: DefaultFor}
	l.table(n, "effects", func(key, n *node) {
		switch key.text {
		case "within":
			e.Within = l.duration(n, "within", false)
		case "for":
			e.For = l.duration(n, "for", true)
		default:
			e.Counts = append(e.Counts, EffectCount{Position: key.Position, Name: key.text, Want: l.count(n, "effect "+key.text, 0, maxCount)})
		}
	})
	if n.kind == object && len(e.Counts) == 0 {
		l.wrong(n.Position, "effects names no counter", "NAME: N, as in {restarts: 1}")
	}
	return e
}

// expectation reads what a step of this kind may expect.
func (l *loader) expectation(n *node, kind string) *Expectation {
	e := &Expectation{Position: n.Position, Lines: map[string]int{}, Within: DefaultWithin}
	if n.kind == object && len(n.keys) == 0 {
		l.wrong(n.Position, "expect is empty and checks nothing", "leave it out, or name what must come")
	}
	of := func(kinds ...string) func(string, func(*node)) field {
		return func(key string, read func(*node)) field {
			return field{key, false, func(value *node) {
				if kind != "" && !slices.Contains(kinds, kind) {
					l.wrong(value.Position, fmt.Sprintf("%s is nothing that %s can expect", key, kind), "it belongs to "+strings.Join(kinds, " and "))
				}
				e.Lines[key] = value.Line
				read(value)
			}}
		}
	}
	sent, reached, added := of("press", "redeliver"), of("press", "redeliver", "wait"), of("add")
	l.object(n, "expect", []field{
		sent("delivered", func(n *node) { v := l.flag(n, "delivered"); e.Delivered = &v }),
		sent("outcome", func(n *node) { e.Outcome = l.oneOf(n, "outcome", kindNames) }),
		sent("phase", func(n *node) { e.Phase = l.oneOf(n, "phase", phaseNames) }),
		sent("status", func(n *node) { e.Status = l.counted(n, "status", 100, 599) }),
		sent("attempts", func(n *node) { e.Attempts = l.counted(n, "attempts", 1, maxCount) }),
		sent("consequence", func(n *node) { e.Consequence = l.expanded(n, "consequence", scope{}) }),
		sent("written", func(n *node) { e.Written = l.oneOf(n, "written", writtens) }),
		sent("body", func(n *node) { e.Body = l.pointed(n, "body") }),
		sent("headers", func(n *node) { e.Header = l.headers(n, "headers", scope{}) }),
		added("refused", func(n *node) { e.Refused = l.expanded(n, "refused", scope{}) }),
		reached("entries", func(n *node) {
			l.list(n, "entries", func(n *node) { e.Entries = append(e.Entries, l.entry(n)) })
			if n.kind == list && len(n.items) == 0 {
				l.wrong(n.Position, "entries is an empty list and checks nothing", "- {endpoint: NAME, count: 0} expects that nothing came")
			}
		}),
		reached("within", func(n *node) { e.Within = l.duration(n, "within", false) }),
	})
	if n.kind == object && n.get("within") != nil && n.get("entries") == nil {
		l.wrong(n.get("within").Position, "within without entries", "it says how long entries may take; a press has its deadline")
	}
	return e
}

// counted reads a whole number that may also not be given.
func (l *loader) counted(n *node, what string, least, most int) *int {
	v := l.count(n, what, least, most)
	return &v
}

// entry reads what reached an endpoint.
func (l *loader) entry(n *node) EntryExpectation {
	e := EntryExpectation{Position: n.Position}
	l.object(n, "entry", []field{
		{"endpoint", true, func(n *node) { e.Endpoint = l.text(n, "endpoint") }},
		{"method", false, func(n *node) { e.Method = l.token(n, "method") }},
		{"path", false, func(n *node) { e.Path = l.path(n, "path") }},
		{"query", false, func(n *node) { e.Query = l.query(n) }},
		{"headers", false, func(n *node) { e.Header = l.headers(n, "headers", scope{}) }},
		{"body", false, func(n *node) { e.Body = l.pointed(n, "body") }},
		{"findings", false, func(n *node) { e.Findings = l.findings(n) }},
		{"status", false, func(n *node) { e.Status = l.counted(n, "status", 0, 599) }},
		{"duplicate", false, func(n *node) { e.Duplicate = l.counted(n, "duplicate", 0, maxCount) }},
		{"count", false, func(n *node) { e.Count = l.counted(n, "count", 0, maxCount) }},
		{"client", false, func(n *node) { e.Client = l.address(n, "client") }},
	})
	return e
}

// query reads query parameters with their values; a value may be empty.
func (l *loader) query(n *node) map[string]string {
	out := map[string]string{}
	l.table(n, "query", func(key, n *node) {
		if n.kind == scalar && !n.plain && n.text == "" {
			out[key.text] = ""
			return
		}
		out[key.text] = l.expanded(n, "query "+key.text, scope{})
	})
	return out
}

// findings reads names of checks; an empty list says that none found anything.
func (l *loader) findings(n *node) *[]string {
	out := []string{}
	l.list(n, "findings", func(n *node) { out = append(out, l.oneOf(n, "check", checkNames)) })
	return &out
}
