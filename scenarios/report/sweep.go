package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hookdrill/hookdrill/scenarios"
	"github.com/hookdrill/hookdrill/sender"
)

// SweepText writes a sweep for people: of our own mock a table of pass rate
// against delay for each phase, of an endpoint when it answers, and in both cases
// how far that is from each deadline and how exact we are.
func SweepText(w io.Writer, s scenarios.Sweep, color bool) error {
	p := printer{color: color}
	p.line("%s sweep  %s  %s  seed %d", p.verdict(s.Verdict()), Clean(s.Profile), cmp.Or(Clean(s.Endpoint), "our own mock: nothing of yours is under test"), s.Seed)
	if s.Dead != "" {
		p.line("  %s, and nothing was measured", Clean(s.Dead))
	} else {
		p.line("  %s", presses(s))
	}
	p.colds(s)
	p.row("unopened", unopened(s))
	for _, f := range s.Fronts {
		switch {
		case len(f.Rows) == 0: // nothing was measured, our margin neither
		case s.Endpoint == "":
			p.frontier(f)
		default:
			p.answers(s, f)
		}
	}
	if m, known := s.Margin(); known && len(s.Fronts) > 1 {
		p.line("")
		p.row("margin", "in every phase: "+marginText(s.Edges[0], m))
	}
	p.hinge(s)
	if d := s.Edges[0].Deadline; d != s.Documented && s.Endpoint == "" {
		p.row("override", fmt.Sprintf("%s in place of the documented %s", exactly(d), exactly(s.Documented)))
	}
	for _, o := range s.Overrides {
		p.row("override", o)
	}
	_, err := io.WriteString(w, p.String())
	return err
}

// presses says how many there were, and why not all.
func presses(s scenarios.Sweep) string {
	kind := "of each delay"
	if s.Endpoint != "" {
		kind = "in all"
	}
	on := "each on a connection of its own"
	if s.Kept && s.Unopened < s.Made {
		on = "each over a connection that was open already"
	}
	text := fmt.Sprintf("%s in %s: %d %s, %d at a time, %s", pressCount(s.Made), Duration(s.Took), s.Samples, kind, s.Concurrency, on)
	if s.Stopped != "" {
		text = fmt.Sprintf("stopped after %d of %s: %s\n  %s", s.Made, pressCount(s.Planned), Clean(s.Stopped), text)
	}
	return text
}

func pressCount(n int) string {
	if n == 1 {
		return "1 press"
	}
	return fmt.Sprintf("%d presses", n)
}

// fewColds are so many that each is written.
const fewColds = 3

// unopened says how many presses found no open connection, and what became of them.
func unopened(s scenarios.Sweep) string {
	switch s.Unopened {
	case 0:
		return ""
	case s.Made:
		return "none found an open connection: each was to open one, and was too late to leave it open"
	}
	return fmt.Sprintf("%s of %d found no open connection: what was to open it came too late; not among the others", pressCount(s.Unopened), s.Made)
}

// colds writes the presses that are not among the others.
func (p *printer) colds(s scenarios.Sweep) {
	if len(s.Cold) > fewColds {
		p.row("cold", someColds(s.Cold)+"; not among the others")
		return
	}
	for i, cold := range s.Cold {
		name := "cold"
		if i > 0 {
			name = ""
		}
		p.line("  %-9s  %s; not among the others", name, Clean(howSample(cold)))
	}
}

// someColds says how long presses took that opened a connection to be kept.
func someColds(colds []scenarios.Sample) string {
	var answers []time.Duration
	for _, one := range colds {
		if one.At > 0 {
			answers = append(answers, one.At)
		}
	}
	text := pressCount(len(colds)) + " opened a connection"
	if n := len(answers); n > 0 {
		slices.Sort(answers)
		text += fmt.Sprintf(": the first answer after %s, half by %s, the last after %s", Duration(answers[0]), Duration(answers[(n-1)/2]), Duration(answers[n-1]))
	}
	return text
}

// howSample says how one press ended.
func howSample(s scenarios.Sample) string {
	switch {
	case s.At > 0 && s.Outcome.Kind == sender.Timeout:
		return fmt.Sprintf("answered %d after %s, too late", s.Status, Duration(s.At))
	case s.At > 0:
		return fmt.Sprintf("answered %d after %s", s.Status, Duration(s.At))
	}
	return s.Outcome.String()
}

// frontier writes the table of one phase of our own mock.
func (p *printer) frontier(f scenarios.Frontier) {
	p.line("")
	p.line("delay in %s%s", f.Phase, madeBy[f.Phase])
	head := "      delay  delivered"
	for _, edge := range f.Edges[1:] {
		head += fmt.Sprintf("  under %-6s", exactly(edge.Deadline))
	}
	p.line("%s  repeated      first   median     last answer", head)
	for _, row := range f.Rows {
		p.line("%s", p.sweepRow(f, row))
	}
	for i, m := range f.Margins {
		p.row("margin", marginText(f.Edges[i], m))
	}
}

// madeBy says who is late in a phase.
var madeBy = map[sender.Phase]string{
	sender.PhaseConnect: ", made by our own dialer",
	sender.PhaseTLS:     ", made by our own receiver in the handshake",
	sender.PhaseHeaders: ", made by our own receiver",
	sender.PhaseBody:    ", made by our own receiver",
}

