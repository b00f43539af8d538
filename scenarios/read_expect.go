package scenarios

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hookdrill/hookdrill/sender"
)

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

// The keys of expect that say how a step ends; with none of them it must be
// delivered.
var endKeys = []string{"delivered", "outcome", "phase", "status", "written", "late", "place", "consequence", "ended", "attempts", "last"}

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
					l.wrong(value.Position, fmt.Sprintf("%s is nothing that %s can expect", key, kind), "it belongs to "+enumeration(kinds))
				}
				e.Lines[key] = value.Line
				read(value)
			}}
		}
	}
	sent, answered := of("press", "redeliver", "settle"), of("press", "redeliver", "settle", "request")
	refused := of("add", "press")
	reached := of("press", "redeliver", "settle", "wait", "request", "at", "behavior")
	least := 100
	if kind == "request" {
		least = 0 // no answer at all
	}
	l.object(n, "expect", []field{
		sent("delivered", func(n *node) { v := l.flag(n, "delivered"); e.Delivered = &v }),
		sent("outcome", func(n *node) { e.Outcome = l.oneOf(n, "outcome", kindNames) }),
		sent("phase", func(n *node) { e.Phase = l.oneOf(n, "phase", phaseNames) }),
		answered("status", func(n *node) { e.Status = l.counted(n, "status", least, 599) }),
		sent("ended", func(n *node) { e.Ended = l.oneOf(n, "ended", endedNames) }),
		sent("attempts", func(n *node) { l.attempts(n, e) }),
		sent("last", func(n *node) { last := l.attempt(n, "last"); e.Last = &last }),
		sent("consequence", func(n *node) { e.Consequence = l.expanded(n, "consequence", inStep) }),
		sent("written", func(n *node) { e.Written = l.oneOf(n, "written", writtens) }),
		sent("late", func(n *node) { e.Late = l.late(n) }),
		sent("place", func(n *node) { e.Place = l.counted(n, "place", 1, maxCount) }),
		answered("body", func(n *node) { e.Body = l.pointed(n, "body") }),
		answered("headers", func(n *node) { e.Header = l.headers(n, "headers", inStep) }),
		field{"refused", false, func(n *node) {
			if n.kind == scalar && n.plain && decimal.MatchString(n.text) { // of calls, by the console
				reached("refused", func(n *node) { e.RefusedCalls = l.counted(n, "refused", 0, maxCount) }).read(n)
				return
			}
			refused("refused", func(n *node) { e.Refused = l.expanded(n, "refused", inStep) }).read(n)
		}},
		reached("entries", func(n *node) {
			l.list(n, "entries", func(n *node) { e.Entries = append(e.Entries, l.entry(n)) })
			if n.kind == list && len(n.items) == 0 {
				l.wrong(n.Position, "entries is an empty list and checks nothing", "- {endpoint: NAME, count: 0} expects that nothing came")
			}
		}),
		reached("incident", func(n *node) { e.Incident = l.incidentExpectation(n) }),
		reached("timeline", func(n *node) { e.Timeline = l.timeline(n) }),
		reached("page", func(n *node) { e.Page = l.pageExpectation(n) }),
		reached("within", func(n *node) { e.Within = l.duration(n, "within", false) }),
	})
	if n.kind == object {
		l.checkExpectation(n, e)
	}
	return e
}

// checkExpectation refuses keys that do not go together.
func (l *loader) checkExpectation(n *node, e *Expectation) {
	if n.get("within") != nil && !e.looks() {
		l.wrong(n.get("within").Position, "within without entries", "it says how long entries, incident, timeline, page and refused calls may take; a press has its deadline")
	}
	if e.Refused == "" {
		return
	}
	for _, key := range n.keys {
		if slices.Contains(endKeys, key.text) || key.text == "headers" || key.text == "body" {
			l.wrong(key.Position, key.text+" beside refused", "a press that is refused sends nothing: take one out")
			return
		}
	}
}

// attempts reads how many attempts there are, or what became of each.
func (l *loader) attempts(n *node, e *Expectation) {
	if n.kind != list {
		e.Attempts = l.counted(n, "attempts", 0, maxCount)
		return
	}
	e.AttemptList = []AttemptExpectation{}
	l.list(n, "attempts", func(n *node) { e.AttemptList = append(e.AttemptList, l.attempt(n, "attempt")) })
	switch {
	case len(n.items) == 0:
		l.wrong(n.Position, "attempts is an empty list", "attempts: 0 expects that none is made")
	case len(e.AttemptList) > 0 && e.AttemptList[0].After != nil:
		l.wrong(n.items[0].get("after").Position, "after of the first attempt", "it is the time since the attempt before: there is none")
	}
}

// attempt reads what is expected of one attempt; {} is any.
func (l *loader) attempt(n *node, what string) AttemptExpectation {
	a := AttemptExpectation{Position: n.Position}
	l.object(n, what, []field{
		{"delivered", false, func(n *node) { v := l.flag(n, "delivered"); a.Delivered = &v }},
		{"outcome", false, func(n *node) { a.Outcome = l.oneOf(n, "outcome", kindNames) }},
		{"phase", false, func(n *node) { a.Phase = l.oneOf(n, "phase", phaseNames) }},
		{"status", false, func(n *node) { a.Status = l.counted(n, "status", 100, 599) }},
		{"written", false, func(n *node) { a.Written = l.oneOf(n, "written", writtens) }},
		{"late", false, func(n *node) { a.Late = l.late(n) }},
		{"place", false, func(n *node) { a.Place = l.counted(n, "place", 1, maxCount) }},
		{"after", false, func(n *node) { a.After = l.span(n, "after") }},
	})
	if what == "last" && n.kind == object && len(n.keys) == 0 {
		l.wrong(n.Position, "last is empty and checks nothing", "leave it out, or name what must come")
	}
	return a
}

