package drilltest

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"github.com/hookdrill/hookdrill/scenarios"
	"github.com/hookdrill/hookdrill/sender"
)

// failure writes why a story did not pass, as the text report does: for each step
// that did not, its place in the file, what was expected, and what happened.
func failure(r scenarios.Result, again string) string {
	var b strings.Builder
	row := func(label, text string) {
		if text != "" {
			fmt.Fprintf(&b, "  %-9s  %s\n", label, clean(text))
		}
	}
	head := func(line int, verdict scenarios.Verdict, name string) {
		word := "FAIL"
		if verdict == scenarios.Errored {
			word = "ERR "
		}
		fmt.Fprintf(&b, "%s %s:%d  %s    %s · %s · seed %d\n", word, clean(r.File), line, clean(name), clean(r.Stage), clean(r.Profile), r.Seed)
	}
	told := false
	for _, s := range r.Steps {
		if s.Verdict != scenarios.Failed && s.Verdict != scenarios.Errored {
			continue
		}
		told = true
		head(s.Line, s.Verdict, s.Name)
		row("story", r.Name)
		for _, f := range s.Failures {
			fmt.Fprintf(&b, "  %s\n", clean(f.Text))
			for line := range strings.Lines(f.Diff) {
				fmt.Fprintf(&b, "    | %s\n", clean(strings.TrimRight(line, "\n")))
			}
		}
		happened(s, row)
	}
	if !told {
		head(r.Line, r.Verdict, r.Name)
		row("reason", r.Reason)
	}
	for _, note := range r.Notes {
		row("note", note)
	}
	row("again", again)
	return strings.TrimRight(b.String(), "\n")
}

// happened writes what mocks found wrong, what the consoles told, how the step's
// attempts ended and what follows on the platform.
func happened(s scenarios.StepResult, row func(label, text string)) {
	for _, e := range s.Entries {
		for _, f := range e.Findings {
			for _, v := range f.Violations {
				row("endpoint", fmt.Sprintf("check %s: %s", f.Check, v))
			}
		}
	}
	for _, t := range s.Timeline {
		if !t.OfPress() {
			row("console", t.String())
		}
	}
	for _, d := range s.Deliveries {
		for _, a := range d.Attempts[min(s.Attempt, len(d.Attempts)):] {
			row("attempt", attempt(a))
		}
		for _, h := range d.Hinges {
			row("hinges on", h.Text)
		}
		row("platform", d.Consequence.Text)
	}
}

// attempt says how one attempt ended: "2: answered, status 200, after 1.3 ms".
func attempt(a sender.Attempt) string {
	text := fmt.Sprintf("%d: %s", a.Number, a.Outcome)
	if a.Status != 0 {
		text += fmt.Sprintf(", status %d", a.Status)
	}
	return fmt.Sprintf("%s, after %.1f ms", text, a.Took.Seconds()*1000)
}

// again is the command that runs one subtest with the same seed.
func again(test string, seed uint64) string {
	levels := strings.Split(test, "/")
	for i, level := range levels {
		levels[i] = "^" + regexp.QuoteMeta(level) + "$"
	}
	return fmt.Sprintf("%s=%d go test -run '%s'", SeedVariable, seed, strings.Join(levels, "/"))
}

// clean keeps what an endpoint wrote from commanding a terminal.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\t' {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}
