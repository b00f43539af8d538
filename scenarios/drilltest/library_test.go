package drilltest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/hookdrill/hookdrill/scenarios"
	"github.com/hookdrill/hookdrill/scenarios/drilltest"
)

// TestLibraryInVirtualTime tells every shipped story and every twin in virtual
// time: whatever its mocks do below HTTP, over TLS and late, they do in memory.
func TestLibraryInVirtualTime(t *testing.T) {
	t.Parallel()
	stories, err := scenarios.LoadLibrary(scenarios.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for name, twins := range map[string]bool{"the stories": false, "their twins": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			drilltest.Virtual(t, func(t *testing.T, n *drilltest.Network) {
				run := scenarios.Runner{Seed: 71, Parallel: 8, Twins: twins, Virtual: true, Network: n, Listen: n.Listen}.Run(t.Context(), stories)
				for _, r := range run.Results {
					if r.Verdict == scenarios.Passed {
						continue
					}
					var why []string
					for _, s := range r.Steps {
						for _, f := range s.Failures {
							why = append(why, f.Text)
						}
					}
					t.Errorf("%s on %s: %s %s\n%s", r.Name, r.Profile, r.Verdict, r.Reason, strings.Join(why, "\n"))
				}
				t.Logf("%d results in %s of virtual time", len(run.Results), time.Since(drilltest.VirtualStart))
			})
		})
	}
}

func TestVirtualTimeWithoutANetwork(t *testing.T) {
	t.Parallel()
	story, err := scenarios.Load(one(story), "drills/story.yaml", nil, scenarios.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range (scenarios.Runner{Virtual: true}).Run(t.Context(), []*scenarios.Scenario{story}).Results {
		if r.Verdict != scenarios.Errored || !strings.Contains(r.Reason, "a network in memory") {
			t.Errorf("%s: %s", r.Verdict, r.Reason)
		}
	}
}
