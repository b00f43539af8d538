package scenarios

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

// sight is what one step saw, once there is nothing left to wait for. It is all
// that a judge looks at.
type sight struct {
	pushes  []push        // of press, redeliver and settle
	success func() string // the statuses that the platform calls delivered, in words: "200", "2xx"
	refusal error         // of add: why the platform refuses the action, nil when it does not
	answer  *Answer       // of request
	effects []EffectResult
	office  *office           // of what the step expects of the console; nil when that is nothing
	entries map[string][]seen // what reached mock endpoints since the step began, in order of arrival
}

// push is one delivery of a step.
type push struct {
	who      string // of several pressers: which one
	delivery sender.Delivery
	attempt  int   // index of the step's own attempt in it
	refusal  error // why the platform did not take the press, nil when it did
}

// own returns the step's own attempt; ok is false when there is none.
func (p push) own() (a sender.Attempt, ok bool) {
	if p.attempt >= len(p.delivery.Attempts) {
		return a, false
	}
	return p.delivery.Attempts[p.attempt], true
}

// nothingWritten reports whether the step pushed, and not a byte of it went out.
func (s *sight) nothingWritten() bool {
	for _, p := range s.pushes {
		if a, made := p.own(); made && a.Written != sender.WrittenNone || len(p.delivery.Attempts) > p.attempt+1 {
			return false
		}
	}
	return len(s.pushes) > 0
}

// judgment is what became of a step's expectations.
type judgment struct {
	checks   int
	failures []Failure
	who      string // whose push is judged, "" where there is one
}

// judge compares what step expects with what was seen. It is pure: the same
// step and sight give the same judgment.
func judge(step Step, s sight) judgment {
	j := new(judgment)
	expect := step.Expect
	if expect == nil {
		expect = &Expectation{Position: step.Position}
	}
	for _, p := range s.pushes {
		one := judgment{who: p.who}
		one.push(*expect, s.success, p)
		j.checks += one.checks
		j.failures = append(j.failures, one.failures...)
	}
	if s.answer != nil {
		j.answer(*expect, *s.answer)
	}
	if step.Add != "" {
		j.refusal(*expect, step.Add, s.refusal)
	}
	if step.Effects != nil {
		j.effects(*step.Effects, s.effects)
	}
	for i, entry := range expect.Entries {
		j.entry(fmt.Sprintf("expect.entries[%d]", i), entry, s.entries[entry.Endpoint])
	}
	j.console(*expect, s.office)
	return *j
}

// check counts one expectation and keeps the sentence of one that is not met.
func (j *judgment) check(met bool, what string, line int, format string, args ...any) {
	j.checks++
	if !met {
		j.fail(what, line, fmt.Sprintf(format, args...))
	}
}

// fail adds the sentence of an expectation that is not met.
func (j *judgment) fail(what string, line int, text string) {
	if j.who != "" {
		text = j.who + ": " + text
	}
	j.failures = append(j.failures, sentence(what, line, text))
}

// refusal judges whether the platform takes one more action.
func (j *judgment) refusal(e Expectation, action string, refusal error) {
	switch {
	case e.Refused == "":
		j.check(refusal == nil, "expect.refused", e.Line, "refused: %v, want %s accepted", refusal, action)
	case refusal == nil:
		j.check(false, "expect.refused", e.line("refused"), "add %s: accepted, want refused (%s)", action, e.Refused)
	default:
		j.check(strings.Contains(refusal.Error(), e.Refused), "expect.refused", e.line("refused"),
			"refused: %v, want it to say %s", refusal, compact(e.Refused))
	}
}

// effects judges the counters.
func (j *judgment) effects(e Effects, got []EffectResult) {
	for i, count := range e.Counts {
		j.check(got[i].Got == count.Want, "effects."+count.Name, count.Line, "%s: %d, want %d", count.Name, got[i].Got, count.Want)
	}
}

// entry judges what reached one mock endpoint: the newest of the entries that
// e's method and path choose.
func (j *judgment) entry(what string, e EntryExpectation, came []seen) {
	chosen := slices.DeleteFunc(slices.Clone(came), func(s seen) bool { return !e.chooses(s) })
	if e.Count != nil {
		j.check(len(chosen) == *e.Count, what+".count", e.Line, "%s: %s %s, want %d", e.Endpoint, counted(len(chosen)), e.kind(), *e.Count)
		if *e.Count == 0 || len(chosen) == 0 {
			return
		}
	}
	if len(chosen) == 0 {
		j.check(false, what, e.Line, "%s: no %s%s", e.Endpoint, e.kind(), others(came))
		return
	}
	newest := chosen[len(chosen)-1]
	if e.Count == nil {
		j.check(true, what, e.Line, "")
	}
	j.query(what+".query", e, newest)
	j.header(what+".header", e.Line, e.Endpoint+": ", e.Header, newest.Request.Header)
	j.body(what+".body", e.Line, e.Endpoint+": ", e.Body, newest.Request.Body)
	if e.Findings != nil {
		got, want := strings.Join(newest.findings(), ", "), strings.Join(*e.Findings, ", ")
		j.check(got == want, what+".findings", e.Line, "%s: findings: %s, want %s", e.Endpoint, none(got), none(want))
	}
	if e.Status != nil {
		j.check(newest.Done.Status == *e.Status, what+".status", e.Line, "%s: %s, want %d", e.Endpoint, newest.answer(), *e.Status)
	}
	if e.Duplicate != nil {
		j.check(newest.duplicate == *e.Duplicate, what+".duplicate", e.Line, "%s: %s, want %s", e.Endpoint, duplicate(newest.duplicate), duplicate(*e.Duplicate))
	}
	if e.Client != "" {
		got := newest.client()
		j.check(got == e.Client, what+".client", e.Line, "%s: client %s, want %s", e.Endpoint, got, e.Client)
	}
}

