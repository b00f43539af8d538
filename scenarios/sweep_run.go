package scenarios

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/hookdrill/hookdrill/receiver"
	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

// SweepPhases are the phases in which our own mock can be made late, in their
// order: connect by the sender's dialer, the others by the receiver.
func SweepPhases() []sender.Phase {
	return []sender.Phase{sender.PhaseConnect, sender.PhaseHeaders, sender.PhaseBody}
}

// Sweeper presses many times around a deadline: our own mock, which is late by
// chosen delays, or an endpoint, whose answers are measured. Every press has a
// connection of its own.
type Sweeper struct {
	Profile      *schema.Profile
	Phases       []sender.Phase  // in which our mock is late
	Endpoint     *sender.Action  // pressed in place of our own mock; nil: our own
	ConnectDelay time.Duration   // for which our dialer waits before it connects to Endpoint
	Options      []sender.Option // of the sender, but for deadline, linger and seed
	Deadline     time.Duration   // in place of the documented one; 0: that
	Samples      int             // presses of each delay, or of Endpoint
	Concurrency  int             // presses at a time
	MaxTime      time.Duration   // after which no press goes on; 0: none
	Seed         uint64          // of ids and of the order
	Version      string
	OnPlan       func(presses int, takes time.Duration) // once, before the presses but the first
	OnPress      func(made int)                         // after each of them, never two at a time
}

// Sweep is what came of a Sweeper's presses.
type Sweep struct {
	Version      string
	Profile      string // its reference
	Title        string // the platform's own name
	Endpoint     string // the URL without its secrets; "" where it was our own mock
	ConnectDelay time.Duration
	Seed         uint64
	Edges        []Edge // the one that is acted on comes first
	Documented   time.Duration
	Overrides    []string // how the presses of Endpoint departed from the platform
	Samples      int
	Concurrency  int
	Planned      int             // presses, without Cold and Calibrated
	Made         int             // of these
	Cold         []Sample        // the first presses, which found everything cold and are not among the others
	Fronts       []Frontier      // one of each phase, or one of Endpoint
	Answers      []time.Duration // of Endpoint, sorted: when each whole answer had come
	Calibrated   int             // presses on our own mock from which the margins of Endpoint come
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
	brokenInARow        = 10                     // presses that end neither answered nor cut off, and then it gives up
	lookOn              = time.Second            // behind the last edge, for late answers
	calibrationDeadline = 250 * time.Millisecond // our margin does not depend on how long we wait
	calibrationSamples  = 5
	sweepAction         = "sweep"
)

// errSweepTime is the cause of the context of a sweep whose time is over.
var errSweepTime = errors.New("the time that it was given is over")

