package scenarios

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hookdrill/hookdrill/sender"
)

// Sample is one press of a sweep.
type Sample struct {
	Phase    sender.Phase   // in which the delay was added; "" where none was
	Delay    time.Duration  // that was added
	At       time.Duration  // when the whole answer had come, in time or late; 0: none was seen
	Status   int            // of that answer
	Succeeds bool           // whether the platform calls that status delivered
	Kept     bool           // whether it went over a connection that was open already
	Dropped  bool           // whether the endpoint closed that one in place of an answer
	Outcome  sender.Outcome // as the platform saw it
	Error    string         // what the net package said, "" when answered
	Passed   bool           // whether the platform calls it delivered
	Repeated bool           // whether the platform would press again
	Until    time.Duration  // until when somebody looked for it

	overrides []string
}

// under reports whether the press would have been delivered with that deadline.
func (s Sample) under(deadline time.Duration) bool {
	return s.Succeeds && s.At > 0 && s.At <= deadline
}

// unknown reports whether nobody looked for the answer until that deadline.
func (s Sample) unknown(deadline time.Duration) bool {
	return s.At == 0 && !s.broken() && s.Until < deadline
}

// broken reports whether the press says nothing about time: it was neither
// answered nor cut off.
func (s Sample) broken() bool {
	return s.Outcome.Kind != sender.Answered && s.Outcome.Kind != sender.Timeout
}

// tells reports whether the press says something about that deadline.
func (s Sample) tells(deadline time.Duration) bool { return !s.broken() && !s.unknown(deadline) }

// inside reports whether nobody can say on which side of a deadline the press came
// out: its answer came within m of it, or our own wait left no more than m for
// sending the request, and nobody looks on before that is sent.
func (s Sample) inside(deadline time.Duration, m Margin) bool {
	if s.At > 0 {
		return s.Succeeds && m.wide().holds(s.At-deadline)
	}
	return s.cutUnsent() && m.holds(s.Delay-deadline)
}

// cutUnsent reports whether the press was cut off before its request was sent.
func (s Sample) cutUnsent() bool {
	sent := s.Outcome.Phase == sender.PhaseHeaders || s.Outcome.Phase == sender.PhaseBody
	return s.Outcome.Kind == sender.Timeout && !sent
}

// Margin is the band around a deadline in which the outcome of a press is not
// certain on this machine: from Before it up to After it.
type Margin struct {
	Before, After time.Duration
}

// wide is the band for an answer of which only our own clock tells when it came:
// what it tells is too late by as much as Before.
func (m Margin) wide() Margin { return Margin{m.Before, max(m.Before, m.After)} }

// holds reports whether a time so far from the deadline, below zero before it,
// lies inside the band.
func (m Margin) holds(offset time.Duration) bool { return -m.Before < offset && offset < m.After }

// Edge is one deadline on which verdicts hinge: the one that is acted on, or
// another side of a contested fact.
type Edge struct {
	Deadline time.Duration
	Label    string // of a side: "English page"; "" where there is one
}

// Side is how many presses would have passed under one edge.
type Side struct {
	Passed  int
	Unknown int // nobody looked for so long
	Inside  int // the margin: nobody can say, whatever came
}

// SweepRow is what came of one delay.
type SweepRow struct {
	Delay    time.Duration
	Pressed  int
	Passed   int
	Repeated int           // of those that were not delivered, how many the platform presses again
	Sides    []Side        // how many would have passed under each edge
	First    time.Duration // when the first whole answer had come; 0: none was seen
	Median   time.Duration // of the answers
	Last     time.Duration // the slowest
	Verdict  Verdict
	Reason   string // why it is no clear pass: "inside the margin", "3 times connection refused"
}

// Frontier is pass rate against delay, in one phase.
type Frontier struct {
	Phase   sender.Phase
	Edges   []Edge     // the one that is acted on comes first
	Rows    []SweepRow // in order of delay
	Margins []Margin   // of each edge, none where no press tells them; of an endpoint that is not ours, those measured before on our own
}

// Verdict is failed where an endpoint answers too late or not at all, errored where
// nobody can say, and passed else: of our own mock nothing is judged but each delay.
func (s Sweep) Verdict() Verdict {
	switch {
	case s.Dead != "":
		return Failed
	case s.Made == 0:
		return Errored
	case s.Endpoint == "":
		return Passed
	}
	return s.Fronts[0].Rows[0].Verdict
}

// Margin is the widest around the deadline that is acted on, in any phase; known is
// false where no press tells one.
func (s Sweep) Margin() (widest Margin, known bool) {
	for _, f := range s.Fronts {
		if len(f.Margins) > 0 {
			known = true
			widest.Before = max(widest.Before, f.Margins[0].Before)
			widest.After = max(widest.After, f.Margins[0].After)
		}
	}
	return widest, known
}

// insideTheMargin is the reason of a verdict that nobody can give.
const insideTheMargin = "inside the margin"

