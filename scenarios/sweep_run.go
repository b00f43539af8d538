package scenarios

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

// SweepPhases are the phases in which our own mock can be made late, in their
// order: connect by the sender's dialer, the others by the receiver.
func SweepPhases() []sender.Phase {
	return []sender.Phase{sender.PhaseConnect, sender.PhaseTLS, sender.PhaseHeaders, sender.PhaseBody}
}

// KeptPhases are those of SweepPhases that a press over a kept connection has.
func KeptPhases() []sender.Phase { return []sender.Phase{sender.PhaseHeaders, sender.PhaseBody} }

// Sweeper presses many times around a deadline: our own mock, which is late by
// chosen delays, or an endpoint, whose answers are measured. Every press has a
// connection of its own, or with Kept one that a press before has left open.
type Sweeper struct {
	Profile      *schema.Profile
	Phases       []sender.Phase  // in which our mock is late; of KeptPhases with Kept
	Kept         bool            // over connections that are open already
	Endpoint     *sender.Action  // pressed in place of our own mock; nil: our own
	ConnectDelay time.Duration   // for which our dialer waits before it connects to Endpoint
	Options      []sender.Option // of the sender, but for deadline, linger and seed
	Deadline     time.Duration   // in place of the documented one; 0: that
	Samples      int             // presses of each delay, or of Endpoint
	Concurrency  int             // presses at a time
	MaxTime      time.Duration   // after which no press goes on; 0: none
	Seed         uint64          // of ids and of the order
	Version      string
	OnPlan       func(SweepPlan) // once, before the presses but the first
	OnPress      func(made int)  // after each of them, never two at a time
}

// Sweep is what came of a Sweeper's presses.
type Sweep struct {
	Version      string
	Profile      string // its reference
	Title        string // the platform's own name
	Endpoint     string // the URL without its secrets; "" where it was our own mock
	ConnectDelay time.Duration
	Kept         bool // whether the presses went over connections that were open already
	Seed         uint64
	Edges        []Edge // the one that is acted on comes first
	Documented   time.Duration
	Overrides    []string // how the presses of Endpoint departed from the platform
	Samples      int
	Concurrency  int
	Planned      int             // presses, without Cold and Calibrated
	Made         int             // of these
	Unopened     int             // of those, how many found no open connection with Kept: what was to open it came too late; they are not judged, unless there are no others
	Cold         []Sample        // the first presses, which found everything cold or opened a connection to be kept, and are not among the others
	Fronts       []Frontier      // one of each phase, or one of Endpoint
	Answers      []time.Duration // of Endpoint, sorted: when each whole answer had come
	Calibrated   Calibration     // where the margins of Endpoint come from
	Dropped      int             // presses of Endpoint over an open connection that it closed in place of an answer
	Dead         string          // why Endpoint could not be measured, "" when it could
	Stopped      string          // why not all presses were made, "" when they were
	Interrupted  bool            // by ctx
	Started      time.Time
	Took         time.Duration
}

// The limits of a sweep that is not told otherwise.
const (
	DefaultSweepSamples     = 20
	DefaultSweepConcurrency = 20
	DefaultSweepTime        = 5 * time.Minute
)

// What a sweep does by itself.
const (
	brokenInARow = 10          // presses that end neither answered nor cut off, and then it gives up
	lookOn       = time.Second // behind the last edge, for late answers
	sweepAction  = "sweep"
)

// errSweepTime is the cause of the context of a sweep whose time is over.
var errSweepTime = errors.New("the time that it was given is over")

// Run presses and judges. When ctx ends, or the time is over, or the endpoint
// answers no more, it returns what was measured so far. The error says that this
// machine could not look.
func (s Sweeper) Run(ctx context.Context) (Sweep, error) {
	out := Sweep{
		Version: s.Version, Profile: s.Profile.Ref(), Title: s.Profile.Title(), ConnectDelay: s.ConnectDelay, Kept: s.Kept, Seed: s.Seed,
		Edges: edgesOf(s.Profile, s.Deadline), Documented: s.Profile.Deadline(),
		Samples: s.Samples, Concurrency: s.Concurrency, Started: time.Now(),
	}
	if s.MaxTime > 0 {
		limited, cancel := context.WithTimeoutCause(ctx, s.MaxTime, errSweepTime)
		defer cancel()
		ctx = limited
	}
	var err error
	if s.Endpoint == nil {
		err = s.sweepMock(ctx, &out)
	} else {
		out.Endpoint = schema.RedactURL(s.Endpoint.URL)
		err = s.sweepEndpoint(ctx, &out)
	}
	if ctx.Err() != nil && out.Made < cmp.Or(out.Planned, 1) {
		out.Interrupted = !errors.Is(context.Cause(ctx), errSweepTime)
		out.Stopped = "interrupted"
		if !out.Interrupted {
			out.Stopped = fmt.Sprintf("%s are over", human(s.MaxTime))
		}
	}
	out.Took = time.Since(out.Started)
	return out, err
}

