package scenarios

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/hookdrill/hookdrill/sender"
)

// stepKinds are the keys of which a step has one at most.
var stepKinds = []string{"press", "redeliver", "settle", "wait", "request", "add", "enable"}

// sideKinds are those that may stand beside one of stepKinds, or alone.
var sideKinds = []string{"at", "behavior"}

// step reads one step and returns the node of what its press sets, if it sets
// anything.
func (l *loader) step(n *node) (s Step, set *node) {
	s.Position = n.Position
	kind := ""
	if n.kind == object {
		kind = l.stepKind(n)
	}
	l.object(n, "step", []field{
		{"at", false, func(n *node) { s.At = l.platformTime(n, "at") }},
		{"behavior", false, func(n *node) { s.Behaviors = l.behaviors(n) }},
		{"timeout", false, func(n *node) { s.Timeout = l.duration(n, "timeout", false) }},
		{"press", false, func(n *node) { s.Press, set = l.press(n) }},
		{"redeliver", false, func(n *node) { s.Redeliver = l.text(n, "redeliver") }},
		{"settle", false, func(n *node) { s.Settle = l.text(n, "settle") }},
		{"wait", false, func(n *node) { s.Wait = l.wait(n) }},
		{"request", false, func(n *node) { s.Request = l.request(n) }},
		{"add", false, func(n *node) { s.Add = l.text(n, "add") }},
		{"enable", false, func(n *node) { s.Enable = l.text(n, "enable") }},
		{"effects", false, func(n *node) { s.Effects = l.effects(n) }},
		{"expect", false, func(n *node) { s.Expect = l.expectation(n, kind) }},
		{"capture", false, func(n *node) { s.Captures = l.captures(n, kind) }},
	})
	switch kind {
	case "add":
		l.checkAdd(n, s)
	case "press", "redeliver", "settle":
		if s.Expect == nil {
			delivered := true
			s.Expect = &Expectation{Position: s.Position, Lines: map[string]int{"delivered": s.Line}, Delivered: &delivered, Within: DefaultWithin}
		}
	case "request":
		if s.Expect == nil {
			s.Expect = &Expectation{Position: s.Position, Lines: map[string]int{}, Within: DefaultWithin}
		}
	}
	return s, set
}

// checkAdd refuses an add that says nothing of what comes of it, or too much.
func (l *loader) checkAdd(n *node, s Step) {
	switch {
	case s.Expect == nil:
		l.wrong(n.Position, "add checks nothing", "say what the platform answers: expect: {refused: is full}")
	case s.Effects != nil:
		l.wrong(n.get("effects").Position, "add sends nothing and has no effects", "take effects out")
	}
}

// stepKind returns which of stepKinds the step is, or which of sideKinds if it is
// none of them.
func (l *loader) stepKind(n *node) string {
	var found, beside []*node
	strange := false
	for _, key := range n.keys {
		switch {
		case slices.Contains(stepKinds, key.text):
			found = append(found, key)
		case slices.Contains(sideKinds, key.text):
			beside = append(beside, key)
		case !slices.Contains([]string{"timeout", "effects", "expect", "capture"}, key.text):
			strange = true // perhaps a misspelled kind: then that is the mistake to tell
		}
	}
	switch {
	case len(found) > 1:
		l.wrong(found[1].Position, fmt.Sprintf("a step with %s and %s", found[0].text, found[1].text), "make two steps of it")
	case len(found) == 1:
		return found[0].text
	case strange:
	case len(beside) > 0:
		return beside[0].text
	default:
		l.wrong(n.Position, "a step that does nothing", "one of "+strings.Join(slices.Concat(stepKinds, sideKinds), ", "))
	}
	return ""
}

// behaviors reads how endpoints answer from a step on.
func (l *loader) behaviors(n *node) map[string]string {
	out := map[string]string{}
	l.table(n, "behavior", func(key, n *node) { out[key.text] = l.behavior(n, "behavior of endpoint "+key.text) })
	if n.kind == object && len(n.keys) == 0 {
		l.wrong(n.Position, "behavior is empty", "ENDPOINT: status 200")
	}
	return out
}

// maxPressers bounds how many press in one moment.
const maxPressers = 100

