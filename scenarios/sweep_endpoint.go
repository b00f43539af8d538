package scenarios

import (
	"context"
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
	platform, err := s.platform(*s.Endpoint, last+lookOn, out)
	if err != nil {
		return err
	}
	press := func(ctx context.Context, one sweepPress) (Sample, error) {
		return s.press(ctx, platform, sender.Press{Action: s.Endpoint.Name, ConnectDelay: one.delay}, one)
	}
	one := sweepPress{delay: s.ConnectDelay}
	if alive, err := s.probe(ctx, out, one, press); !alive || err != nil {
		return err
	}
	margins, err := s.calibrate(ctx, out)
	if err != nil || ctx.Err() != nil {
		return err
	}
	presses := slices.Repeat([]sweepPress{one}, s.Samples)
	out.Planned = len(presses)
	each := out.Cold[len(out.Cold)-1].At
	s.plan(len(presses), max(each, time.Duration(len(presses))*each/time.Duration(s.Concurrency)))
	samples, err := s.measure(ctx, out, presses, press)
	out.Fronts = []Frontier{DistributionOf(samples, out.Edges, margins)}
	for _, sample := range samples {
		if sample.At > 0 {
			out.Answers = append(out.Answers, sample.At)
		}
	}
	slices.Sort(out.Answers)
	return err
}

// probe makes the first press, and a second one where that found nobody awake. It
// reports whether there is an endpoint that answers as it should, in time or not.
func (s Sweeper) probe(ctx context.Context, out *Sweep, one sweepPress, press pressFunc) (alive bool, err error) {
	for range 2 {
		sample, err := press(ctx, one)
		if err != nil || ctx.Err() != nil {
			return false, err
		}
		out.Cold, out.Overrides = append(out.Cold, sample), sample.overrides
		switch {
		case sample.Succeeds && sample.At > 0:
			return true, nil
		case sample.At > 0:
			out.Dead = fmt.Sprintf("it answers %d, which %s does not call delivered however early it comes", sample.Status, s.Profile.Title())
			return false, nil
		case sample.broken():
			out.Dead = fmt.Sprintf("%s: %s", sample.Outcome, sample.Error)
			return false, nil
		}
	}
	out.Dead = fmt.Sprintf("it did not answer twice, nor %s after the last deadline: %s", human(lookOn), out.Cold[1].Outcome)
	return false, nil
}

// calibrate measures our own margin with as many presses at a time, on our own
// mock.
func (s Sweeper) calibrate(ctx context.Context, out *Sweep) ([]Margin, error) {
	own := Sweeper{
		Profile: s.Profile, Phases: []sender.Phase{sender.PhaseHeaders}, Deadline: calibrationDeadline,
		Samples: calibrationSamples, Concurrency: s.Concurrency, Seed: s.Seed,
	}
	sweep, err := own.Run(ctx)
	if err != nil || len(sweep.Fronts) == 0 {
		return nil, err
	}
	out.Calibrated = sweep.Made
	return slices.Repeat(sweep.Fronts[0].Margins, len(out.Edges)), nil
}
