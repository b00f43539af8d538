package scenarios_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hookdrill/hookdrill/receiver"
	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

// The receiver's catalogue says what a platform's attempt makes of each fault.
// Here an attempt is made.
func TestAttemptsSayWhatTheCatalogueSays(t *testing.T) {
	t.Parallel()
	var together sync.WaitGroup
	places := make(chan struct{}, 8)
	defer together.Wait()
	for _, ref := range []string{"flashduty@2024-11-20", "flashduty@2026-05-27", "pagerduty@2020-10-09", "pagerduty@2026-08-19"} {
		for _, f := range receiver.Faults() {
			together.Go(func() {
				places <- struct{}{}
				defer func() { <-places }()
				if err := attempted(t, ref, f); err != nil {
					t.Errorf("%s on %s: %v", f.Name, ref, err)
				}
			})
		}
	}
}

// attempted presses once against the fault. An attempt that this machine may have
// kept from ending in time is made again.
func attempted(t *testing.T, ref string, f receiver.NamedFault) error {
	profile, err := schema.Open(ref)
	if err != nil {
		return err
	}
	behavior, err := receiver.ParseBehavior("status 200")
	if f.Behavior != "" {
		behavior, err = receiver.ParseBehavior("fault " + f.Name)
	}
	if err != nil {
		return err
	}
	endpoint := receiver.New(profile, receiver.WithBehavior(behavior))
	var options []receiver.ServerOption
	if f.TLS != "" {
		options = append(options, receiver.WithMadeTLSKind(f.TLS))
	}
	server := receiver.NewServer(endpoint, options...)
	if err := server.Start(); err != nil {
		return err
	}
	defer server.Close()
	registry := sender.NewRegistry(profile)
	if err := registry.Add(sender.Action{Name: "restart", URL: server.URL() + "/restart", Channels: []string{"production"}}); err != nil {
		return err
	}
	settings := []sender.Option{sender.WithDeadline(receiver.SeenWithin)}
	if pem := server.CAPEM(); pem != nil {
		settings = append(settings, sender.WithRootCAs(pem))
	}
	want := ""
	for _, seen := range f.Seen {
		if seen.Profile == ref || seen.Profile == "" {
			want = fmt.Sprintf("%s in %s", seen.Kind, seen.Phase)
			break
		}
	}
	got := ""
	for range 10 {
		delivery, err := sender.New(registry, settings...).Press(t.Context(), sender.Press{Action: "restart"})
		if err != nil {
			return err
		}
		a := delivery.Last()
		if got = fmt.Sprintf("%s in %s", a.Outcome.Kind, a.Outcome.Phase); got == want {
			return nil
		}
		if got += ": " + a.Error; a.Outcome.Kind != sender.Timeout {
			break
		}
	}
	return fmt.Errorf("%s, want %s", got, want)
}

// A fault without a story is a claim that nobody has seen on a platform.
func TestEveryFaultHasAStoryOnBothPlatforms(t *testing.T) {
	t.Parallel()
	told := map[string]string{} // platform -> what its stories of faults do before their twins
	for _, s := range library(t) {
		if !slices.Contains(s.Tags, "fault") {
			continue
		}
		text, err := os.ReadFile(filepath.Join("library", filepath.FromSlash(s.File)))
		if err != nil {
			t.Fatal(err)
		}
		story, _, _ := strings.Cut(string(text), "\ntwins:")
		_, story, _ = strings.Cut(story, "\n") // its name
		for _, profile := range s.Profiles {
			platform, _, _ := strings.Cut(profile, "@")
			told[platform] += story
		}
	}
	var names []string
	for _, f := range receiver.Faults() {
		names = append(names, f.Name)
	}
	for _, kind := range sender.DialFaultKinds() {
		names = append(names, string(kind))
	}
	for _, platform := range []string{"flashduty", "pagerduty"} {
		for _, name := range names {
			if !regexp.MustCompile(`(fault:? |[\[ ])` + name + `[,\]} "\n]`).MatchString(told[platform]) {
				t.Errorf("no story of %s has the fault %s", platform, name)
			}
		}
	}
}