// press reads a click: an action's name, or more about it.
func (l *loader) press(n *node) (p *PressStep, set *node) {
	p = &PressStep{}
	if n.kind == scalar {
		p.Action = l.text(n, "press")
		return p, nil
	}
	l.object(n, "press", []field{
		{"action", true, func(n *node) { p.Action = l.text(n, "action") }},
		{"by", false, func(n *node) { p.By = l.pressers(n) }},
		{"role", false, func(n *node) { p.Role = l.role(n, "role of the presser") }},
		{"source", false, func(n *node) { p.Source = l.address(n, "source") }},
		{"set", false, func(n *node) { p.Set, set = l.neutral(n, "set", inStep), n }},
		{"headers", false, func(n *node) { p.Header = l.pushHeaders(n, "headers", secretInStep) }},
		{"fault", false, func(n *node) { p.Fault = l.fault(n) }},
	})
	return p, set
}

// pressers reads who presses: one, or several in the same moment.
func (l *loader) pressers(n *node) []string {
	if n.kind == scalar {
		return []string{l.expanded(n, "by", inStep)}
	}
	out := []string{}
	l.list(n, "by", func(n *node) { out = append(out, l.expanded(n, "by", inStep)) })
	if n.kind == list && (len(n.items) == 0 || len(n.items) > maxPressers) {
		l.wrong(n.Position, fmt.Sprintf("by is a list of %d", len(n.items)), fmt.Sprintf("1 to %d people", maxPressers))
	}
	return out
}

// fault reads what goes wrong in the dialer: a kind, or "first N" of it.
func (l *loader) fault(n *node) (f sender.DialFault) {
	kinds := names(sender.DialFaultKinds()...)
	text := l.text(n, "fault")
	words := strings.Fields(text)
	if len(words) == 3 && words[0] == "first" {
		if count, err := strconv.Atoi(words[1]); err == nil && count > 0 && count <= maxCount {
			f.First, words = count, words[2:]
		}
	}
	switch {
	case len(words) == 0:
	case len(words) > 1:
		l.wrong(n.Position, "fault is "+brief(text), kinds[0]+", or first 2 "+kinds[0])
	case !slices.Contains(kinds, words[0]):
		l.wrong(n.Position, "unknown fault "+brief(words[0]), suggest(words[0], kinds))
	default:
		f.Kind = sender.DialFaultKind(words[0])
	}
	return f
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
	if !l.object(n, "wait", []field{
		{"endpoint", true, func(n *node) { w.Endpoint = l.text(n, "endpoint") }},
		{"count", false, func(n *node) { w.Count = l.count(n, "count", 0, maxCount) }},
		{"within", false, func(n *node) { w.Within = l.platformTime(n, "within") }},
		{"then_quiet", false, func(n *node) { w.ThenQuiet = l.platformTime(n, "then_quiet") }},
		{"gaps", false, func(n *node) { w.Gaps = l.span(n, "gaps") }},
	}) {
		return w
	}
	switch {
	case w.Count == 0 && w.ThenQuiet == 0 && n.get("count") != nil:
		l.wrong(n.get("count").Position, "waiting for no request checks nothing", "add then_quiet: how long nothing may come")
	case w.Gaps != nil && w.Count < 2:
		l.wrong(n.get("gaps").Position, fmt.Sprintf("gaps with count %d", w.Count), "between two requests there is one: count: 2 or more")
	}
	return w
}

// request reads a request that is no press.
func (l *loader) request(n *node) *RequestStep {
	r := &RequestStep{}
	if !l.object(n, "request", []field{
		{"method", false, func(n *node) { r.Method = l.token(n, "method") }},
		{"url", true, func(n *node) { r.URL = l.url(n, "url of request", inStep) }},
		{"headers", false, func(n *node) { r.Header = l.headers(n, "headers", secretInStep) }},
		{"body", false, func(n *node) { r.Body = l.body(n, "body of request", inStep) }},
		{"raw", false, func(n *node) { r.Raw = l.expanded(n, "raw", secretInStep) }},
	}) {
		return r
	}
	for _, key := range n.keys {
		if n.get("raw") != nil && slices.Contains([]string{"method", "headers", "body"}, key.text) {
			l.wrong(key.Position, "request with raw and "+key.text, "raw is all that is sent, to url's host and port: take one out")
			return r
		}
	}
	return r
}
