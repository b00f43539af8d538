package scenarios_test

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hookdrill/hookdrill/scenarios"
)

const plain = `name: A story
profiles: [flashduty@2024-11-20, pagerduty@2020-10-09]
actions: {restart: {channels: [production]}}
stages: {mock: {endpoints: {restart: {behavior: status 200}}}}
steps:
  - press: restart
  - redeliver: restart
  - press: restart
`

func TestTheRestartStoryFailsAtItsThirdStepWhenItRemembersEventsOnly(t *testing.T) {
	t.Parallel()
	stories := slices.DeleteFunc(library(t), func(s *scenarios.Scenario) bool { return !strings.HasSuffix(s.File, "/restart.yaml") })
	run := scenarios.Runner{Seed: 71, Twins: true, Parallel: 4}.Run(t.Context(), stories)
	seen := map[string]bool{}
	for _, r := range run.Results {
		if !strings.Contains(r.Name, "it remembers") {
			continue
		}
		seen[r.Profile] = true
		if len(r.Steps) != 3 || r.Steps[0].Verdict != scenarios.Passed || r.Steps[1].Verdict != scenarios.Passed {
			t.Errorf("it does not come to the third step\n%s", told(r))
			continue
		}
		if diff := cmp.Diff([]string{"restarts: 1, want 0"}, failures(r)); diff != "" || r.Steps[2].Verdict != scenarios.Failed {
			t.Errorf("third step mismatch (-want +got):\n%s%s", diff, told(r))
		}
	}
	for _, ref := range []string{"flashduty@2024-11-20", "flashduty@2026-05-27", "pagerduty@2020-10-09", "pagerduty@2026-08-19"} {
		if !seen[ref] {
			t.Errorf("not told on %s", ref)
		}
	}
}

func TestATwinThatDoesNotFailAsItSaysFails(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ behavior, fails, want string }{
		"it passes":             {"status 200 + body done", "status: 500, want 200", `the twin should fail with "status: 500, want 200", and it passed`},
		"it fails in other way": {"status 404", "status: 500, want 200", `the twin should fail with "status: 500, want 200", and status: 404, want 200`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := written(t, staged("      restart: {behavior: status 200}", "  - {press: restart, expect: {status: 200}}\n")+
				fmt.Sprintf("twins: [{name: wrong, endpoints: {restart: {behavior: %s}}, fails: '%s'}]\n", test.behavior, test.fails))
			r := one(t, scenarios.Runner{Seed: 71, Twins: true}, s)
			if r.Verdict != scenarios.Failed || r.Reason != test.want {
				t.Errorf("Reason = %q, want %q\n%s", r.Reason, test.want, told(r))
			}
		})
	}
}

