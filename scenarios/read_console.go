package scenarios

import (
	"cmp"
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/hookdrill/hookdrill/sender/console"
)

// console reads how a stage's console is set up.
func (l *loader) console(n *node, what string) ConsoleSettings {
	s := ConsoleSettings{Position: n.Position}
	l.object(n, what, []field{
		{"listen", false, func(n *node) { s.Listen = l.listen(n, "listen of "+what) }},
		{"url", false, func(n *node) { s.URL = l.url(n, "url of "+what, scope{}) }},
		{"fields", false, func(n *node) { s.Fields = l.fields(n, "fields of "+what) }},
	})
	switch {
	case n.kind != object || l.failed():
	case len(n.keys) == 0:
		l.wrong(n.Position, what+" is empty", "a console is there without being declared; {listen: 127.0.0.1:9911} fixes its address")
	case s.URL != "" && s.Listen == "":
		l.wrong(n.get("url").Position, what+" has url and no listen", "what leads to it needs its port: listen: 127.0.0.1:9911")
	}
	return s
}

// listen reads an address to listen at: an IP address and a port.
func (l *loader) listen(n *node, what string) string {
	text := l.expanded(n, what, scope{})
	if text == "" {
		return ""
	}
	host, port, err := net.SplitHostPort(text)
	number, bad := strconv.Atoi(port)
	if err != nil || bad != nil || number < 1 || number > 65535 || net.ParseIP(host) == nil {
		l.wrong(n.Position, fmt.Sprintf("%s is %s", what, brief(text)), "an IP address and a port, as in 127.0.0.1:9911; leave it out for a free port")
	}
	return text
}

