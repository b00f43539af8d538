package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/hookdrill/hookdrill/receiver"
	"github.com/hookdrill/hookdrill/scenarios"
	"github.com/hookdrill/hookdrill/sender"
)

// Text writes the run for people: a line for what passed, for each step that did
// not pass what was expected, what happened and how to see it again, and a
// summary. Without color.
func Text(w io.Writer, run scenarios.Run) error { return writeText(w, run, false) }

// Colored is Text for a terminal.
func Colored(w io.Writer, run scenarios.Run) error { return writeText(w, run, true) }

func writeText(w io.Writer, run scenarios.Run, color bool) error {
	alike := sharedLines(run)
	for _, r := range run.Results {
		p := printer{color: color, named: alike[place{r.File, r.Line}]}
		p.result(r)
		if _, err := io.WriteString(w, p.String()); err != nil {
			return err
		}
	}
	p := printer{color: color}
	p.summary(run)
	_, err := io.WriteString(w, p.String())
	return err
}

// printer gathers the lines of one block. Whatever is handed to it as an
// argument has been cleaned.
type printer struct {
	strings.Builder
	color bool
	named bool // a step's lines say which story it is of: its place does not
}

// place is where a story stands.
type place struct {
	file string
	line int
}

// sharedLines are the places of the stories of which the run has several by
// different names: the combinations of a matrix.
func sharedLines(run scenarios.Run) map[place]bool {
	names, shared := map[place]string{}, map[place]bool{}
	for _, r := range run.Results {
		at := place{r.File, r.Line}
		if first, found := names[at]; !found {
			names[at] = r.Name
		} else if first != r.Name {
			shared[at] = true
		}
	}
	return shared
}

func (p *printer) line(format string, args ...any) {
	fmt.Fprintf(p, format+"\n", args...)
}

// row writes one labeled line, with the text in a column of its own.
func (p *printer) row(label, text string) {
	if text == "" {
		return
	}
	p.line("  %-9s  %s", Clean(label), Clean(text))
}

// The colors of verdicts.
const (
	red    = "31"
	green  = "32"
	yellow = "33"
)

func (p *printer) paint(color, text string) string {
	if !p.color {
		return text
	}
	return "\x1b[" + color + "m" + text + "\x1b[0m"
}

// words are the verdicts as the text report writes them.
var words = map[scenarios.Verdict]struct{ word, color string }{
	scenarios.Passed:  {"ok  ", green},
	scenarios.Failed:  {"FAIL", red},
	scenarios.Errored: {"ERR ", red},
	scenarios.Skipped: {"skip", yellow},
}

func (p *printer) verdict(v scenarios.Verdict) string {
	w := words[v]
	return p.paint(w.color, w.word)
}

// result writes one story's run: a line when it passed or was skipped, a block
// for each step that did not pass.
func (p *printer) result(r scenarios.Result) {
	bad := 0
	for _, s := range r.Steps {
		if s.Verdict == scenarios.Failed || s.Verdict == scenarios.Errored {
			p.step(r, s)
			bad++
		}
	}
	if bad > 0 {
		return
	}
	p.line("%s %s:%d  %s    %s", p.verdict(r.Verdict), Clean(r.File), r.Line, Clean(r.Name), p.tail(r))
	p.row("reason", r.Reason)
	for _, n := range r.Notes {
		p.row("note", n)
	}
	if r.Verdict == scenarios.Failed || r.Verdict == scenarios.Errored {
		p.row("again", r.Again)
	}
}

// tail says where a result comes from, and what a pass consists of.
func (p *printer) tail(r scenarios.Result) string {
	parts := []string{Clean(r.Stage)}
	if r.Profile != "" {
		parts = append(parts, Clean(r.Profile))
	}
	if r.Verdict != scenarios.Passed {
		if r.Seed != 0 {
			parts = append(parts, fmt.Sprintf("seed %d", r.Seed))
		}
		return strings.Join(parts, " · ")
	}
	n := 0
	for _, s := range r.Steps {
		n += s.Checks
	}
	return strings.Join(parts, " · ") + fmt.Sprintf("  %s, %s", count(n, "check"), Duration(r.Took))
}

// step writes why one step did not pass.
func (p *printer) step(r scenarios.Result, s scenarios.StepResult) {
	p.line("%s %s:%d  %s    %s", p.verdict(s.Verdict), Clean(r.File), s.Line, Clean(stepName(s)), p.tail(failed(r)))
	if p.named {
		p.row("story", r.Name)
	}
	told := len(s.Deliveries) == 0
	for _, f := range s.Failures {
		// That it was not delivered is told by the attempt, with the reason.
		if !told && f.What == whatDelivered && !delivered(s) {
			told = true
			p.deliveries(s)
			continue
		}
		p.failure(f)
	}
	if !told {
		p.deliveries(s)
	}
	p.answered(s.Answer)
	p.findings(s)
	p.reactions(s)
	p.connections(s)
	p.told(s)
	var overrides []string
	for _, d := range s.Deliveries {
		if len(s.Deliveries) == 1 || !d.Delivered {
			p.platform(d)
			overrides = d.Overrides
			break // of several presses one says what follows for the others too
		}
	}
	if !saysReason(r) {
		p.row("reason", r.Reason)
	}
	for _, n := range r.Notes {
		if !slices.Contains(overrides, n) { // said above
			p.row("note", n)
		}
	}
	p.row("again", r.Again)
}

