package scenarios

import (
	"bytes"
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
	late := 0
	for _, one := range presses {
		last = max(last, one.delay)
		if one.delay >= out.Edges[0].Deadline {
			late++
		}
	}
	mocks, err := newSweepMocks(s.Profile, presses)
	if err != nil {
		return err
	}
	defer mocks.close()
	s.Options = append(slices.Clone(s.Options), mocks.trusted()...)
	press, cold, err := s.presser(out, mocks.action(), last+lookOn, sweepPress{}, func(one sweepPress) sender.Press {
		p := sender.Press{Action: sweepAction, URL: mocks.url(one)}
		if one.phase == sender.PhaseConnect {
			p.ConnectDelay = one.delay
		}
		return p
	})
	if err != nil {
		return err
	}
	defer cold()
	first, err := press(ctx, sweepPress{})
	if err != nil || ctx.Err() != nil {
		return err
	}
	out.isCold(first)
	out.Planned = len(presses)
	s.plan(SweepPlan{Presses: len(presses), Opening: s.opening(len(presses), late), Takes: sweepTakes(presses, s.Concurrency)})
	samples, _, err := s.measure(ctx, out, presses, press)
	for _, phase := range s.Phases {
		own := slices.DeleteFunc(slices.Clone(samples), func(one Sample) bool { return one.Phase != phase })
		out.Fronts = append(out.Fronts, FrontierOf(phase, own, edgesIn(phase, out.Edges)))
	}
	return err
}

// sweepMocks are our own endpoints, which are late as the press wants it: one for
// all delays, by the path, but for those in the handshake, where no path is known.
type sweepMocks struct {
	byPath *receiver.Server
	secure map[time.Duration]*receiver.Server // by their delay
}

// newSweepMocks starts them; options are of the one for all delays.
func newSweepMocks(p *schema.Profile, presses []sweepPress, options ...receiver.ServerOption) (*sweepMocks, error) {
	answers := menu{}
	m := &sweepMocks{secure: map[time.Duration]*receiver.Server{}}
	m.byPath = newSweepMock(p, answers, options...)
	for _, one := range presses {
		if one.phase != sender.PhaseTLS {
			answers[one.path()] = one.answer()
		} else if m.secure[one.delay] == nil {
			m.secure[one.delay] = newSweepMock(p, one.answer(), receiver.WithMadeTLS())
		}
	}
	for _, server := range m.all() {
		if err := server.Start(); err != nil {
			m.close()
			return nil, err
		}
	}
	return m, nil
}

func newSweepMock(p *schema.Profile, b receiver.Behavior, options ...receiver.ServerOption) *receiver.Server {
	return receiver.NewServer(receiver.New(p, receiver.WithBehavior(b), receiver.WithJournalLimits(1, 0)), options...)
}

func (m *sweepMocks) all() []*receiver.Server {
	list := []*receiver.Server{m.byPath}
	for _, one := range m.secure {
		list = append(list, one)
	}
	return list
}

func (m *sweepMocks) close() {
	for _, one := range m.all() {
		one.Close()
	}
}

// url is where the press is answered as it wants it.
func (m *sweepMocks) url(p sweepPress) string {
	if p.phase == sender.PhaseTLS {
		return m.secure[p.delay].URL()
	}
	return m.byPath.URL() + p.path()
}

// action is the button that presses them.
func (m *sweepMocks) action() sender.Action {
	return sender.Action{Name: sweepAction, Label: "hookdrill sweep", URL: m.url(sweepPress{}), Channels: []string{"hookdrill"}}
}

// trusted makes the sender trust those that speak TLS.
func (m *sweepMocks) trusted() []sender.Option {
	var roots [][]byte
	for _, one := range m.all() {
		roots = append(roots, one.CAPEM())
	}
	all := bytes.Join(roots, nil)
	if len(all) == 0 {
		return nil
	}
	return []sender.Option{sender.WithRootCAs(all)}
}

// path is where the mock is late as the press wants it.
func (p sweepPress) path() string { return "/" + string(p.phase) + "/" + p.delay.String() }

func (p sweepPress) answer() receiver.Answer {
	switch p.phase {
	case sender.PhaseTLS:
		return receiver.Answer{HandshakeDelay: p.delay}
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