// Run presses and judges. When ctx ends, or the time is over, or the endpoint
// answers no more, it returns what was measured so far. The error says that this
// machine could not look.
func (s Sweeper) Run(ctx context.Context) (Sweep, error) {
	out := Sweep{
		Version: s.Version, Profile: s.Profile.Ref(), Title: s.Profile.Title(), ConnectDelay: s.ConnectDelay, Seed: s.Seed,
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

// sweepMock presses our own mock with all delays in all phases.
func (s Sweeper) sweepMock(ctx context.Context, out *Sweep) error {
	presses := sweepPresses(s.Phases, out.Edges, s.Samples, s.Seed)
	var last time.Duration
	for _, one := range presses {
		last = max(last, one.delay)
	}
	mock, err := newSweepMock(s.Profile, presses)
	if err != nil {
		return err
	}
	defer mock.Close()
	platform, err := s.platform(sender.Action{Name: sweepAction, Label: "hookdrill sweep", URL: mock.URL(), Channels: []string{"hookdrill"}}, last+lookOn, out)
	if err != nil {
		return err
	}
	press := func(ctx context.Context, one sweepPress) (Sample, error) {
		p := sender.Press{Action: sweepAction, URL: mock.URL() + one.path()}
		if one.phase == sender.PhaseConnect {
			p.ConnectDelay = one.delay
		}
		return s.press(ctx, platform, p, one)
	}
	cold, err := press(ctx, sweepPress{})
	if err != nil || ctx.Err() != nil {
		return err
	}
	out.Cold, out.Planned = []Sample{cold}, len(presses)
	s.plan(len(presses), sweepTakes(presses, s.Concurrency))
	samples, err := s.measure(ctx, out, presses, press)
	for _, phase := range s.Phases {
		own := slices.DeleteFunc(slices.Clone(samples), func(one Sample) bool { return one.Phase != phase })
		out.Fronts = append(out.Fronts, FrontierOf(phase, own, edgesIn(phase, out.Edges)))
	}
	return err
}

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

// platform is a sender for one action, which looks for answers until last.
func (s Sweeper) platform(action sender.Action, last time.Duration, out *Sweep) (*sender.Sender, error) {
	registry := sender.NewRegistry(s.Profile)
	if err := registry.Add(action); err != nil {
		return nil, err
	}
	options := append(slices.Clone(s.Options), sender.WithSeed(s.Seed), sender.WithDeadline(s.Deadline), sender.WithLinger(last-out.Edges[0].Deadline))
	return sender.New(registry, options...), nil
}

func (s Sweeper) plan(presses int, takes time.Duration) {
	if s.OnPlan != nil {
		s.OnPlan(presses, takes)
	}
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
		Outcome: a.Outcome, Error: a.Error, Passed: d.Delivered, Repeated: !d.Delivered && d.Ended == sender.EndedOpen, Until: max(a.Took, a.Late.Until),
		overrides: d.Overrides,
	}, nil
}

// measure makes the presses in their order, as many at a time as it may, until
// all are made, ctx ends, or the other side has ceased to answer.
func (s Sweeper) measure(ctx context.Context, out *Sweep, presses []sweepPress, press pressFunc) ([]Sample, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	next := make(chan sweepPress)
	var mu sync.Mutex
	var samples []Sample
	var failed error
	broken := 0 // in a row
	take := func(sample Sample, err error) {
		mu.Lock()
		defer mu.Unlock()
		switch {
		case err != nil:
			failed = cmp.Or(failed, err)
			stop()
			return
		case sample.Outcome.Kind == sender.Canceled || ctx.Err() != nil && out.Stopped != "":
			return // it was not measured
		}
		samples = append(samples, sample)
		out.Made = len(samples)
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
	return samples, failed
}

// sweepMock is our own endpoint, which is late as the path says.
type sweepMock struct{ *receiver.Server }

func newSweepMock(p *schema.Profile, presses []sweepPress) (sweepMock, error) {
	m := menu{}
	for _, one := range presses {
		m[one.path()] = one.answer()
	}
	server := receiver.NewServer(receiver.New(p, receiver.WithBehavior(m), receiver.WithJournalLimits(1, 0)))
	return sweepMock{server}, server.Start()
}

// path is where the mock is late as the press wants it.
func (p sweepPress) path() string { return "/" + string(p.phase) + "/" + p.delay.String() }

func (p sweepPress) answer() receiver.Answer {
	switch p.phase {
	case sender.PhaseHeaders:
		return receiver.Answer{Delay: p.delay}
	case sender.PhaseBody:
		return receiver.Answer{BodyDelay: p.delay, Body: []byte("late")}
	}
	return receiver.Answer{} // the dialer is late
}

// menu is a behavior that answers each path in its own way, others at once.
type menu map[string]receiver.Answer

// Respond answers as the request's path says.
func (m menu) Respond(w http.ResponseWriter, r *http.Request) receiver.Done {
	return m[r.URL.Path].Respond(w, r)
}

// String says what cannot be said in a behavior's own words.
func (m menu) String() string { return fmt.Sprintf("by path, %d delays", len(m)) }