// Around returns the rows that were pressed for the sake of one edge.
func (f Frontier) Around(edge int) (rows []SweepRow) {
	widest := sweepSteps[len(sweepSteps)-1]
	for _, row := range f.Rows {
		if off := row.Delay - f.Edges[edge].Deadline; row.Delay > 0 && -widest <= off && off <= widest {
			rows = append(rows, row)
		}
	}
	return rows
}

// FrontierOf judges the samples of one phase, of our own mock: the delays are known,
// and what they should have led to, so that they tell our margin. The first of
// edges is acted on. It is pure.
func FrontierOf(phase sender.Phase, samples []Sample, edges []Edge) Frontier {
	f := Frontier{Phase: phase, Edges: edges}
	if slices.ContainsFunc(samples, func(s Sample) bool { return s.tells(edges[0].Deadline) }) {
		for _, edge := range edges {
			f.Margins = append(f.Margins, marginOf(samples, edge.Deadline))
		}
	}
	for _, group := range byDelay(samples) {
		row := newRow(group, edges)
		for i, edge := range edges[:len(f.Margins)] {
			if f.Margins[i].holds(row.Delay - edge.Deadline) {
				row.Sides[i].Inside = row.Pressed
			}
		}
		if row.Sides[0].Inside > 0 {
			row.Verdict, row.Reason = Errored, insideTheMargin
		}
		f.Rows = append(f.Rows, row)
	}
	return f
}

// DistributionOf judges samples of an endpoint by when their answers came. margins
// are ours, of each edge. It is pure.
func DistributionOf(samples []Sample, edges []Edge, margins []Margin) Frontier {
	f := Frontier{Edges: edges, Margins: margins}
	for _, group := range byDelay(samples) {
		row := newRow(group, edges)
		failed := 0 // for certain
		for _, s := range group {
			for i, edge := range edges {
				if s.inside(edge.Deadline, margins[i]) {
					row.Sides[i].Inside++
				} else if i == 0 && !s.Passed {
					failed++
				}
			}
		}
		if inside := row.Sides[0].Inside; failed == 0 && inside > 0 {
			row.Verdict, row.Reason = Errored, fmt.Sprintf("%s: %d of %d", insideTheMargin, inside, row.Pressed)
		}
		f.Rows = append(f.Rows, row)
	}
	return f
}

// marginOf is the band around a deadline in which what came was not what the
// delays asked for. It reaches at least as far before the deadline as any answer
// was late, wherever that was.
func marginOf(samples []Sample, deadline time.Duration) Margin {
	var m Margin
	for _, s := range samples {
		if !s.tells(deadline) {
			continue
		}
		if s.At > 0 {
			m.Before = max(m.Before, s.At-s.Delay)
		}
		switch passed := s.under(deadline); {
		case s.Delay < deadline && !passed:
			m.Before = max(m.Before, deadline-s.Delay+1)
		case s.Delay >= deadline && passed:
			m.After = max(m.After, s.Delay-deadline+1)
		}
	}
	return m
}

// byDelay groups samples, the smallest delay first.
func byDelay(samples []Sample) (groups [][]Sample) {
	sorted := slices.SortedStableFunc(slices.Values(samples), func(a, b Sample) int { return cmp.Compare(a.Delay, b.Delay) })
	for from := 0; from < len(sorted); {
		to := from + 1
		for to < len(sorted) && sorted[to].Delay == sorted[from].Delay {
			to++
		}
		groups = append(groups, sorted[from:to])
		from = to
	}
	return groups
}

// newRow counts the samples of one delay, all of them outside any margin.
func newRow(group []Sample, edges []Edge) SweepRow {
	row := SweepRow{Delay: group[0].Delay, Pressed: len(group), Sides: make([]Side, len(edges)), Verdict: Passed}
	var answers []time.Duration
	for _, s := range group {
		if s.Passed {
			row.Passed++
		} else if s.Repeated {
			row.Repeated++
		}
		for i, edge := range edges {
			switch {
			case s.under(edge.Deadline):
				row.Sides[i].Passed++
			case s.unknown(edge.Deadline):
				row.Sides[i].Unknown++
			}
		}
		if s.At > 0 {
			answers = append(answers, s.At)
		}
	}
	if len(answers) > 0 {
		slices.Sort(answers)
		row.First, row.Median, row.Last = answers[0], answers[(len(answers)-1)/2], answers[len(answers)-1]
	}
	if row.Passed < row.Pressed {
		row.Verdict, row.Reason = Failed, howElse(group)
	}
	return row
}

// howElse says how presses ended that no lateness explains: "3 x refused in
// connect, 1 x answered 500"; "" when there are none.
func howElse(group []Sample) string {
	counts := map[string]int{}
	for _, s := range group {
		switch {
		case s.broken():
			counts[s.Outcome.String()]++
		case s.At > 0 && !s.Succeeds:
			counts[fmt.Sprintf("answered %d", s.Status)]++
		}
	}
	var parts []string
	for _, what := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, fmt.Sprintf("%d x %s", counts[what], what))
	}
	return strings.Join(parts, ", ")
}
