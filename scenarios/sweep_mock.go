package scenarios

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/hookdrill/hookdrill/receiver"
	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

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
