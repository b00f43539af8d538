package scenarios

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/hookdrill/hookdrill/receiver"
	"github.com/hookdrill/hookdrill/sender"
)

// Calibration is how our own margin was measured for an endpoint, on our own mock:
// what happens at one instant on one machine is late in a way that what is spread
// over time is not.
type Calibration struct {
	Presses  int           // that were answered; 0: nothing was measured
	Together int           // presses that waited for the same instant
	Dialer   time.Duration // for which our dialer waited before it connected
	Secure   bool          // whether the mock spoke TLS
	Kept     bool          // whether all went over connections that were open already
}

// What a calibration does.
const (
	calibrationDeadline = 10 * time.Second      // behind any answer of our own mock
	calibrationWait     = 25 * time.Millisecond // our margin does not depend on how long we wait
	calibrationBursts   = 40
	calibrationTime     = 1500 * time.Millisecond // after which none of them begins but the first
)

// calibrate measures our own margin as the endpoint is measured: as many presses at
// a time, over connections of the same kind, in bursts: all wait for the same
// instant, of our dialer or of the mock, or for none.
func (s Sweeper) calibrate(ctx context.Context, out *Sweep) ([]Margin, error) {
	bursts := []sweepPress{{phase: sender.PhaseHeaders}, {phase: sender.PhaseHeaders, delay: calibrationWait}}
	how := Calibration{Together: min(s.Concurrency, s.Samples), Dialer: min(s.ConnectDelay, calibrationWait), Kept: s.Kept}
	var options []receiver.ServerOption
	if u, err := url.Parse(s.Endpoint.URL); err == nil && u.Scheme == "https" {
		options = append(options, receiver.WithMadeTLS())
	}
	mocks, err := newSweepMocks(s.Profile, bursts, options...)
	if err != nil {
		return nil, err
	}
	defer mocks.close()
	how.Secure = strings.HasPrefix(mocks.url(bursts[0]), "https:")
	own := Sweeper{
		Profile: s.Profile, Options: mocks.trusted(), Deadline: calibrationDeadline, Samples: how.Together, Concurrency: how.Together,
		Seed: s.Seed, Kept: s.Kept,
	}
	mine := Sweep{Edges: edgesOf(s.Profile, calibrationDeadline)}
	press, cold, err := own.presser(&mine, mocks.action(), calibrationDeadline, bursts[0], func(one sweepPress) sender.Press {
		return sender.Press{Action: sweepAction, URL: mocks.url(one), ConnectDelay: how.Dialer}
	})
	if err != nil {
		return nil, err
	}
	defer cold()
	if _, err := press(ctx, bursts[0]); err != nil { // everything is cold, as with the endpoint
		return nil, err
	}
	var samples []Sample
	began := time.Now()
	for i := 0; i < calibrationBursts && (i == 0 || time.Since(began) < calibrationTime); i++ {
		burst := slices.Repeat([]sweepPress{bursts[i%len(bursts)]}, how.Together)
		together, late, err := own.measure(ctx, &mine, burst, press)
		if err != nil || ctx.Err() != nil {
			return nil, err
		}
		samples = slices.Concat(samples, together, late)
	}
	for i := range samples {
		samples[i].Delay += how.Dialer
		how.Kept = how.Kept && samples[i].Kept
		if samples[i].At > 0 {
			how.Presses++
		}
	}
	if how.Presses == 0 {
		return nil, fmt.Errorf("our own margin is not known: our own mock answered none of %d presses: %s", len(samples), howElse(samples))
	}
	out.Calibrated = how
	return slices.Repeat([]Margin{marginOf(samples, calibrationDeadline)}, len(out.Edges)), nil
}