func (p *printer) sweepRow(f scenarios.Frontier, row scenarios.SweepRow) string {
	delay := "none"
	if row.Delay > 0 {
		delay = exactly(row.Delay)
	}
	text := fmt.Sprintf("%11s  %9s", delay, share(row.Passed, row.Pressed))
	for _, side := range row.Sides[1:] {
		text += fmt.Sprintf("  %12s", doubtful(side, row))
	}
	repeated := "-"
	if row.Passed < row.Pressed {
		repeated = strconv.Itoa(row.Repeated)
	}
	text += fmt.Sprintf("  %8s  %9s%9s%9s  %s", repeated, seen(row.First), seen(row.Median), seen(row.Last), p.rowVerdict(row.Verdict))
	if row.Reason != "" {
		text += " " + Clean(row.Reason)
	}
	if row.Delay == f.Edges[0].Deadline {
		text += "  <- the deadline"
	}
	return strings.TrimRight(text, " ")
}

// rowVerdict is what became of the presses with one delay, of which nothing was
// expected.
func (p *printer) rowVerdict(v scenarios.Verdict) string {
	switch v {
	case scenarios.Passed:
		return p.paint(green, "delivered")
	case scenarios.Failed:
		return p.paint(red, "not delivered")
	}
	return p.verdict(v)
}

// doubtful is a row's share under another deadline, with a mark inside our margin.
func doubtful(side scenarios.Side, row scenarios.SweepRow) string {
	if side.Inside > 0 {
		return "? " + share(side.Passed, row.Pressed)
	}
	return share(side.Passed, row.Pressed)
}

func share(part, all int) string { return fmt.Sprintf("%d/%d", part, all) }

func seen(at time.Duration) string {
	if at == 0 {
		return "-"
	}
	return Duration(at)
}

// answers writes when an endpoint answered.
func (p *printer) answers(s scenarios.Sweep, f scenarios.Frontier) {
	row := f.Rows[0]
	if n := len(s.Answers); n > 0 {
		at := func(of int) string { return Duration(s.Answers[(n*of+99)/100-1]) }
		p.row("answers", fmt.Sprintf("%d: the first after %s, half by %s, 9 of 10 by %s, the last after %s", n, Duration(s.Answers[0]), at(50), at(90), Duration(s.Answers[n-1])))
	}
	for i, edge := range f.Edges {
		side := row.Sides[i]
		text := fmt.Sprintf("%s: %d of %d", edgeText(edge), side.Passed, row.Pressed)
		if side.Inside > 0 {
			text += fmt.Sprintf(", %d of all inside the margin", side.Inside)
		}
		if side.Unknown > 0 {
			text += fmt.Sprintf(", %d not known", side.Unknown)
		}
		if n := len(s.Answers); n > 0 {
			text += "; " + spare(edge.Deadline-s.Answers[n-1])
		}
		p.row("deadline", text)
	}
	p.row("else", row.Reason)
	if s.Dropped > 0 {
		p.row("kept", fmt.Sprintf("%s of %d: %s", pressCount(s.Dropped), s.Made, scenarios.DroppedMeans))
	}
	if row.Repeated > 0 {
		p.row(cmp.Or(s.Title, s.Profile), fmt.Sprintf("would press %d of them again", row.Repeated))
	}
	p.row("margin", marginText(scenarios.Edge{Deadline: f.Edges[0].Deadline}, f.Margins[0])+" ("+calibrated(s.Calibrated)+")")
}

// calibrated says how our margin was measured.
func calibrated(c scenarios.Calibration) string {
	text := pressCount(c.Presses) + " on our own mock"
	if c.Secure {
		text += " over TLS"
	}
	if c.Together > 1 {
		text += fmt.Sprintf(", %d at the same instant", c.Together)
	}
	return text
}

// spare says how far the slowest answer was from a deadline.
func spare(d time.Duration) string {
	if d < 0 {
		return "the slowest answer was " + Duration(-d) + " late"
	}
	return "the slowest answer had " + Duration(d) + " to spare"
}

// edgeText names one side of the deadline.
func edgeText(e scenarios.Edge) string {
	if e.Label == "" {
		return exactly(e.Deadline)
	}
	return fmt.Sprintf("%s (%s)", exactly(e.Deadline), e.Label)
}

// marginText says where outcomes are not certain on this machine.
func marginText(e scenarios.Edge, m scenarios.Margin) string {
	if m.After == 0 {
		return fmt.Sprintf("from %s before the deadline of %s up to it no outcome is certain here", Duration(m.Before), exactly(e.Deadline))
	}
	return fmt.Sprintf("from %s before to %s after the deadline of %s no outcome is certain here", Duration(m.Before), Duration(m.After), exactly(e.Deadline))
}

// hinge writes the sides of a contested deadline, where they make a difference.
func (p *printer) hinge(s scenarios.Sweep) {
	if len(s.Edges) < 2 || s.Made == 0 || !differs(s) {
		return
	}
	var sides []string
	for _, e := range s.Edges {
		sides = append(sides, e.Label+" "+exactly(e.Deadline))
	}
	p.row("hinges on", fmt.Sprintf("deadline %s (contested: %s)", exactly(s.Edges[0].Deadline), strings.Join(sides, ", ")))
}

// differs reports whether presses end otherwise under another side of the deadline.
func differs(s scenarios.Sweep) bool {
	for _, f := range s.Fronts {
		for _, row := range f.Rows {
			for _, side := range row.Sides {
				if side != row.Sides[0] {
					return true
				}
			}
		}
	}
	return false
}

// exactly writes a duration that somebody chose, without rounding: "998 ms", "16
// s".
func exactly(d time.Duration) string {
	if d%time.Second == 0 {
		return fmt.Sprintf("%d s", d/time.Second)
	}
	return strconv.FormatFloat(milliseconds(d), 'f', -1, 64) + " ms"
}
