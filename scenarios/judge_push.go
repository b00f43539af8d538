package scenarios

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/hookdrill/hookdrill/sender"
)

// push judges how one delivery ended. Where the file says nothing about that,
// the platform must call the step's attempt delivered.
func (j *judgment) push(e Expectation, success func() string, p push) {
	if p.refusal != nil || e.Refused != "" {
		j.refused(e, p)
		return
	}
	if want := e.Delivered; want != nil || e.silent() {
		a, _ := p.own()
		j.check(a.Delivered == (want == nil || *want), "expect.delivered", e.line("delivered"),
			"delivered: %s (%s), want %s", yes(a.Delivered), p.why(success), yes(!a.Delivered))
	}
	a, made := p.own()
	j.attempt("expect", "", AttemptExpectation{Outcome: e.Outcome, Phase: e.Phase, Status: e.Status, Written: e.Written, Late: e.Late, Place: e.Place}, e.line, p.why(success), a, made)
	d := p.delivery
	if e.Consequence != "" {
		j.check(strings.Contains(d.Consequence.Text, e.Consequence), "expect.consequence", e.line("consequence"),
			"consequence: %s, want it to say %s", compact(d.Consequence.Text), compact(e.Consequence))
	}
	if e.Ended != "" {
		j.check(string(d.Ended) == e.Ended, "expect.ended", e.line("ended"), "ended: %s after %s, want %s", ended(d), tries(len(d.Attempts)), e.Ended)
	}
	j.attempts(e, d, success)
	j.header("expect.header", e.line("header"), "", e.Header, a.Header)
	j.body("expect.body", e.line("body"), "", e.Body, a.Body)
}

// silent reports whether e says nothing of how a delivery ends.
func (e Expectation) silent() bool {
	return e.Delivered == nil && e.Outcome == "" && e.Phase == "" && e.Status == nil && e.Consequence == "" && e.Written == "" && e.Late == "" &&
		e.Ended == "" && e.Refused == "" && e.Last == nil
}

// sequel reports whether e is about what the platform does after the first
// attempt.
func (e *Expectation) sequel() bool {
	return e != nil && (e.Ended != "" || e.Attempts != nil || e.AttemptList != nil || e.Last != nil)
}

// refused judges a press that the platform did not take, or should not have.
func (j *judgment) refused(e Expectation, p push) {
	refusal := p.refusal
	if refusal == nil && len(p.delivery.Attempts) == 0 {
		refusal = errors.New(p.delivery.Consequence.Text)
	}
	switch {
	case e.Refused == "":
		j.check(false, "expect.refused", e.Line, "refused: %v, want it pressed", refusal)
	case refusal == nil:
		j.check(false, "expect.refused", e.line("refused"), "refused: no, want it to say %s", compact(e.Refused))
	default:
		j.check(strings.Contains(refusal.Error(), e.Refused), "expect.refused", e.line("refused"), "refused: %v, want it to say %s", refusal, compact(e.Refused))
	}
}

// attempts judges all that were made, and the newest.
func (j *judgment) attempts(e Expectation, d sender.Delivery, success func() string) {
	at := func(i int) (a sender.Attempt, why string) {
		return d.Attempts[i], push{delivery: d, attempt: i}.why(success)
	}
	want := e.Attempts
	if e.AttemptList != nil {
		n := len(e.AttemptList)
		want = &n
	}
	if want != nil {
		j.check(len(d.Attempts) == *want, "expect.attempts", e.line("attempts"), "attempts: %d, want %d", len(d.Attempts), *want)
	}
	for i, one := range e.AttemptList {
		if i >= len(d.Attempts) {
			break
		}
		what, who, here := fmt.Sprintf("expect.attempts[%d]", i), fmt.Sprintf("attempt %d: ", i+1), func(string) int { return one.Line }
		a, why := at(i)
		j.attempt(what, who, one, here, why, a, true)
		if one.After != nil && i > 0 {
			gap := a.Platform - d.Attempts[i-1].Platform
			j.check(one.After.holds(gap), what+".after", one.Line, "%safter: %s, want %s", who, span(gap), one.After)
		}
	}
	if last := e.Last; last != nil {
		here := func(string) int { return last.Line }
		if len(d.Attempts) == 0 {
			j.check(false, "expect.last", last.Line, "last: none (%s), want an attempt", ended(d))
			return
		}
		a, why := at(len(d.Attempts) - 1)
		j.attempt("expect.last", "last: ", *last, here, why, a, true)
	}
}