func TestProfilesAreWhatStoryStageAndRunnerHaveInCommon(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		story, stage, only []string
		want               []string
		reason             string
	}{
		"a platform is its newest date":       {story: []string{"pagerduty"}, want: []string{"pagerduty@2026-08-19"}},
		"no profiles are all platforms":       {want: []string{"flashduty@2026-05-27", "pagerduty@2026-08-19"}},
		"a platform takes the date asked for": {story: []string{"flashduty", "pagerduty"}, only: []string{"flashduty@2024-11-20"}, want: []string{"flashduty@2024-11-20"}},
		"a date is of the platform asked for": {story: []string{"flashduty@2024-11-20", "pagerduty@2020-10-09"}, only: []string{"pagerduty"}, want: []string{"pagerduty@2020-10-09"}},
		"the stage has a word too":            {story: []string{"flashduty", "pagerduty"}, stage: []string{"pagerduty"}, want: []string{"pagerduty@2026-08-19"}},
		"the strictest of a platform":         {story: []string{"flashduty"}, only: []string{"flashduty@strictest"}, want: []string{"flashduty@strictest"}},
		"nothing in common is skipped, with why": {story: []string{"flashduty"}, stage: []string{"pagerduty"}, only: []string{"flashduty@2024-11-20"}, want: []string{""},
			reason: "no profile to run on: the story has flashduty, stage mock has pagerduty, asked for was flashduty@2024-11-20"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := "name: A story\n"
			if test.story != nil {
				text += "profiles: [" + strings.Join(test.story, ", ") + "]\n"
			}
			text += "actions: {restart: {channels: [production]}}\nstages:\n  mock:\n    endpoints: {restart: {behavior: status 200}}\n"
			if test.stage != nil {
				text += "    profiles: [" + strings.Join(test.stage, ", ") + "]\n"
			}
			text += "steps: [{press: restart}]\n"
			run := scenarios.Runner{Seed: 71, Only: test.only}.Run(t.Context(), []*scenarios.Scenario{written(t, text)})
			var got []string
			for _, r := range run.Results {
				got = append(got, r.Profile)
				if (r.Verdict == scenarios.Skipped) != (test.reason != "") || r.Reason != test.reason {
					t.Errorf("reason %q, want %q\n%s", r.Reason, test.reason, told(r))
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("profiles mismatch (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAStoryWithoutTheStageIsSkipped(t *testing.T) {
	t.Parallel()
	r := one(t, scenarios.Runner{Stage: "staging"}, written(t, plain))
	if r.Verdict != scenarios.Skipped || r.Reason != "it has no stage staging, only mock" {
		t.Error(told(r))
	}
}

func TestAStoryThatJudgesNothingIsNoPass(t *testing.T) {
	t.Parallel()
	run := scenarios.Runner{UntilLine: 1}.Run(t.Context(), []*scenarios.Scenario{written(t, plain)})
	for _, r := range run.Results {
		if r.Verdict != scenarios.Skipped || r.Reason != "nothing was judged" {
			t.Error(told(r))
		}
	}
}

func TestStepsAreCarriedOutUpToTheLine(t *testing.T) {
	t.Parallel()
	run := scenarios.Runner{UntilLine: 7, Seed: 71}.Run(t.Context(), []*scenarios.Scenario{written(t, plain)})
	for _, r := range run.Results {
		if len(r.Steps) != 2 || r.Verdict != scenarios.Passed {
			t.Error(told(r))
		}
		if want := "hookdrill run story.yaml:7 --profile " + r.Profile + " --seed 71"; r.Again != want {
			t.Errorf("Again = %q, want %q", r.Again, want)
		}
	}
}

// TestPartsFollowEachOtherAsTheyAreTold asks that a line stands for the same steps
// wherever the parts of a story stand in its file.
func TestPartsFollowEachOtherAsTheyAreTold(t *testing.T) {
	t.Parallel()
	text := `name: Parts in another order
profiles: [flashduty]
actions: {restart: {channels: [production]}}
stages: {mock: {endpoints: {restart: {}}}}
teardown:
  - {wait: {endpoint: restart, count: 2}}
steps:
  - {press: restart}
  - {redeliver: restart}
setup:
  - {request: {url: "${endpoints.restart.url}"}, expect: {status: 405}}
  - {request: {url: "${endpoints.restart.url}", method: PUT}, expect: {status: 405}}
`
	tests := map[string]struct {
		line int
		want []string
	}{
		"all":             {0, []string{"setup", "setup", "", "", "teardown"}},
		"of the teardown": {6, []string{"setup", "setup", "", "", "teardown"}},
		"of a step":       {8, []string{"setup", "setup", "", "teardown"}},
		"of the setup":    {11, []string{"setup", "teardown"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var parts []string
			r := one(t, scenarios.Runner{UntilLine: tt.line, Seed: 71}, written(t, text))
			for _, step := range r.Steps {
				parts = append(parts, string(step.Part))
			}
			if diff := cmp.Diff(tt.want, parts); diff != "" {
				t.Errorf("parts mismatch (-want +got):\n%s%s", diff, told(r))
			}
		})
	}
}

func TestAgainLeadsToTheStepThatFailed(t *testing.T) {
	t.Parallel()
	text := strings.NewReplacer("mock:", "here there:", "  - redeliver: restart\n", "  - {redeliver: restart, expect: {status: 404}}\n").Replace(plain)
	runner := scenarios.Runner{Stage: "here there", Seed: 9, Only: []string{"flashduty"}, Deadline: 900 * time.Millisecond, AllowExec: true, Command: "hookdrill run --profiles own"}
	r := one(t, runner, loadAs(t, "drills/a story.yaml", text))
	want := "hookdrill run --profiles own 'drills/a story.yaml:7' --on 'here there' --profile flashduty@2024-11-20 --seed 9 --deadline 900ms --allow-exec"
	if r.Again != want {
		t.Errorf("Again = %q, want %q", r.Again, want)
	}
	if r.Verdict != scenarios.Failed || len(r.Steps) != 3 || r.Steps[2].Verdict != scenarios.Skipped {
		t.Error(told(r))
	}
	if diff := cmp.Diff([]string{"900 ms in place of the documented 1 s"}, r.Notes); diff != "" {
		t.Errorf("Notes mismatch (-want +got):\n%s", diff)
	}
}

func TestAnAssumptionIsSaidAndAWrongOneIsAnError(t *testing.T) {
	t.Parallel()
	s := written(t, strings.Replace(plain, "[flashduty@2024-11-20, pagerduty@2020-10-09]", "[flashduty@2026-05-27]", 1))
	r := one(t, scenarios.Runner{Seed: 71, Assume: map[string]string{"deadline": "2s"}}, s)
	if diff := cmp.Diff([]string{"assumes deadline 2s"}, r.Notes); diff != "" || r.Verdict != scenarios.Passed {
		t.Errorf("Notes mismatch (-want +got):\n%s%s", diff, told(r))
	}
	if got := r.Steps[0].Delivery.Attempts[0].Deadline; got != 2*time.Second {
		t.Errorf("the deadline is %s, want 2s", got)
	}
	r = one(t, scenarios.Runner{Seed: 71, Assume: map[string]string{"deadline": "3s"}}, s)
	if r.Verdict != scenarios.Errored || !strings.Contains(r.Reason, "assume deadline=3s") {
		t.Error(told(r))
	}
}

// pressedIn is what was pressed in one result, without what depends on ports and
// on the clock.
func pressedIn(r scenarios.Result) []string {
	lines := []string{r.File, r.Profile, string(r.Verdict), r.Again}
	for _, step := range r.Steps {
		lines = append(lines, step.Name, string(step.Verdict), fmt.Sprint(step.Failures), fmt.Sprint(step.Effects))
		if d := step.Delivery; d != nil {
			lines = append(lines, d.EventID, fmt.Sprint(d.Push.Value("incident"), d.Push.Value("title"), d.Push.Value("host")), d.Last().Outcome.String())
		}
	}
	return lines
}

func TestTheSameSeedPressesTheSameInAnyOrder(t *testing.T) {
	t.Parallel()
	slow := func(s *scenarios.Scenario) bool { return s.Deadline != 0 || slices.Contains(s.Tags, "fault") }
	stories := slices.DeleteFunc(library(t), slow)
	now := func() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) }
	runs := map[string][]string{}
	for name, runner := range map[string]scenarios.Runner{
		"one at a time":   {Seed: 71, Now: now},
		"six at a time":   {Seed: 71, Now: now, Parallel: 6},
		"another seed":    {Seed: 72, Now: now, Parallel: 2},
		"the other way":   {Seed: 71, Now: now, Parallel: 2},
		"its second time": {Seed: 70, Now: now, Parallel: 2, Repeat: 2},
	} {
		list := slices.Clone(stories)
		if name == "the other way" {
			slices.Reverse(list)
		}
		run := runner.Run(t.Context(), list)
		results := run.Results
		if runner.Repeat == 2 {
			results = results[len(results)/2:]
		}
		if name == "the other way" {
			slices.SortStableFunc(results, func(a, b scenarios.Result) int { return strings.Compare(a.File, b.File) })
		}
		for _, r := range results {
			runs[name] = append(runs[name], pressedIn(r)...)
		}
	}
	for _, name := range []string{"six at a time", "the other way", "its second time"} {
		if diff := cmp.Diff(runs["one at a time"], runs[name]); diff != "" {
			t.Errorf("%s presses something else (-one at a time +%s):\n%s", name, name, diff)
		}
	}
	if cmp.Equal(runs["one at a time"], runs["another seed"]) {
		t.Error("another seed presses the same")
	}
}

func TestEveryPressIsAboutTheSameIncidentWithAnEventOfItsOwn(t *testing.T) {
	t.Parallel()
	run := scenarios.Runner{}.Run(t.Context(), []*scenarios.Scenario{written(t, plain)})
	if run.Seed == 0 {
		t.Error("the seed that was chosen is not told")
	}
	for _, r := range run.Results {
		first, again, second := r.Steps[0].Delivery, r.Steps[1].Delivery, r.Steps[2].Delivery
		if first.EventID == "" || first.EventID != again.EventID || first.EventID == second.EventID {
			t.Errorf("event ids %q, %q, %q", first.EventID, again.EventID, second.EventID)
		}
		if a, b := first.Push.Value("incident"), second.Push.Value("incident"); a == nil || a != b {
			t.Errorf("incidents %v, %v", a, b)
		}
		if len(first.Attempts) != 1 || len(again.Attempts) != 2 || r.Steps[1].Attempt != 1 {
			t.Errorf("%d and %d attempts", len(first.Attempts), len(again.Attempts))
		}
	}
}

func TestResultsAreToldOneByOneAndStandInTheirOrder(t *testing.T) {
	t.Parallel()
	var stories []*scenarios.Scenario
	for i := range 12 {
		stories = append(stories, loadAs(t, fmt.Sprintf("%02d.yaml", i), plain))
	}
	var telling atomic.Int32
	var told int
	run := scenarios.Runner{Seed: 71, Parallel: 6, OnResult: func(scenarios.Result) {
		if telling.Add(1) != 1 {
			t.Error("OnResult is called while it runs")
		}
		told++
		runtime.Gosched()
		telling.Add(-1)
	}}.Run(t.Context(), stories)
	if told != 24 || len(run.Results) != 24 {
		t.Fatalf("%d told, %d results, want 24", told, len(run.Results))
	}
	if !slices.IsSortedFunc(run.Results, func(a, b scenarios.Result) int { return strings.Compare(a.File, b.File) }) {
		t.Error("results are out of order")
	}
}

// against is a story on a stage whose endpoint is real.
func TestADeliveryOfWhichNothingIsSaidMustBeDelivered(t *testing.T) {
	t.Parallel()
	for expect, want := range map[string][]string{
		"{attempts: 1}":                         {"delivered: no (500 is not 200), want yes"},
		"{entries: [{endpoint: restart}]}":      {"delivered: no (500 is not 200), want yes"},
		"{body: {/a: 1}, outcome: answered}":    {"body: \"\" is not JSON, want JSON"},
		"{status: 500}":                         nil,
		"{written: all}":                        nil,
		"{consequence: only 200 counts}":        nil,
		"{delivered: false, headers: {A: 'b'}}": {"header A: absent, want \"b\""},
	} {
		t.Run(expect, func(t *testing.T) {
			t.Parallel()
			r := one(t, scenarios.Runner{Seed: 71}, written(t, staged("      restart: {behavior: status 500}", "  - {press: restart, expect: "+expect+"}\n")))
			if diff := cmp.Diff(want, failures(r)); diff != "" {
				t.Errorf("failures mismatch (-want +got):\n%s%s", diff, told(r))
			}
		})
	}
}

func TestAMockSpeaksTLSUnderItsOwnPath(t *testing.T) {
	t.Parallel()
	text := strings.Replace(plain, "{behavior: status 200}", "{tls: true, path: /hooks//restart}", 1)
	text = text[:strings.Index(text, "  - press")] + "  - {press: restart, expect: {delivered: true, entries: [{endpoint: restart, path: /hooks//restart}]}}\n"
	run := scenarios.Runner{Seed: 71}.Run(t.Context(), []*scenarios.Scenario{written(t, text)})
	for _, r := range run.Results {
		if r.Verdict != scenarios.Passed || !strings.HasPrefix(r.Steps[0].Delivery.URL, "https://127.0.0.1:") {
			t.Error(told(r))
		}
	}
}

func TestOneRunnerServesSeveralAtTheSameTime(t *testing.T) {
	t.Parallel()
	runner := scenarios.Runner{Seed: 71, Parallel: 2}
	s := written(t, plain)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			if run := runner.Run(t.Context(), []*scenarios.Scenario{s, s}); run.Count(scenarios.Passed) != 4 {
				t.Errorf("%d passed, want 4", run.Count(scenarios.Passed))
			}
		})
	}
	group.Wait()
}
