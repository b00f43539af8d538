package main

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/hookdrill/hookdrill/scenarios"
	"github.com/hookdrill/hookdrill/scenarios/report"
	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
	"github.com/spf13/cobra"
)

// sweeping is what the flags of sweep say.
type sweeping struct {
	pressing
	phases       []string
	connections  string
	self         bool
	connectDelay time.Duration
	samples      int
	concurrency  int
	maxTime      time.Duration
	allowRemote  bool
	svg          string
}

// The most that sweep takes: samples stand in memory until they are reported.
const (
	maxSweepSamples     = 10_000
	maxSweepConcurrency = 1_000
)

func (a *app) sweepCommand() *cobra.Command {
	s := &sweeping{}
	cmd := &cobra.Command{
		Use:   "sweep --profile PROFILE [--self | --phase PHASE | --url URL]",
		Short: "Press around the deadline: where does delivered end, and how exact is that",
		Long: `Press many times around the deadline, and say where delivered ends.

Without --url our own mock is pressed, late by chosen delays in a chosen phase:
connect (our own dialer waits), tls, headers, body. The delays are finer near the deadline,
and shuffled. --self does so in every phase: between the outermost delays that came out
otherwise than they should, and as far before the deadline as any answer was late, lies
hookdrill's own margin on this machine. A verdict inside it is an error and not a guess.

With --url an endpoint of yours is measured as it is: when it answers, how much it has
to spare, which answers lie inside the margin and would be delivered on another day.
The margin is measured before, on our own mock, as the endpoint is: with as many presses
at the same instant, over connections of the same kind. --connect-delay adds a wait of
our own dialer. Beyond this machine more than one press needs --allow-remote.

Every press has a connection of its own, or with --connections kept one that a press
before has left open; phases connect and tls are only of new ones. The first press
finds everything cold, one that opens a connection to be kept too: they are not among
the others. A contested deadline is looked at from each side: the connection
is read on behind the deadline. Exit code 1 where an endpoint is too late or does not
answer, 3 where its answers lie inside the margin, else 0.`,
		Example: `  hookdrill sweep --profile flashduty --self
  hookdrill sweep --profile pagerduty --phase body --deadline 500ms --svg body.svg
  hookdrill sweep --profile flashduty --url http://localhost:8080/restart --samples 100
  hookdrill sweep --profile flashduty --url https://ops.example/hook --allow-remote --concurrency 2`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s.given = cmd.Flags().Changed
			return a.sweep(s)
		},
	}
	f := cmd.Flags()
	f.StringVar(&s.profile, "profile", "", "`PROFILE` of the platform that pushes: flashduty, pagerduty@2020-10-09, flashduty@strictest")
	f.StringVar(&s.url, "url", "", "`URL` of an endpoint to measure in place of our own mock")
	f.StringArrayVar(&s.headers, "header", nil, "custom header `'NAME: VALUE'`, or 'NAME: @FILE', or @FILE with a header a line; repeatable")
	f.BoolVar(&s.self, "self", false, "measure our own margin, in every phase")
	f.StringArrayVar(&s.phases, "phase", nil, "`PHASE` in which our mock is late: connect, tls, headers, body; repeatable (default headers)")
	f.StringVar(&s.connections, "connections", scenarios.Connections(false), "press over `KIND` connections: new, kept (open already)")
	f.DurationVar(&s.connectDelay, "connect-delay", 0, "our own dialer waits `D` before it connects to --url")
	f.IntVar(&s.samples, "samples", scenarios.DefaultSweepSamples, "press `N` times with each delay, or the endpoint N times")
	f.IntVar(&s.concurrency, "concurrency", scenarios.DefaultSweepConcurrency, "`N` presses at a time; the margin grows with it")
	f.DurationVar(&s.maxTime, "max-time", scenarios.DefaultSweepTime, "end after `D` with what was measured so far")
	f.DurationVar(&s.deadline, "deadline", 0, "wait `D` for answers, in place of the documented deadline")
	f.StringArrayVar(&s.assume, "assume", nil, "take another side of a contested fact, `FACT=VALUE`: deadline=2s; repeatable")
	f.Uint64Var(&s.seed, "seed", 0, "`N` decides ids and the order; 0: chosen, and told")
	f.StringVar(&s.ca, "ca", "", "PEM `FILE` of an authority to trust")
	f.BoolVar(&s.insecure, "insecure", false, "do not verify the endpoint's certificate")
	f.BoolVar(&s.allowRemote, "allow-remote", false, "press an endpoint beyond this machine many times")
	f.StringVar(&s.svg, "svg", "", "also draw a picture into `FILE`")
	s.format = formatFlag(cmd)
	return cmd
}

