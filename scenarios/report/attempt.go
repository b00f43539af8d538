package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/hookdrill/hookdrill/receiver"
	"github.com/hookdrill/hookdrill/sender"
)

// Of many attempts the first and the last are written, and how many there are
// between.
const (
	firstAttempts = 3
	lastAttempts  = 2
)

// attempts writes how a delivery's attempts ended, with the times of the one that
// counts. other returns the mock's side of an attempt, nil when it has none.
func (p *printer) attempts(d sender.Delivery, counts int, other func(attempt int) *receiver.Entry) {
	switch len(d.Attempts) {
	case 0:
		p.line("  no request was made")
	case 1:
		p.attempt(Sentence(d.Attempts[0]), d.Attempts[0], other(0))
	default:
		for _, part := range parts(len(d.Attempts), counts) {
			p.some(d, part, counts, other)
		}
	}
}

// span is a run of attempts, from and to included.
type span struct{ from, to int }

// parts cuts n attempts into those that are written one by one, and those between
// that are written as one line.
func parts(n, counts int) (out []span) {
	from, to := firstAttempts, n-lastAttempts // these are many
	for i := 0; i < n; i++ {
		if i < from || i >= to || i == counts {
			out = append(out, span{i, i})
			continue
		}
		end := to - 1
		if i < counts && counts <= end {
			end = counts - 1
		}
		out = append(out, span{i, end})
		i = end
	}
	return out
}

func (p *printer) some(d sender.Delivery, part span, counts int, other func(int) *receiver.Entry) {
	a := d.Attempts[part.from]
	if part.from < part.to {
		p.line("  attempts %d to %d, until %s: not delivered", a.Number, d.Attempts[part.to].Number, when(d, part.to))
		return
	}
	text := fmt.Sprintf("attempt %d: %s", a.Number, Sentence(a))
	if part.from > 0 {
		text = fmt.Sprintf("attempt %d, %s: %s", a.Number, when(d, part.from), Sentence(a))
	}
	if part.from == counts {
		p.attempt(text, a, other(part.from))
		return
	}
	p.line("  %s", Clean(text))
}

// attempt writes how an attempt ended and, below it, its times: those of both
// sides where a mock has the other one.
func (p *printer) attempt(text string, a sender.Attempt, other *receiver.Entry) {
	p.line("  %s", Clean(text))
	if other != nil {
		p.line("    %s", bothSides(a, *other))
	} else if phases := phaseLine(a); phases != "" {
		p.line("    %s", phases)
	}
}

// when says how long after the press an attempt began: "+31 h 20 min platform,
// 3 ms real"; one time where the two are alike.
func when(d sender.Delivery, i int) string {
	platform := d.Attempts[i].Platform
	passed := d.Attempts[i].Started.Sub(d.Attempts[0].Started)
	const alike = 50 * time.Millisecond
	if apart := platform - passed; -alike < apart && apart < alike {
		return "+" + Duration(platform)
	}
	return fmt.Sprintf("+%s platform, %s real", Duration(platform), Duration(passed))
}

// bothSides writes when each thing happened on the two sides of one attempt,
// since it began: "asked | tcp 0.2 | written 0.3 || arrived 0.4 | read 0.4 |
// checked 0.5 | answered 0.9 || headers 1.0 | body 1.1 ms (one clock)". Sender and
// mock were in one process.
func bothSides(a sender.Attempt, e receiver.Entry) string {
	out, back := []string{"asked"}, []string{}
	at := time.Duration(0)
	for i, ph := range a.Phases {
		at += ph.Took
		name := sideNames[ph.Phase]
		if i == len(a.Phases)-1 && a.Outcome.Kind != sender.Answered {
			name = string(a.Outcome.Kind)
		}
		text := name + " " + sinceAsked(at)
		if ph.Phase == sender.PhaseHeaders || ph.Phase == sender.PhaseBody {
			back = append(back, text)
		} else {
			out = append(out, text)
		}
	}
	sides := []string{strings.Join(out, " | "), strings.Join(mockSide(a, e), " | ")}
	if len(back) > 0 {
		sides = append(sides, strings.Join(back, " | "))
	}
	return strings.Join(sides, " || ") + " ms (one clock)"
}

// mockSide is what the mock did with the request, since it was asked.
func mockSide(a sender.Attempt, e receiver.Entry) []string {
	arrived := e.Arrived.Sub(a.Started)
	list := []string{"arrived " + sinceAsked(arrived)}
	if e.ReadAt > 0 {
		list = append(list, "read "+sinceAsked(arrived+e.ReadAt))
	}
	if e.CheckedAt > 0 {
		list = append(list, "checked "+sinceAsked(arrived+e.CheckedAt))
	}
	switch {
	case e.Done.HeadersAt > 0:
		list = append(list, "answered "+sinceAsked(arrived+e.Done.HeadersAt))
	case !e.Completed.IsZero():
		list = append(list, Clean(e.Done.Ended)+" "+sinceAsked(e.Completed.Sub(a.Started)))
	}
	return list
}

// sideNames are the phases as things that have happened.
var sideNames = map[sender.Phase]string{
	sender.PhaseDNS:     "dns",
	sender.PhaseConnect: "tcp",
	sender.PhaseTLS:     "tls",
	sender.PhaseWrite:   "written",
	sender.PhaseHeaders: "headers",
	sender.PhaseBody:    "body",
}

func sinceAsked(d time.Duration) string {
	if d < 100*time.Millisecond {
		return fmt.Sprintf("%.1f", milliseconds(d))
	}
	return fmt.Sprintf("%.0f", milliseconds(d))
}
