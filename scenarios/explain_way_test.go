package scenarios_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/hookdrill/hookdrill/receiver"
	"github.com/hookdrill/hookdrill/scenarios"
	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

// Each fault is asked for by its name, made to happen as the explanation says, and
// what a Go client then prints is explained: the fault is among the ways.
func TestWhatFaultsLookLikeLeadsBackToThem(t *testing.T) {
	t.Parallel()
	var together sync.WaitGroup
	places := make(chan struct{}, 8)
	defer together.Wait()
	var names []string
	for _, fault := range receiver.Faults() {
		names = append(names, fault.Name)
	}
	for _, fault := range sender.DialFaults() {
		names = append(names, string(fault.Kind))
	}
	for _, name := range names {
		for _, profile := range platforms(t) {
			together.Go(func() {
				places <- struct{}{}
				defer func() { <-places }()
				e := scenarios.Explain(scenarios.Question{Text: "fault " + name, Profiles: []*schema.Profile{profile}})
				for _, c := range e.Causes {
					if len(c.Ways) != 1 {
						t.Errorf("fault %s on %s: %v: %+v, want one way", name, profile.Ref(), c.Outcome, c.Ways)
					} else if way := c.Ways[0]; way.Profile != profile.Ref() {
						continue // another platform sees it so
					} else if err := leadsBack(t, profile, c); err != nil {
						t.Errorf("fault %s on %s: %v", name, profile.Ref(), err)
					}
				}
				if len(e.Causes) == 0 {
					t.Errorf("fault %s on %s: no cause", name, profile.Ref())
				}
			})
		}
	}
}

// leadsBack does what the cause's way says and explains what is seen then. An
// attempt that this machine may have kept from ending in time is made again.
func leadsBack(t *testing.T, profile *schema.Profile, c scenarios.Cause) (err error) {
	way := c.Ways[0]
	if way.Story != "" {
		return nil // it is told with the library
	}
	for range 3 {
		var a sender.Attempt
		if a, err = happen(t, profile, way); err != nil {
			return err
		}
		if a.Outcome != c.Outcome || c.Status != 0 && a.Status != c.Status {
			err = fmt.Errorf("%v, status %d: %s; want %v %d", a.Outcome, a.Status, a.Error, c.Outcome, c.Status)
			continue
		}
		text := a.GoText
		if a.Outcome.Kind == sender.Answered {
			text = fmt.Sprintf("status %d", a.Status)
		}
		found := scenarios.Explain(scenarios.Question{Text: text, Profiles: []*schema.Profile{profile}})
		for _, one := range found.Causes {
			if slices.ContainsFunc(one.Ways, func(w scenarios.Way) bool { return w.Fault == way.Fault }) {
				return nil
			}
		}
		err = fmt.Errorf("%q is explained by %v, and the fault is not among it", text, causes(found))
	}
	return err
}

// happen is an attempt that meets what the way says, without its certificates being
// known.
func happen(t *testing.T, profile *schema.Profile, w scenarios.Way) (sender.Attempt, error) {
	text := w.Behavior
	if text == "" {
		text = "status 200"
	}
	behavior, err := receiver.ParseBehavior(text)
	if err != nil {
		return sender.Attempt{}, err
	}
	var options []receiver.ServerOption
	if w.TLS != "" {
		options = append(options, receiver.WithMadeTLSKind(receiver.TLSKind(w.TLS)))
	}
	server := receiver.NewServer(receiver.New(profile, receiver.WithBehavior(behavior)), options...)
	if err := server.Start(); err != nil {
		return sender.Attempt{}, err
	}
	defer server.Close()
	registry := sender.NewRegistry(profile)
	if err := registry.Add(sender.Action{Name: "restart", URL: server.URL() + "/restart", Channels: []string{"production"}}); err != nil {
		return sender.Attempt{}, err
	}
	var settings []sender.Option
	if w.Deadline > 0 {
		settings = append(settings, sender.WithDeadline(w.Deadline))
	}
	if w.Insecure {
		settings = append(settings, sender.WithInsecure())
	}
	d, err := sender.New(registry, settings...).Press(t.Context(), sender.Press{Action: "restart", Fault: sender.DialFault{Kind: sender.DialFaultKind(w.Dial)}})
	return d.Last(), err
}

// What a press alone does not show has a story of the library that does, on the
// platform that sees it.
func TestWhatAPressDoesNotShowAStoryDoes(t *testing.T) {
	t.Parallel()
	library, err := scenarios.LoadLibrary(scenarios.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for text, tt := range map[string]struct{ cause, profile string }{
		"fault chain_out_of_order":            {"cert_out_of_order in tls", "pagerduty@2026-08-19"},
		"dial tcp 192.0.2.1: i/o timeout":     {"timeout in connect by the dialer", "flashduty@2026-05-27"},
		"http: server closed idle connection": {"closed in headers", "flashduty@2026-05-27"},
	} {
		e := scenarios.Explain(scenarios.Question{Text: text, Profiles: platforms(t)})
		if got := causes(e); len(got) == 0 || got[0] != tt.cause || len(e.Causes[0].Ways) == 0 {
			t.Errorf("%s: %v, want %s and ways to see it", text, got, tt.cause)
			continue
		}
		file := e.Causes[0].Ways[0].Story
		if !slices.ContainsFunc(library, func(s *scenarios.Scenario) bool {
			return s.File == file && slices.Contains(s.Profiles, tt.profile)
		}) {
			t.Errorf("%s: story %q, want one on %s", text, file, tt.profile)
		}
	}
}

// What reads as if the endpoint had died may be a kept connection that it closed:
// the story that shows it is among the ways, and is one with kept connections.
func TestAClosedConnectionMayHaveBeenKept(t *testing.T) {
	t.Parallel()
	library, err := scenarios.LoadLibrary(scenarios.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	profiles := platforms(t)
	for text, profile := range map[string]*schema.Profile{
		"http: server closed idle connection":                                 profiles[0],
		"RemoteDisconnected('Remote end closed connection without response')": profiles[0],
		"('Connection aborted.', ":                                            profiles[0],
		"aiohttp: Server disconnected":                                        profiles[1],
		"closed in headers":                                                   profiles[1],
		"NoHttpResponseException":                                             profiles[1],
		"unexpected end of stream on http:":                                   profiles[1],
	} {
		e := scenarios.Explain(scenarios.Question{Text: text, Profiles: []*schema.Profile{profile}})
		if len(e.Causes) == 0 {
			t.Errorf("%s: no cause", text)
			continue
		}
		ways := e.Causes[0].Ways
		at := slices.IndexFunc(ways, func(w scenarios.Way) bool { return w.Fault == "close_next" })
		if at < 0 || !slices.ContainsFunc(library, func(s *scenarios.Scenario) bool {
			return s.File == ways[at].Story && s.KeepConnections && slices.Contains(s.Profiles, profile.Ref())
		}) {
			t.Errorf("%s: %+v, want close_next with a story of kept connections on %s", text, ways, profile.Ref())
		}
	}
}
