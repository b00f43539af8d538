package scenarios

import (
	"slices"
	"strings"
	"testing"

	"github.com/hookdrill/hookdrill/receiver"
	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

// What a text is said to mean can be explained, and names faults that there are.
func TestEverySayingIsExplained(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, f := range receiver.Faults() {
		known[f.Name] = true
	}
	all := sayings()
	if len(all) < 100 {
		t.Fatalf("%d sayings", len(all))
	}
	profiles := []*schema.Profile{}
	for _, ref := range []string{"flashduty", "pagerduty"} {
		p, err := schema.Open(ref)
		if err != nil {
			t.Fatal(err)
		}
		profiles = append(profiles, p)
	}
	for _, s := range all {
		for _, name := range s.Faults {
			if !known[name] {
				t.Errorf("%q names the fault %s, which there is not", s.Text, name)
			}
		}
		e := Explain(Question{Text: "it said: " + strings.ReplaceAll(s.Text, gap, "12") + " (7)", Profiles: profiles})
		if len(e.Causes) == 0 {
			t.Errorf("%q of %s is not explained", s.Text, s.By)
			continue
		}
		for _, c := range e.Causes {
			if c.Does == "" || len(c.Why) == 0 || len(c.Platforms) != len(profiles) {
				t.Errorf("%q of %s: %+v says too little", s.Text, s.By, c)
			}
		}
		first := e.Causes[0]
		if len(s.Means) == 0 && s.Status == 0 {
			if !slices.ContainsFunc(e.Causes, func(c Cause) bool {
				return slices.ContainsFunc(c.Ways, func(w Way) bool { return slices.Contains(s.Faults, w.Fault) })
			}) {
				t.Errorf("%q of %s: %+v, want one of %v", s.Text, s.By, e.Causes, s.Faults)
			}
			continue
		}
		if s.Status == 0 && !slices.ContainsFunc(s.Means, func(o sender.Outcome) bool {
			return o.Kind == first.Outcome.Kind && (o.Phase == "" || o.Phase == first.Outcome.Phase)
		}) {
			t.Errorf("%q of %s: %v, want one of %v", s.Text, s.By, first.Outcome, s.Means)
		}
	}
}