// presser returns what makes presses, which look for answers until last, and what
// ends it, once none is made any more. bare opens connections that are kept.
func (s Sweeper) presser(out *Sweep, action sender.Action, last time.Duration, bare sweepPress, click func(sweepPress) sender.Press) (press pressFunc, end func(), err error) {
	registry := sender.NewRegistry(s.Profile)
	if err := registry.Add(action); err != nil {
		return nil, nil, err
	}
	// Each sender has ids of its own: an endpoint would know them again.
	platform := func(seat int) *sender.Sender {
		options := append(slices.Clone(s.Options), sender.WithSeed(s.Seed+uint64(seat)), sender.WithDeadline(s.Deadline), sender.WithLinger(last-out.Edges[0].Deadline))
		if s.Kept {
			options = append(options, sender.WithKeptConnections())
		}
		return sender.New(registry, options...)
	}
	one := func(ctx context.Context, platform *sender.Sender, p sweepPress) (Sample, error) {
		return s.press(ctx, platform, click(p), p)
	}
	if !s.Kept {
		only := platform(0)
		return func(ctx context.Context, p sweepPress) (Sample, error) { return one(ctx, only, p) }, func() {}, nil
	}
	w := newWarm(s.Concurrency, platform, bare, one)
	return w.one, func() { out.Cold = append(out.Cold, w.end()...) }, nil
}

// pressFunc makes one press.
type pressFunc func(context.Context, sweepPress) (Sample, error)

// press makes one press and says what came of it.
func (s Sweeper) press(ctx context.Context, platform *sender.Sender, p sender.Press, one sweepPress) (Sample, error) {
	d, err := platform.Press(ctx, p)
	if err != nil {
		return Sample{}, err
	}
	a := d.Last()
	status := cmp.Or(a.Status, a.Late.Status)
	return Sample{
		Phase: one.phase, Delay: one.delay, At: a.LastByte, Status: status, Succeeds: s.Profile.Succeeds(status),
		Kept: a.Place > 1, Dropped: dropped(a), Outcome: a.Outcome, Error: a.Error, Passed: d.Delivered, Repeated: !d.Delivered && d.Ended == sender.EndedOpen, Until: max(a.Took, a.Late.Until),
		overrides: d.Overrides,
	}, nil
}

// dropped reports whether the endpoint closed a kept connection before anything of
// an answer came.
func dropped(a sender.Attempt) bool {
	return a.Place > 1 && a.FirstByte == 0 && (a.Outcome.Kind == sender.Closed || a.Outcome.Kind == sender.Reset)
}

// measure makes the presses in their order, as many at a time as it may, until
// all are made, ctx ends, or the other side has ceased to answer. late are those
// that were to open a connection to be kept; where there are no others, they are
// the samples.
func (s Sweeper) measure(ctx context.Context, out *Sweep, presses []sweepPress, press pressFunc) (samples, late []Sample, failed error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	next := make(chan sweepPress)
	var mu sync.Mutex
	broken := 0 // in a row
	take := func(sample Sample, pressed error) {
		mu.Lock()
		defer mu.Unlock()
		switch {
		case errors.Is(pressed, errNotKept):
			out.Stopped = cmp.Or(out.Stopped, fmt.Sprintf("%d connections in a row were not kept open", warmTries))
			stop()
			return
		case pressed != nil:
			failed = cmp.Or(failed, pressed)
			stop()
			return
		case sample.Outcome.Kind == sender.Canceled || ctx.Err() != nil && out.Stopped != "":
			return // it was not measured
		}
		if s.Kept && !sample.Kept && !sample.broken() {
			late = append(late, sample)
		} else {
			samples = append(samples, sample)
		}
		out.Made, out.Unopened = len(samples)+len(late), len(late)
		if broken++; !sample.broken() {
			broken = 0
		}
		if broken == brokenInARow {
			out.Stopped = fmt.Sprintf("%d presses in a row ended with %s", broken, sample.Outcome)
			stop()
		}
		if s.OnPress != nil {
			s.OnPress(out.Made)
		}
	}
	var workers sync.WaitGroup
	for range min(s.Concurrency, len(presses)) {
		workers.Go(func() {
			for one := range next {
				take(press(ctx, one))
			}
		})
	}
	for _, one := range presses {
		select {
		case next <- one:
			continue
		case <-ctx.Done():
		}
		break
	}
	close(next)
	workers.Wait()
	if len(samples) == 0 {
		return late, nil, failed
	}
	out.Cold = append(out.Cold, late...)
	return samples, late, failed
}
