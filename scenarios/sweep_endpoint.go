package scenarios

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/hookdrill/hookdrill/sender"
)

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
	if err != nil || ctx.Err() != nil || out.Dead != "" {
		return err
	}
	margins, err := s.calibrate(ctx, out)
	if err != nil || ctx.Err() != nil {
		return err
	}
	presses := slices.Repeat([]sweepPress{one}, s.Samples)
	out.Planned = len(presses)
	s.plan(len(presses), max(first.At, time.Duration(len(presses))*first.At/time.Duration(s.Concurrency)))
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
	}
	slices.Sort(out.Answers)
	return err
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
func (out *Sweep) isCold(one Sample) {
	if !one.Kept {
		out.Cold = append(out.Cold, one)
	}
}

// calibrate measures our own margin with as many presses at a time, on our own
// mock.
func (s Sweeper) calibrate(ctx context.Context, out *Sweep) ([]Margin, error) {
	own := Sweeper{
		Profile: s.Profile, Phases: []sender.Phase{sender.PhaseHeaders}, Deadline: calibrationDeadline,
		Samples: calibrationSamples, Concurrency: s.Concurrency, Seed: s.Seed, Kept: s.Kept,
	}
	sweep, err := own.Run(ctx)
	if err != nil || len(sweep.Fronts) == 0 {
		return nil, err
	}
	out.Calibrated = sweep.Made
	return slices.Repeat(sweep.Fronts[0].Margins, len(out.Edges)), nil
}