// saysReason reports whether the story's reason is what one of its steps says of
// itself: it is none of the others'.
func saysReason(r scenarios.Result) bool {
	return slices.ContainsFunc(r.Steps, func(s scenarios.StepResult) bool {
		return slices.ContainsFunc(s.Failures, func(f scenarios.Failure) bool { return f.Text == r.Reason })
	})
}

// stepName is the step's name, with the part of the story that it is in.
func stepName(s scenarios.StepResult) string {
	if s.Part == "" {
		return s.Name
	}
	return string(s.Part) + ": " + s.Name
}

// delivered reports whether each delivery of a step was delivered by the attempt
// that the step is about.
func delivered(s scenarios.StepResult) bool {
	return !slices.ContainsFunc(s.Deliveries, func(d sender.Delivery) bool {
		return s.Attempt >= len(d.Attempts) || !d.Attempts[s.Attempt].Delivered
	})
}

// deliveries writes what became of each press of a step.
func (p *printer) deliveries(s scenarios.StepResult) {
	for i, d := range s.Deliveries {
		if len(s.Deliveries) > 1 {
			by := d.Press.By.Name
			if by == "" {
				by = fmt.Sprint(i + 1)
			}
			p.line("  by %s, event %s", Clean(by), Clean(d.EventID))
		}
		p.attempts(d, s.Attempt, func(attempt int) *receiver.Entry {
			for _, pair := range s.Pairs {
				if pair.Delivery == i && pair.Attempt == attempt {
					return &pair.Entry
				}
			}
			return nil
		})
	}
}

// answered writes what a request that was no press got.
func (p *printer) answered(a *scenarios.Answer) {
	switch {
	case a == nil:
	case a.Status == 0:
		p.line("  no answer after %s: %s", Duration(a.Took), Clean(a.Error))
	default:
		p.line("  answered %d after %s", a.Status, Duration(a.Took))
	}
}

// connections writes how connections ended on which no request came.
func (p *printer) connections(s scenarios.StepResult) {
	for _, e := range s.Entries {
		if e.NoRequest {
			p.row("endpoint", "a connection without a request: "+connectionEnd(e))
		}
	}
}

// whatDelivered is the name of the expectation that a push is delivered.
const whatDelivered = "expect.delivered"

// failed is r with a verdict that makes tail write the seed: a step may have
// failed in a story whose verdict is another.
func failed(r scenarios.Result) scenarios.Result {
	r.Verdict = scenarios.Failed
	return r
}

func (p *printer) failure(f scenarios.Failure) {
	p.line("  %s", Clean(f.Text))
	if f.Diff == "" {
		return
	}
	for _, l := range strings.Split(strings.TrimRight(f.Diff, "\n"), "\n") {
		// A line that begins with text from outside could be a command to a CI.
		p.line("    | %s", Clean(l))
	}
}

// findings writes what the mock endpoints found wrong with what reached them.
func (p *printer) findings(s scenarios.StepResult) {
	for _, e := range s.Entries {
		for _, f := range e.Findings {
			for _, v := range f.Violations {
				p.row("endpoint", fmt.Sprintf("check %s: %s", f.Check, v))
			}
		}
	}
}

// reactions writes, once each, the calls that mock endpoints could not make or that
// got no answer.
func (p *printer) reactions(s scenarios.StepResult) {
	written := map[string]bool{}
	for _, e := range s.Entries {
		for _, r := range e.Reactions {
			text := fmt.Sprintf("reaction %s: %s", redactCall(r.Call), r.Error)
			if r.Error != "" && !written[text] {
				p.row("endpoint", text)
				written[text] = true
			}
		}
	}
}

// summary writes what was under test and how it ended.
func (p *printer) summary(run scenarios.Run) {
	if len(run.Results) > 0 {
		p.line("")
	}
	if run.UnderTest != "" {
		p.line("under test: %s", Clean(run.UnderTest))
	}
	var parts []string
	for _, v := range []scenarios.Verdict{scenarios.Passed, scenarios.Failed, scenarios.Errored, scenarios.Skipped} {
		if n := run.Count(v); n > 0 {
			parts = append(parts, p.paint(words[v].color, fmt.Sprintf("%d %s", n, v)))
		}
	}
	if len(parts) == 0 {
		parts = []string{"nothing was judged"}
	}
	p.line("%s; %s, %s · seed %d", strings.Join(parts, ", "), count(checks(run), "check"), Duration(run.Took), run.Seed)
	if run.Interrupted {
		p.line("%s: what was not finished by then is not judged", p.paint(yellow, "interrupted"))
	}
}

// count writes "1 check", "2 checks".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
