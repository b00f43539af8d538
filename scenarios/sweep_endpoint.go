package scenarios

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/hookdrill/hookdrill/sender"
)

// DroppedMeans is what an endpoint does that drops a press over a kept connection.
const DroppedMeans = "the endpoint closes connections that its own answers said would stay open (no Connection: close)"

// sweepEndpoint measures when an endpoint answers.
func (s Sweeper) sweepEndpoint(ctx context.Context, out *Sweep) error {
	last := out.Edges[0].Deadline
	for _, edge := range out.Edges {
		last = max(last, edge.Deadline)
	}
	one := sweepPress{delay: s.ConnectDelay}
	press, cold, err := s.presser(out, *s.Endpoint, last+lookOn, one, func(one sweepPress) sender.Press {
		return sender.Press{Action: s.Endpoint.Name, ConnectDelay: one.delay}
	})
	if err != nil {
		return err
	}
	defer cold()
	first, err := s.probe(ctx, out, one, press)
	if err != nil || ctx.Err() != nil || out.Dead != "" && !first.cutUnsent() {
		return err
	}
	margins, err := s.calibrate(ctx, out)
	if err != nil || ctx.Err() != nil {
		return err
	}
	if out.Dead != "" {
		if first.inside(out.Edges[0].Deadline, margins[0]) {
			left := fmt.Sprintf("the deadline of %s is", human(out.Edges[0].Deadline))
			if first.Delay > 0 {
				left = fmt.Sprintf("the wait of our own dialer, %s, left it", human(first.Delay))
			}
			out.Planned, out.Dead, out.Stopped = s.Samples, "", fmt.Sprintf("%s; %s no more than our own margin of %s", out.Dead, left, human(margins[0].Before.Round(time.Millisecond/10)))
		}
		return nil
	}
	presses := slices.Repeat([]sweepPress{one}, s.Samples)
	out.Planned = len(presses)
	s.plan(s.endpointPlan(first))
	samples, late, err := s.measure(ctx, out, presses, press)
	front := DistributionOf(samples, out.Edges, margins)
	if len(late) > 0 {
		front.Rows[0].judge(DistributionOf(late, out.Edges, margins).Rows[0])
	}
	out.Fronts = []Frontier{front}
	for _, sample := range samples {
		if sample.At > 0 {
			out.Answers = append(out.Answers, sample.At)
		}
		if sample.Dropped {
			out.Dropped++
		}
	}
	slices.Sort(out.Answers)
	return err
}

// endpointPlan is what the presses of an endpoint come to, if each takes as long as
// the first.
func (s Sweeper) endpointPlan(first Sample) SweepPlan {
	p := SweepPlan{Presses: s.Samples, Takes: first.At}
	if first.Kept { // else what opens a connection is too late, and nothing follows it
		p.Opening = s.opening(s.Samples, 0)
	}
	if p.Opening > 0 {
		p.Takes *= 2
	}
	p.Takes = max(p.Takes, time.Duration(p.Presses+p.Opening)*first.At/time.Duration(s.Concurrency))
	return p
}

// judge lets presses weigh that were too late to leave open the connection that
// they opened, although they are not counted: the endpoint is no better for them.
func (r *SweepRow) judge(opening SweepRow) {
	if r.Verdict == Failed || opening.Verdict == Passed || opening.Verdict == r.Verdict {
		return
	}
	r.Verdict, r.Reason = opening.Verdict, fmt.Sprintf("%d that were to open a connection came too late", opening.Pressed)
	if opening.Reason != "" {
		r.Reason += ", " + opening.Reason
	}
}

// probe makes the first press, and a second one where that found nobody awake. If
// there is no endpoint that answers as it should, in time or not, out.Dead says why.
func (s Sweeper) probe(ctx context.Context, out *Sweep, one sweepPress, press pressFunc) (sample Sample, err error) {
	for range 2 {
		sample, err = press(ctx, one)
		if errors.Is(err, errNotKept) {
			out.Dead = err.Error()
			return sample, nil
		}
		if err != nil || ctx.Err() != nil {
			return sample, err
		}
		out.isCold(sample)
		out.Overrides = sample.overrides
		switch {
		case sample.Succeeds && sample.At > 0:
			return sample, nil
		case sample.At > 0:
			out.Dead = fmt.Sprintf("it answers %d, which %s does not call delivered however early it comes", sample.Status, s.Profile.Title())
			return sample, nil
		case sample.broken():
			out.Dead = fmt.Sprintf("%s: %s", sample.Outcome, sample.Error)
			if sample.Dropped {
				out.Dead += "; " + DroppedMeans
			}
			return sample, nil
		}
	}
	nor := ""
	if sample.Until > out.Edges[0].Deadline+lookOn { // a connection that was not made is not read on
		nor = fmt.Sprintf(", nor %s after the last deadline", human(lookOn))
	}
	out.Dead = fmt.Sprintf("it did not answer twice%s: %s", nor, sample.Outcome)
	return sample, nil
}

// isCold notes a press that is not among the others, unless it went over an open
// connection.
func (s *Sweep) isCold(one Sample) {
	if !one.Kept {
		s.Cold = append(s.Cold, one)
	}
}