// sweep presses and writes what came of it.
func (a *app) sweep(s *sweeping) error {
	profile, err := a.assumed(s.profile, s.assume)
	if err != nil {
		return err
	}
	if err := s.check(); err != nil {
		return err
	}
	headers, err := a.readHeaders(s.headers)
	if err != nil {
		return err
	}
	sweeper, err := a.newSweeper(s, profile, &headers)
	if err != nil {
		return err
	}
	var sweep scenarios.Sweep
	var picture *report.File
	if s.svg != "" {
		// Found at once, what cannot be written later. A sweep is no run.
		picture, err = report.Create(s.svg, func(w io.Writer, _ scenarios.Run) error { return report.SweepSVG(w, sweep) })
		if err != nil {
			return lookError(err)
		}
		defer picture.Close()
	}
	interrupts, stop := watch(os.Exit)
	defer stop()
	if err := s.near(interrupts.ctx); err != nil {
		return err
	}
	bar := a.sweepBar(s)
	sweeper.OnPlan, sweeper.OnPress = bar.plan, bar.made
	sweep, err = sweeper.Run(interrupts.ctx)
	bar.end()
	if err != nil {
		return join(lookError(err), interrupts.err())
	}
	sweep = headers.concealSweep(sweep)
	var errs []error
	if picture != nil {
		errs = append(errs, lookError(picture.Write(scenarios.Run{})))
	}
	errs = append(errs, a.writeSweep(s, sweep), verdictError(sweep.Verdict()), interrupts.err())
	return join(errs...)
}

// check refuses flags that contradict each other.
func (s *sweeping) check() error {
	switch {
	case s.given("deadline") && s.deadline <= 0:
		return usageError("--deadline %v: must be more than 0", s.deadline)
	case s.maxTime <= 0:
		return usageError("--max-time %v: must be more than 0", s.maxTime)
	case s.samples < 1 || s.samples > maxSweepSamples:
		return usageError("--samples %d: must be 1 to %d", s.samples, maxSweepSamples)
	case s.concurrency < 1 || s.concurrency > maxSweepConcurrency:
		return usageError("--concurrency %d: must be 1 to %d", s.concurrency, maxSweepConcurrency)
	case s.connectDelay < 0:
		return usageError("--connect-delay %v: must be 0 or more", s.connectDelay)
	case s.url != "" && s.self:
		return usageError("--self measures hookdrill alone: leave --url out")
	case s.url != "" && len(s.phases) > 0:
		return usageError("--phase delays our own mock, and --url is not ours: --connect-delay is what can be added to it")
	case s.url == "" && s.connectDelay > 0:
		return usageError("--connect-delay is for --url; our own mock is swept with --phase connect")
	case s.connections != scenarios.Connections(false) && !s.kept():
		return usageError("--connections %s: there are new and kept", s.connections)
	case s.kept() && s.connectDelay > 0:
		return usageError("--connect-delay is for new connections: one that is kept is not made")
	case s.self && len(s.phases) > 0:
		return usageError("--self sweeps every phase: leave --phase out")
	}
	for _, one := range s.phases {
		if !slices.Contains(scenarios.SweepPhases(), sender.Phase(one)) {
			return usageError("--phase %s: there are %v", one, scenarios.SweepPhases())
		}
		if !slices.Contains(s.all(), sender.Phase(one)) {
			return usageError("--phase %s: a kept connection has none, only %v", one, s.all())
		}
	}
	return nil
}

