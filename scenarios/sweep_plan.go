package scenarios

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

// sweepSteps are how far from a deadline a sweep looks, on both sides: finer near
// it.
var sweepSteps = []time.Duration{
	time.Millisecond, 2 * time.Millisecond, 5 * time.Millisecond, 10 * time.Millisecond,
	20 * time.Millisecond, 50 * time.Millisecond, 100 * time.Millisecond, 200 * time.Millisecond,
}

// sweepDelays are the delays around the edges, and none at all.
func sweepDelays(edges []Edge) []time.Duration {
	delays := []time.Duration{0}
	for _, edge := range edges {
		delays = append(delays, edge.Deadline)
		for _, step := range sweepSteps {
			if edge.Deadline > step {
				delays = append(delays, edge.Deadline-step)
			}
			delays = append(delays, edge.Deadline+step)
		}
	}
	slices.Sort(delays)
	return slices.Compact(delays)
}

// edgesOf are the deadlines on which a verdict hinges: that of the profile, and
// where its documents contradict each other those of the other sides; instead, if
// it is given, is all that counts.
func edgesOf(p *schema.Profile, instead time.Duration) []Edge {
	if instead > 0 {
		return []Edge{{Deadline: instead}}
	}
	acting, edges := Edge{Deadline: p.Deadline()}, []Edge{}
	fact, _ := p.Fact("deadline")
	for _, side := range fact.Alternatives {
		d, err := time.ParseDuration(side.Text())
		switch {
		case err != nil: // a side that Assume refuses as well
		case d == acting.Deadline:
			acting.Label = side.Label
		default:
			edges = append(edges, Edge{Deadline: d, Label: side.Label})
		}
	}
	return append([]Edge{acting}, edges...)
}

// sweepPress is one press that is to be made.
type sweepPress struct {
	phase sender.Phase
	delay time.Duration
}

// edgesIn are those edges around which a phase is swept. Of a connection that was
// not made in time nobody learns what would have come of it later.
func edgesIn(phase sender.Phase, edges []Edge) []Edge {
	if phase == sender.PhaseConnect || phase == sender.PhaseTLS {
		return edges[:1]
	}
	return edges
}

// sweepPresses are all presses of a sweep of our own mock, in an order that seed
// decides: what drifts meanwhile hits all delays alike.
func sweepPresses(phases []sender.Phase, edges []Edge, each int, seed uint64) []sweepPress {
	var list []sweepPress
	for _, phase := range phases {
		for _, delay := range sweepDelays(edgesIn(phase, edges)) {
			list = append(list, slices.Repeat([]sweepPress{{phase, delay}}, each)...)
		}
	}
	luck := rand.New(rand.NewPCG(seed, 0))
	luck.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list
}

// SweepPlan is what a sweep is about to do.
type SweepPlan struct {
	Presses int           // that are measured
	Opening int           // more presses, about, that open connections to be kept
	Takes   time.Duration // about
}

func (s Sweeper) plan(p SweepPlan) {
	if s.OnPlan != nil {
		s.OnPlan(p)
	}
}

// opening is how many more presses open connections for others, of which so many
// come too late to leave theirs open. The first press of all has opened one.
func (s Sweeper) opening(presses, late int) int {
	if !s.Kept {
		return 0
	}
	return min(presses, s.Concurrency-1) + late
}

// sweepTakes is how long so many presses at a time take, from how long each takes
// by itself.
func sweepTakes(presses []sweepPress, concurrency int) time.Duration {
	var sum, longest time.Duration
	for _, p := range presses {
		sum += p.delay
		longest = max(longest, p.delay)
	}
	return max(sum/time.Duration(concurrency), longest)
}
