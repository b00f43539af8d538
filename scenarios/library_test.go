package scenarios_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hookdrill/hookdrill/scenarios"
)

// library reads the shipped stories.
func library(t testing.TB) []*scenarios.Scenario {
	t.Helper()
	list, err := scenarios.LoadLibrary(scenarios.LoadOptions{})
	if err != nil {
		t.Fatalf("LoadLibrary(): %v", err)
	}
	if len(list) == 0 {
		t.Fatal("LoadLibrary(): no stories")
	}
	return list
}

// told renders what a failing test needs of a result.
func told(r scenarios.Result) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s on %q: %s %s", r.File, r.Name, r.Profile, r.Verdict, r.Reason)
	for i, step := range r.Steps {
		fmt.Fprintf(&b, "\n  step %d, line %d, %s: %s, %d checks, %s", i+1, step.Line, step.Name, step.Verdict, step.Checks, step.Took)
		for _, f := range step.Failures {
			fmt.Fprintf(&b, "\n    line %d %s: %s", f.Line, f.What, f.Text)
		}
	}
	for _, note := range r.Notes {
		fmt.Fprintf(&b, "\n  %s", note)
	}
	return b.String()
}

func TestEveryStoryOfTheLibraryPassesMockAgainstMock(t *testing.T) {
	t.Parallel()
	run := scenarios.Runner{Seed: 71, Parallel: 8}.Run(t.Context(), library(t))
	for _, r := range run.Results {
		if r.Verdict != scenarios.Passed {
			t.Error(told(r))
		}
	}
	if run.UnderTest != "nothing of yours: mock against mock" {
		t.Errorf("UnderTest = %q", run.UnderTest)
	}
	t.Logf("%d results in %s", len(run.Results), run.Took)
}

func TestEveryStoryOfTheLibraryHasATwinThatFailsAsItSays(t *testing.T) {
	t.Parallel()
	stories := library(t)
	for _, s := range stories {
		if len(s.Twins) == 0 {
			t.Errorf("%s has no twin", s.File)
		}
	}
	run := scenarios.Runner{Seed: 71, Parallel: 8, Twins: true}.Run(t.Context(), stories)
	for _, r := range run.Results {
		if r.Verdict != scenarios.Passed {
			t.Error(told(r))
		}
	}
	t.Logf("%d twins in %s", len(run.Results), run.Took)
}

func TestTheLibraryTellsEveryKindOfStoryOnEveryDate(t *testing.T) {
	t.Parallel()
	told := map[string]map[string]bool{}
	for _, s := range library(t) {
		for _, profile := range s.Profiles {
			if !strings.Contains(profile, "@") {
				t.Errorf("%s: %s is not pinned to a date", s.File, profile)
			}
			if told[profile] == nil {
				told[profile] = map[string]bool{}
			}
			for _, tag := range s.Tags {
				told[profile][tag] = true
			}
		}
	}
	for _, profile := range []string{"flashduty@2024-11-20", "flashduty@2026-05-27", "pagerduty@2020-10-09", "pagerduty@2026-08-19"} {
		for _, tag := range []string{"restart", "enrichment", "rollback", "status-page", "answers", "time", "clicks", "trust", "limits"} {
			if !told[profile][tag] {
				t.Errorf("no story of the kind %s on %s", tag, profile)
			}
		}
	}
}

func TestAShortenedDeadlineIsSaid(t *testing.T) {
	t.Parallel()
	late := slices.DeleteFunc(library(t), func(s *scenarios.Scenario) bool { return s.File != "answers/hang.yaml" })
	want := map[string]string{
		"flashduty@2024-11-20": "500 ms in place of the documented 1 s",
		"flashduty@2026-05-27": "500 ms in place of the documented 1 s",
		"pagerduty@2020-10-09": "500 ms in place of the documented 16 s",
		"pagerduty@2026-08-19": "500 ms in place of the documented 16 s",
	}
	got := map[string]string{}
	for _, r := range (scenarios.Runner{Seed: 71, Parallel: 4}).Run(t.Context(), late).Results {
		got[r.Profile] = strings.Join(r.Notes, "; ")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Notes mismatch (-want +got):\n%s", diff)
	}
}