// fields reads custom fields: name and type, or more about each.
func (l *loader) fields(n *node, what string) []console.Field {
	var out []console.Field
	l.table(n, what, func(key, n *node) {
		f := console.Field{Name: key.text}
		if n.kind == scalar {
			f.Type = l.text(n, "type of field "+key.text)
		} else {
			l.object(n, "field "+key.text, []field{
				{"type", true, func(n *node) { f.Type = l.text(n, "type of field "+key.text) }},
				{"label", false, func(n *node) { f.Label = l.text(n, "label of field "+key.text) }},
				{"options", false, func(n *node) { f.Options = l.texts(n, "options of field "+key.text) }},
			})
		}
		out = append(out, f)
	})
	slices.SortFunc(out, func(a, b console.Field) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// environment reads the variables of a started endpoint.
func (l *loader) environment(n *node, what string, s scope) map[string]string {
	out := map[string]string{}
	l.table(n, what, func(key, n *node) {
		if strings.ContainsAny(key.text, "=\x00") {
			l.wrong(key.Position, "variable name "+brief(key.text), "letters, digits and _")
		}
		out[key.text] = l.expanded(n, "variable "+key.text, s)
	})
	return out
}

// timelineMatch reads which entries of the timeline count: of one kind, or more
// about them.
func (l *loader) timelineMatch(n *node, what string) *TimelineMatch {
	m := &TimelineMatch{}
	if n.kind == scalar {
		m.What = l.oneOf(n, "kind of entry", whatNames)
		return m
	}
	l.object(n, what, m.fields(l, scope{}))
	if n.kind == object && len(n.keys) == 0 {
		l.wrong(n.Position, what+" is empty", "what: commented counts comments")
	}
	return m
}

// fields are the keys that say which entries m chooses.
func (m *TimelineMatch) fields(l *loader, s scope) []field {
	return []field{
		{"what", false, func(n *node) { m.What = l.oneOf(n, "kind of entry", whatNames) }},
		{"field", false, func(n *node) { m.Field = l.expanded(n, "field", s) }},
		{"contains", false, func(n *node) { m.Contains = l.expanded(n, "contains", s) }},
	}
}

// timeline reads the entries that must be on the timeline, in their order.
func (l *loader) timeline(n *node) []TimelineExpectation {
	out := []TimelineExpectation{}
	l.list(n, "timeline", func(n *node) {
		e := TimelineExpectation{Position: n.Position}
		l.object(n, "entry of the timeline", append(e.TimelineMatch.fields(l, inStep), []field{
			{"call", false, func(n *node) { e.Call = l.expanded(n, "call", inStep) }},
			{"status", false, func(n *node) { e.Status = l.counted(n, "status", 100, 599) }},
			{"by", false, func(n *node) { e.By = l.expanded(n, "by", inStep) }},
			{"count", false, func(n *node) { e.Count = l.counted(n, "count", 0, maxCount) }},
			{"after", false, func(n *node) { e.After = l.text(n, "after") }},
			{"within", false, func(n *node) { e.Within = l.platformTime(n, "within") }},
		}...))
		if n.kind == object && len(n.keys) == 0 {
			l.wrong(n.Position, "an entry of the timeline is empty and checks nothing", "{what: commented, contains: load}")
		}
		out = append(out, e)
	})
	if n.kind == list && len(n.items) == 0 {
		l.wrong(n.Position, "timeline is an empty list and checks nothing", "- {what: refused, count: 0} expects that nothing is refused")
	}
	return out
}

// incidentExpectation reads how the story's incident must stand.
func (l *loader) incidentExpectation(n *node) *IncidentExpectation {
	e := &IncidentExpectation{Position: n.Position}
	l.object(n, "incident", []field{
		{"status", false, func(n *node) { e.Status = l.oneOf(n, "status", incidentStatuses) }},
		{"title", false, func(n *node) { e.Title = l.expanded(n, "title", inStep) }},
		{"severity", false, func(n *node) { e.Severity = l.expanded(n, "severity", inStep) }},
		{"fields", false, func(n *node) {
			e.Fields = map[string]any{}
			l.table(n, "fields", func(key, n *node) {
				e.Fields[key.text] = l.value(n, func(n *node) string { return l.resolve(n, n.text, inStep) })
			})
		}},
		{"comment", false, func(n *node) {
			one := func(n *node) { e.Comments = append(e.Comments, l.expanded(n, "comment", inStep)) }
			if n.kind == scalar {
				one(n)
				return
			}
			l.list(n, "comment", one)
		}},
	})
	if n.kind == object && len(n.keys) == 0 {
		l.wrong(n.Position, "incident is empty and checks nothing", "{status: resolved}")
	}
	return e
}

// pageExpectation reads how the status page must stand.
func (l *loader) pageExpectation(n *node) *PageExpectation {
	e := &PageExpectation{Position: n.Position}
	l.object(n, "page", []field{
		{"title", false, func(n *node) { e.Title = l.expanded(n, "title", inStep) }},
		{"status", false, func(n *node) { e.Status = l.expanded(n, "status", inStep) }},
		{"components", false, func(n *node) {
			if n.kind == scalar {
				e.All = l.expanded(n, "components", inStep)
				return
			}
			e.Components = map[string]string{}
			l.table(n, "components", func(key, n *node) { e.Components[key.text] = l.expanded(n, "component "+key.text, inStep) })
		}},
	})
	if n.kind == object && len(n.keys) == 0 {
		l.wrong(n.Position, "page is empty and checks nothing", "{status: resolved, components: operational}")
	}
	return e
}

// consoleReference says what is wrong with ${console.name}.
func (l *loader) consoleReference(n *node, name string, s scope) (problem, hint string) {
	platforms := l.profiles().platforms()
	r := parseConsoleRef(name, platforms)
	keep := brief("${console." + name + "}")
	first, rest, dotted := strings.Cut(name, ".")
	switch {
	case r.part == "" && dotted && parseConsoleRef(rest, nil).part != "":
		return "unknown platform " + brief(first) + " in reference " + keep, suggest(first, platforms)
	case r.part == "":
		return "reference " + keep, suggest(name, append(spelled(consoleParts), platforms...))
	case !s.console && !s.address:
		return keep + " stands where no console is known", "it belongs to endpoints, effects and steps"
	case !s.console && r.part != partURL && r.part != partKey:
		return keep + " in a url, before it is known", "${console.url} and ${console.key} are known there"
	case r.platform != "" && (r.part == partIncident || r.part == partAction):
		return keep + ": the incident and its actions are those of the platform that the story is told on", "leave the platform out: ${console." + r.part + "}"
	case r.name == "" && slices.Contains(namedParts, r.part):
		return "reference " + keep, "write ${console." + r.part + ".NAME}"
	}
	if l.consoles[s.stage] == nil {
		l.consoles[s.stage] = map[string]bool{}
	}
	l.consoles[s.stage][r.platform] = true
	if r.part == partAction {
		l.buttons = append(l.buttons, pendingReference{n, "console." + name, "console", r.name})
	}
	return "", ""
}

// spelled writes the parts of a console as they are written, names and all.
func spelled(parts []string) []string {
	out := slices.Clone(parts)
	for i, part := range out {
		if slices.Contains(namedParts, part) {
			out[i] = part + ".NAME"
		}
	}
	return out
}

// checkButtons looks up the actions whose ids texts refer to.
func (l *loader) checkButtons(s *Scenario) {
	for _, b := range l.buttons {
		if _, ok := s.Actions[b.name]; !ok {
			l.wrong(l.place(b.node, "${"+b.ref), fmt.Sprintf("unknown action %s", brief(b.name)), suggest(b.name, slices.Collect(maps.Keys(s.Actions))))
			return
		}
	}
}

// bodyPointer returns the JSON pointer of ${request.body./a}, ${answer./a} and
// ${answer.2./a}.
func bodyPointer(ref string) (pointer string, is bool) {
	if pointer, is = strings.CutPrefix(ref, "answer."); is {
		number, rest, numbered := strings.Cut(pointer, ".")
		if _, err := strconv.Atoi(number); numbered && err == nil {
			return rest, true
		}
		return pointer, true
	}
	return strings.CutPrefix(ref, "request.body.")
}