// late reads how an answer is to end after the deadline.
func (l *loader) late(n *node) string {
	if l.lateAt == nil {
		l.lateAt = &n.Position
	}
	return l.oneOf(n, "late", kindNames)
}

// span reads a time from min to max of platform time.
func (l *loader) span(n *node, what string) *Span {
	s := &Span{Position: n.Position}
	l.object(n, what, []field{
		{"min", false, func(n *node) { s.Min = l.platformTime(n, "min of "+what) }},
		{"max", false, func(n *node) { s.Max = l.platformTime(n, "max of "+what) }},
	})
	switch {
	case n.kind != object || l.failed():
	case len(n.keys) == 0:
		l.wrong(n.Position, what+" is empty and checks nothing", "{min: 1m, max: 2h}, or one of them")
	case s.Max > 0 && s.Max < s.Min:
		l.wrong(n.get("max").Position, fmt.Sprintf("max of %s is shorter than min", what), "min comes first")
	}
	return s
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
		{"headers", false, func(n *node) { e.Header = l.headers(n, "headers", inStep) }},
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
		out[key.text] = l.expanded(n, "query "+key.text, inStep)
	})
	return out
}

// findings reads names of checks; an empty list says that none found anything.
func (l *loader) findings(n *node) *[]string {
	out := []string{}
	l.list(n, "findings", func(n *node) { out = append(out, l.oneOf(n, "check", checkNames)) })
	return &out
}

// captures reads what a step keeps for those behind it; kind is the step's.
func (l *loader) captures(n *node, kind string) []Capture {
	out := []Capture{}
	l.table(n, "capture", func(key, n *node) {
		if !isName(key.text) {
			l.wrong(key.Position, "name "+brief(key.text)+" in capture", "letters, digits, _ and -")
			return
		}
		out = append(out, l.capture(key, n, kind))
	})
	if n.kind == object && len(n.keys) == 0 {
		l.wrong(n.Position, "capture is empty", "NAME: {answer: /pointer}")
	}
	return out
}

// The keys of a capture that say where its value stands.
var (
	ownCaptures   = []string{"answer", "answer_header", "event_id"}
	entryCaptures = []string{"body", "header", "query", "value", "event_id"}
)

// capture reads what is kept under one name.
func (l *loader) capture(key, n *node, kind string) Capture {
	c := Capture{Position: key.Position, Name: key.text}
	what := "capture " + key.text
	if !l.object(n, what, []field{
		{"answer", false, func(n *node) { p := l.pointer(n, "answer of "+what); c.Answer = &p }},
		{"answer_header", false, func(n *node) { c.AnswerHeader = l.token(n, "answer_header of "+what) }},
		{"event_id", false, func(n *node) {
			if c.EventID = l.flag(n, "event_id of "+what); !c.EventID {
				l.wrong(n.Position, "event_id of "+what+" is false", "true takes it; else leave it out")
			}
		}},
		{"entry", false, func(n *node) { c.Entry = l.text(n, "entry of "+what) }},
		{"body", false, func(n *node) { p := l.pointer(n, "body of "+what); c.Body = &p }},
		{"header", false, func(n *node) { c.Header = l.token(n, "header of "+what) }},
		{"query", false, func(n *node) { c.Query = l.text(n, "query of "+what) }},
		{"value", false, func(n *node) { c.Value = l.oneOf(n, "name", l.profiles().neutral()) }},
	}) {
		return c
	}
	l.checkCapture(n, what, kind)
	return c
}

// checkCapture refuses a capture that takes nothing, or what the step has not.
func (l *loader) checkCapture(n *node, what, kind string) {
	var taken []*node
	for _, key := range n.keys {
		if key.text != "entry" {
			taken = append(taken, key)
		}
	}
	fits, hint := ownCaptures, "of the step: "+strings.Join(ownCaptures, ", ")+"; with entry: ENDPOINT also "+strings.Join(entryCaptures, ", ")
	if n.get("entry") != nil {
		fits, hint = entryCaptures, "of an entry: "+strings.Join(entryCaptures, ", ")
	}
	sends := slices.Contains([]string{"", "press", "redeliver", "settle"}, kind)
	switch {
	case len(taken) != 1:
		l.wrong(n.Position, fmt.Sprintf("%s takes %d things", what, len(taken)), "exactly one: "+hint)
	case !slices.Contains(fits, taken[0].text):
		l.wrong(taken[0].Position, fmt.Sprintf("%s takes %s", what, taken[0].text), hint)
	case n.get("entry") == nil && !sends && !(kind == "request" && taken[0].text != "event_id"):
		l.wrong(taken[0].Position, fmt.Sprintf("%s has no %s to capture", kind, taken[0].text), "take it from an entry: {entry: ENDPOINT, body: /pointer}")
	}
}

// endedNames are the ends of a delivery that a story may expect: it plays all
// repeats, and nobody gives up.
var endedNames = names(sender.EndedDelivered, sender.EndedDropped, sender.EndedExhausted, sender.EndedDisabled, sender.EndedTooLarge, sender.EndedQueueFull)
