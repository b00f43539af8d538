package sender_test

import (
	"context"
	"errors"
	"testing"

	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

func TestAnActionIsReplacedAndStaysTheSame(t *testing.T) {
	for _, ref := range []string{"pagerduty@2020-10-09", "pagerduty@2026-08-19"} {
		profile, err := schema.Open(ref)
		if err != nil {
			t.Fatal(err)
		}
		registry := sender.NewRegistry(profile)
		s := sender.New(registry, sender.WithSeed(7))
		first := sender.Action{Name: "restart", Label: "Restart", URL: "http://127.0.0.1:1/a", Channels: []string{"shop"}}
		if err := registry.Add(first); err != nil {
			t.Fatal(err)
		}
		before, err := s.ActionValues("restart")
		if err != nil {
			t.Fatal(err)
		}
		changed := sender.Action{Label: "Restart now", URL: "http://127.0.0.1:1/b", Channels: []string{"shop"}}
		if err := registry.Replace("restart", changed); err != nil {
			t.Fatal(err)
		}
		after, err := s.ActionValues("restart")
		if err != nil {
			t.Fatal(err)
		}
		if id := before["action_id"]; id == nil || id != after["action_id"] {
			t.Errorf("%s: the id was %v and is %v", ref, id, after["action_id"])
		}
		if after["action"] != "Restart now" || after["endpoint"] != "http://127.0.0.1:1/b" {
			t.Errorf("%s: the action is still %v at %v", ref, after["action"], after["endpoint"])
		}
		push, _, err := s.Preview(sender.Press{Action: "restart"})
		if err != nil || push.Value("action_id") != after["action_id"] || push.Value("action") != "Restart now" {
			t.Errorf("%s: a push has id %v and name %v (%v)", ref, push.Value("action_id"), push.Value("action"), err)
		}
	}
}

func TestTheIDOfAnActionCanBeGiven(t *testing.T) {
	profile, err := schema.Open("pagerduty")
	if err != nil {
		t.Fatal(err)
	}
	registry := sender.NewRegistry(profile)
	if err := registry.Add(sender.Action{Name: "x", ID: "QGIVENID", URL: "http://127.0.0.1:1/"}); err != nil {
		t.Fatal(err)
	}
	push, _, err := sender.New(registry).Preview(sender.Press{Action: "x"})
	if err != nil || push.Value("action_id") != "QGIVENID" {
		t.Errorf("the push has id %v (%v)", push.Value("action_id"), err)
	}
}

func TestReplaceAndRemoveKeepTheLimits(t *testing.T) {
	profile, err := schema.Open("pagerduty")
	if err != nil {
		t.Fatal(err)
	}
	registry := sender.NewRegistry(profile)
	for _, name := range []string{"a", "b", "c"} {
		if err := registry.Add(sender.Action{Name: name, URL: "http://127.0.0.1:1/", Channels: []string{"shop"}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := registry.Add(sender.Action{Name: "d", URL: "http://127.0.0.1:1/", Channels: []string{"warehouse"}}); err != nil {
		t.Fatal(err)
	}
	into := sender.Action{URL: "http://127.0.0.1:1/", Channels: []string{"shop"}}
	if err := registry.Replace("d", into); !errors.Is(err, sender.ErrChannelFull) {
		t.Errorf("a fourth action moved into the service: %v", err)
	}
	if err := registry.Replace("a", into); err != nil {
		t.Errorf("one of the three does not fit into its own place: %v", err)
	}
	if err := registry.Remove("a"); err != nil {
		t.Fatal(err)
	}
	if err := registry.Replace("d", into); err != nil {
		t.Errorf("there is no room after one was removed: %v", err)
	}
	for what, err := range map[string]error{"Remove": registry.Remove("a"), "Replace": registry.Replace("a", into)} {
		if !errors.Is(err, sender.ErrUnknownAction) {
			t.Errorf("%s of what is not there: %v", what, err)
		}
	}
}

func TestMintedIDsDependOnTheSeedAndTheirNumber(t *testing.T) {
	profile, err := schema.Open("flashduty")
	if err != nil {
		t.Fatal(err)
	}
	mint := func(s *sender.Sender, kind string, n uint64) string {
		t.Helper()
		id, err := s.Mint("{hex:24}", kind, n)
		if err != nil || len(id) != 24 {
			t.Fatalf("Mint gives %q, %v", id, err)
		}
		return id
	}
	one, two := sender.New(sender.NewRegistry(profile), sender.WithSeed(1)), sender.New(sender.NewRegistry(profile), sender.WithSeed(1))
	lucky := sender.New(sender.NewRegistry(profile))
	if mint(one, "comment", 1) != mint(two, "comment", 1) {
		t.Error("the same seed makes another id")
	}
	if first := mint(lucky, "comment", 1); first != mint(lucky, "comment", 1) {
		t.Error("without a seed an id does not stay")
	}
	if mint(one, "comment", 1) == mint(one, "comment", 2) || mint(one, "comment", 1) == mint(one, "page", 1) || mint(one, "comment", 1) == mint(lucky, "comment", 1) {
		t.Error("two ids are one")
	}
	if _, err := one.Mint("{hex", "comment", 1); err == nil {
		t.Error("Mint takes what is no pattern")
	}
}

func TestAPressIsWatchedUntilItsEnd(t *testing.T) {
	profile, err := schema.Open("flashduty")
	if err != nil {
		t.Fatal(err)
	}
	registry := sender.NewRegistry(profile)
	if err := registry.Add(sender.Action{Name: "x", URL: "http://127.0.0.1:1/"}); err != nil {
		t.Fatal(err)
	}
	s := sender.New(registry)
	pending, err := s.Start(context.Background(), sender.Press{Action: "x"})
	if err != nil {
		t.Fatal(err)
	}
	seen := make(chan sender.Delivery, 2)
	watch := func(d sender.Delivery, err error) {
		if err != nil {
			t.Error(err)
		}
		seen <- d
	}
	pending.Watch(watch)
	d, err := pending.Wait(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	pending.Watch(watch)
	if err := s.Idle(context.Background()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		select {
		case watched := <-seen:
			if watched.EventID != d.EventID || watched.Ended != d.Ended || d.Ended == "" {
				t.Errorf("watched %s %q, waited for %s %q", watched.EventID, watched.Ended, d.EventID, d.Ended)
			}
		default:
			t.Error("Wait returned before Watch had told")
		}
	}
}