// kept reports whether presses go over connections that are open already.
func (s *sweeping) kept() bool { return s.connections == scenarios.Connections(true) }

// all are the phases in which our mock can be late.
func (s *sweeping) all() []sender.Phase {
	if s.kept() {
		return scenarios.KeptPhases()
	}
	return scenarios.SweepPhases()
}

// newSweeper is what the flags ask for.
func (a *app) newSweeper(s *sweeping, profile *schema.Profile, h *headers) (scenarios.Sweeper, error) {
	sweeper := scenarios.Sweeper{
		Profile: profile, Deadline: s.deadline, Samples: s.samples, Concurrency: s.concurrency, MaxTime: s.maxTime,
		Seed: s.seed, Version: version(), ConnectDelay: s.connectDelay, Kept: s.kept(),
	}
	if sweeper.Seed == 0 {
		sweeper.Seed = uint64(rand.Uint32N(1<<31-1)) + 1 // short enough to be typed again
	}
	if s.url == "" {
		for _, one := range s.phases {
			sweeper.Phases = append(sweeper.Phases, sender.Phase(one))
		}
		switch {
		case s.self:
			sweeper.Phases = s.all()
		case len(s.phases) == 0:
			sweeper.Phases = []sender.Phase{sender.PhaseHeaders}
		}
		return sweeper, nil
	}
	if !strings.Contains(s.url, "://") {
		return sweeper, usageError("--url %s: want http:// or https:// and a host", strings.TrimPrefix(schema.RedactURL("//"+s.url), "//"))
	}
	action, err := a.newAction(&s.pressing, h)
	if err != nil {
		return sweeper, err
	}
	if err := sender.NewRegistry(profile).Add(action); err != nil {
		return sweeper, usageError("%w", err)
	}
	sweeper.Endpoint = &action
	sweeper.Options, err = a.senderOptions(&s.pressing)
	return sweeper, err
}

// lookup bounds the question where a name leads.
const lookup = 3 * time.Second

// near refuses many presses on what is not this machine, unless somebody has said
// that they may be. Where the name leads nowhere the press will tell.
func (s *sweeping) near(ctx context.Context) error {
	if s.url == "" || s.allowRemote || s.samples == 1 {
		return nil
	}
	u, err := url.Parse(s.url)
	if err != nil {
		return nil // the registry has refused it
	}
	ctx, cancel := context.WithTimeout(ctx, lookup)
	defer cancel()
	addresses, err := net.DefaultResolver.LookupNetIP(ctx, "ip", u.Hostname())
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return usageError("%s: no name server has said within %v whether it is beyond this machine, and %d presses may be too many for it: give --allow-remote, or --samples 1", u.Hostname(), lookup, s.samples)
	case err != nil:
		return nil
	}
	if !slices.ContainsFunc(addresses, func(one netip.Addr) bool { return !one.Unmap().IsLoopback() }) {
		return nil
	}
	return usageError("%s is beyond this machine, and %d presses may be too many for it: ask whose it is and give --allow-remote, or --samples 1", u.Hostname(), s.samples)
}

// concealSweep cleans what came back of a sweep's presses.
func (h headers) concealSweep(s scenarios.Sweep) scenarios.Sweep {
	clean := h.cleaner()
	if clean == nil {
		return s
	}
	s.Dead, s.Stopped = clean(s.Dead), clean(s.Stopped)
	s.Cold = slices.Clone(s.Cold)
	for i := range s.Cold {
		s.Cold[i].Error = clean(s.Cold[i].Error)
	}
	return s
}

// writeSweep writes the result in the format that was asked for.
func (a *app) writeSweep(s *sweeping, sweep scenarios.Sweep) error {
	if s.format.value == "text" {
		return report.SweepText(a.stdout, sweep, a.color(a.stdout))
	}
	return report.SweepJSON(a.stdout, sweep, s.format.value == "json")
}

// verdictError is the exit code of a verdict that stands on stdout.
func verdictError(v scenarios.Verdict) error {
	switch v {
	case scenarios.Failed:
		return errNotPassed
	case scenarios.Errored:
		return errNotLooked
	}
	return nil
}