// attempt judges one attempt, which was made or not; why says what became of it.
func (j *judgment) attempt(what, who string, e AttemptExpectation, line func(key string) int, why string, a sender.Attempt, made bool) {
	outcome, phase, written := string(a.Outcome.Kind), string(a.Outcome.Phase), string(a.Written)
	if !made {
		none := "none (" + why + ")"
		outcome, phase, written = none, none, none
	}
	if e.Delivered != nil {
		j.check(a.Delivered == *e.Delivered, what+".delivered", line("delivered"), "%sdelivered: %s (%s), want %s", who, yes(a.Delivered), why, yes(*e.Delivered))
	}
	if e.Outcome != "" {
		j.check(outcome == e.Outcome, what+".outcome", line("outcome"), "%soutcome: %s, want %s", who, outcome, e.Outcome)
	}
	if e.Phase != "" {
		j.check(phase == e.Phase, what+".phase", line("phase"), "%sphase: %s, want %s", who, phase, e.Phase)
	}
	if e.Status != nil {
		got := strconv.Itoa(a.Status)
		if a.Status == 0 {
			got = "none (" + why + ")"
		}
		j.check(made && a.Status == *e.Status, what+".status", line("status"), "%sstatus: %s, want %d", who, got, *e.Status)
	}
	if e.Written != "" {
		j.check(written == e.Written, what+".written", line("written"), "%swritten: %s, want %s", who, written, e.Written)
	}
	if e.Late != "" {
		got := string(a.Late.Kind)
		if got == "" {
			got = "nobody looked (" + why + ")"
		}
		j.check(got == e.Late, what+".late", line("late"), "%slate: %s, want %s", who, got, e.Late)
	}
	if e.Place != nil {
		got := strconv.Itoa(a.Place)
		if a.Place == 0 {
			got = "none (" + why + ")"
		}
		j.check(a.Place == *e.Place, what+".place", line("place"), "%splace: %s, want %d", who, got, *e.Place)
	}
}

// answer judges what came of a request that is no press.
func (j *judgment) answer(e Expectation, a Answer) {
	got := strconv.Itoa(a.Status)
	if a.Status == 0 {
		got = "none (" + a.Error + ")"
	}
	if e.Status != nil {
		j.check(a.Status == *e.Status, "expect.status", e.line("status"), "status: %s, want %d", got, *e.Status)
	} else {
		j.check(a.Status/100 == 2, "expect.status", e.Line, "status: %s, want 2xx", got)
	}
	j.header("expect.header", e.line("header"), "", e.Header, a.Header)
	j.body("expect.body", e.line("body"), "", e.Body, a.Body)
}

// why says in a few words what made the platform call the step's attempt
// delivered or not: "201 is not 200", "timeout in headers".
func (p push) why(success func() string) string {
	a, made := p.own()
	switch {
	case !made:
		return ended(p.delivery) + ": nothing was sent"
	case a.Outcome.Kind != sender.Answered:
		return a.Outcome.String()
	case a.Delivered:
		return strconv.Itoa(a.Status)
	default:
		return fmt.Sprintf("%d is not %s", a.Status, success())
	}
}

func ended(d sender.Delivery) string {
	if d.Ended == "" {
		return "not yet"
	}
	return string(d.Ended)
}

func tries(n int) string {
	if n == 1 {
		return "1 attempt"
	}
	return strconv.Itoa(n) + " attempts"
}

// holds reports whether d is in the span.
func (s Span) holds(d time.Duration) bool {
	return d >= s.Min && (s.Max == 0 || d <= s.Max)
}

// String writes "1m to 2m", "1m or more", "2m at most".
func (s Span) String() string {
	switch {
	case s.Max == 0:
		return span(s.Min) + " or more"
	case s.Min == 0:
		return span(s.Max) + " at most"
	default:
		return span(s.Min) + " to " + span(s.Max)
	}
}