func (j *judgment) query(what string, e EntryExpectation, s seen) {
	got := s.query()
	for _, name := range slices.Sorted(maps.Keys(e.Query)) {
		value := absent
		if got.Has(name) {
			value = compact(got.Get(name))
		}
		j.check(value == compact(e.Query[name]), what, e.Line, "%s: query %s: %s, want %s", e.Endpoint, name, value, compact(e.Query[name]))
	}
}

// header judges header values; those of secret headers are compared and not told.
func (j *judgment) header(what string, line int, who string, want map[string]string, got http.Header) {
	for _, name := range slices.Sorted(maps.Keys(want)) {
		found, wanted := absent, compact(want[name])
		if values := got.Values(name); len(values) > 0 {
			found = compact(strings.Join(values, ", "))
		}
		met := found == wanted
		if schema.SecretHeader(name) && found != absent {
			found = "another value"
		}
		if schema.SecretHeader(name) {
			wanted = schema.Redacted
		}
		j.check(met, what, line, "%sheader %s: %s, want %s", who, name, found, wanted)
	}
}

// body judges values at JSON pointers; each pointer is one check, and one
// failure for each place below it that differs.
func (j *judgment) body(what string, line int, who string, want map[string]any, got []byte) {
	if len(want) == 0 {
		return
	}
	value, err := decode(got)
	if err != nil {
		j.checks += len(want)
		j.fail(what, line, fmt.Sprintf("%sbody: %s is not JSON, want JSON", who, compact(string(got))))
		return
	}
	for _, pointer := range slices.Sorted(maps.Keys(want)) {
		j.checks++
		found, ok := lookup(value, pointer)
		if !ok {
			j.fail(what, line, fmt.Sprintf("%sbody %s: %s, want %s", who, pointer, absent, compact(want[pointer])))
			continue
		}
		all := differences(found, want[pointer])
		for i, d := range all {
			if i == maxDifferences {
				j.fail(what, line, fmt.Sprintf("%sbody %s: %d more differences", who, pointer, len(all)-i))
				break
			}
			j.fail(what, line, fmt.Sprintf("%sbody %s: %s, want %s", who, pointer+d.Pointer, d.Got, d.Want))
		}
	}
}

// maxDifferences is how many places of one value are told.
const maxDifferences = 10

// line returns where key stands in the file, or where the expectation begins.
func (e Expectation) line(key string) int {
	if line, ok := e.Lines[key]; ok {
		return line
	}
	return e.Line
}

// chooses reports whether e is about s.
func (e EntryExpectation) chooses(s seen) bool {
	return (e.Method == "" || e.Method == s.Request.Method) && (e.Path == "" || e.Path == s.Request.Path)
}

// kind says which requests e is about: "POST /incident/comment", "request".
func (e EntryExpectation) kind() string {
	if e.Method == "" && e.Path == "" {
		return "request"
	}
	return strings.TrimSpace(e.Method + " " + e.Path)
}

// others lists what came in place of what was wanted.
func others(came []seen) string {
	if len(came) == 0 {
		return "; nothing came"
	}
	var lines []string
	for _, s := range came {
		lines = append(lines, s.Request.Method+" "+s.Request.Path)
	}
	return "; came " + strings.Join(slices.Compact(lines), ", ")
}

func duplicate(attempt int) string {
	if attempt == 0 {
		return "no duplicate"
	}
	return fmt.Sprintf("duplicate of attempt %d", attempt)
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func none(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

func counted(n int) string { return strconv.Itoa(n) + " ×" }

// maxSentence is how many characters of a failure stand in its text; the whole
// of a longer one is its Diff.
const maxSentence = 240

// sentence makes a failure whose text is one line that a person can read.
func sentence(what string, line int, text string) Failure {
	f := Failure{What: what, Text: text, Line: line}
	if utf8.RuneCountInString(text) <= maxSentence {
		return f
	}
	f.Text = string([]rune(text)[:maxSentence]) + "…"
	f.Diff = "+ " + text
	if got, want, found := strings.Cut(text, ", want "); found {
		f.Diff = "- " + want + "\n+ " + got
	}
	return f
}
