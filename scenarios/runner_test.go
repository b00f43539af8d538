package scenarios_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
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
			lines = append(lines, d.EventID, fmt.Sprint(d.Push.Values["incident"], d.Push.Values["title"], d.Push.Values["host"]), d.Last().Outcome.String())
		}
	}
	return lines
}

func TestTheSameSeedPressesTheSameInAnyOrder(t *testing.T) {
	t.Parallel()
	fast := func(s *scenarios.Scenario) bool { return s.Deadline != 0 }
	stories := slices.DeleteFunc(library(t), fast)
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
		if a, b := first.Push.Values["incident"], second.Push.Values["incident"]; a == nil || a != b {
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
func against(url, more string) string {
	return strings.Replace(plain, "{behavior: status 200}", "{url: '"+url+"'"+more+"}", 1)
}

func TestRealEndpointsAreToldOneStoryAtATime(t *testing.T) {
	t.Parallel()
	var inside, most atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		most.Store(max(most.Load(), inside.Add(1)))
		runtime.Gosched()
		inside.Add(-1)
	}))
	defer server.Close()
	var stories []*scenarios.Scenario
	for i := range 4 {
		stories = append(stories, loadAs(t, fmt.Sprint(i, ".yaml"), against(server.URL+"/restart?token=hush", "")))
	}
	run := scenarios.Runner{Seed: 71, Parallel: 4}.Run(t.Context(), stories)
	for _, r := range run.Results {
		if r.Verdict != scenarios.Passed {
			t.Error(told(r))
		}
	}
	if most.Load() != 1 {
		t.Errorf("%d stories at a time, want 1", most.Load())
	}
	if want := "endpoint restart at " + server.URL + "/restart?token="; !strings.HasPrefix(run.UnderTest, want) || strings.Contains(run.UnderTest, "hush") {
		t.Errorf("UnderTest = %q, want %q…", run.UnderTest, want)
	}
}

func TestARealEndpointIsPressedAboutItsHostsOnly(t *testing.T) {
	t.Parallel()
	var came atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { came.Add(1) }))
	defer server.Close()
	tests := map[string]struct {
		incident, set string
		refused       bool
	}{
		"a host that is listed":               {incident: "{host: drill-01}"},
		"a host that is not":                  {incident: "{host: db-01}", refused: true},
		"the prototype's host":                {incident: "{title: a}", refused: true},
		"a press that names another host":     {incident: "{host: drill-01}", set: "{host: db-01}", refused: true},
		"a press that points to another host": {incident: "{host: drill-01}", set: "{/incident/labels: {host: db-01}}", refused: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(against(server.URL, ", hosts: [drill-01]"), "actions:", "incident: "+test.incident+"\nactions:", 1)
			text = strings.Replace(text, ", pagerduty@2020-10-09", "", 1)
			if test.set != "" {
				text = strings.Replace(text, "press: restart", "press: {action: restart, set: "+test.set+"}", 1)
			}
			before := came.Load()
			r := one(t, scenarios.Runner{Seed: 71}, written(t, text))
			if !test.refused {
				if r.Verdict != scenarios.Passed {
					t.Error(told(r))
				}
				return
			}
			if r.Verdict != scenarios.Errored || !strings.Contains(r.Reason, "takes presses about drill-01 only") || came.Load() != before {
				t.Errorf("%d came\n%s", came.Load()-before, told(r))
			}
		})
	}
}

func TestAnInterruptedRunEndsAtOnceWithWhatItHas(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	var came atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if came.Add(1) == 4 { // the first story is over, the second has begun
			io.Copy(io.Discard, r.Body) // an unread body keeps the context alive
			cancel()
			<-r.Context().Done()
		}
	}))
	defer server.Close()
	text := strings.Replace(against(server.URL, ""), "flashduty@2024-11-20, ", "", 1) // its deadline is 16 s
	stories := []*scenarios.Scenario{loadAs(t, "a.yaml", text), loadAs(t, "b.yaml", text), loadAs(t, "c.yaml", text)}
	told := 0
	run := scenarios.Runner{Seed: 71, Parallel: 2, OnResult: func(scenarios.Result) { told++ }}.Run(ctx, stories)
	if !run.Interrupted || told != 3 || came.Load() != 4 {
		t.Errorf("Interrupted = %t, %d told, %d presses", run.Interrupted, told, came.Load())
	}
	var verdicts, reasons []string
	for _, r := range run.Results {
		verdicts, reasons = append(verdicts, string(r.Verdict)), append(reasons, r.Reason)
	}
	if slices.Sort(verdicts); !slices.Equal(verdicts, []string{"errored", "passed", "skipped"}) {
		t.Errorf("verdicts %q, reasons %q", verdicts, reasons)
	}
	if slices.Sort(reasons); !slices.Equal(reasons, []string{"", "interrupted", "interrupted before it began"}) {
		t.Errorf("reasons %q", reasons)
	}
	if run.Took > 10*time.Second {
		t.Errorf("it took %s to stop", run.Took)
	}
}

func TestFailFastBeginsNothingAfterAFailure(t *testing.T) {
	t.Parallel()
	failing := strings.Replace(plain, "status 200", "status 500", 1)
	run := scenarios.Runner{Seed: 71, FailFast: true}.Run(t.Context(), []*scenarios.Scenario{written(t, failing), written(t, plain)})
	var got []string
	for _, r := range run.Results {
		got = append(got, string(r.Verdict)+" "+r.Reason)
	}
	const rest = "skipped another story failed before (fail-fast)"
	if diff := cmp.Diff([]string{"failed ", rest, rest, rest}, got); diff != "" {
		t.Errorf("verdicts mismatch (-want +got):\n%s", diff)
	}
	if run.Interrupted {
		t.Error("fail-fast is no interruption")
	}
}

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

func TestRequestsThatNobodySeesAreNotJudged(t *testing.T) {
	t.Parallel()
	var came atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { came.Add(1) }))
	defer server.Close()
	const what = ": what reaches restart cannot be seen on stage mock, where it is no mock: count an effect in its place"
	for name, test := range map[string]struct{ steps, want string }{
		"an entry": {"  - {press: restart, expect: {entries: [{endpoint: restart}]}}", "line 6" + what},
		"a wait":   {"  - press: restart\n  - wait: {endpoint: restart}", "line 7" + what},
	} {
		t.Run(name, func(t *testing.T) {
			text := against(server.URL, "")
			r := one(t, scenarios.Runner{Only: []string{"flashduty"}}, written(t, text[:strings.Index(text, "  - press")]+test.steps+"\n"))
			if r.Verdict != scenarios.Errored || r.Reason != test.want || came.Load() != 0 {
				t.Errorf("Reason = %q, want %q", r.Reason, test.want)
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

func TestARealEndpointMayStandBehindAMock(t *testing.T) {
	t.Parallel()
	text := strings.Replace(plain, "{restart: {behavior: status 200}}", "{agent: {behavior: status 200}, restart: {url: '${endpoints.agent.url}/restart'}}", 1)
	text = text[:strings.Index(text, "  - press")] + "  - {press: restart, expect: {delivered: true, entries: [{endpoint: agent, path: /restart}]}}\n"
	run := scenarios.Runner{Seed: 71}.Run(t.Context(), []*scenarios.Scenario{written(t, text)})
	for _, r := range run.Results {
		if r.Verdict != scenarios.Passed {
			t.Error(told(r))
		}
	}
}

func TestCommandsOfAStoryNeedLeave(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ text, want string }{
		"start":   {against("http://127.0.0.1:9/", ", start: [false], ready: 'http://127.0.0.1:9/'"), "endpoint restart: start: in a story runs only with --allow-exec; in hookdrill.yaml it runs without"},
		"command": {strings.Replace(plain, "status 200}}", "status 200}}, effects: {n: {command: [echo, 1]}}", 1), "effect n: command: in a story runs only with --allow-exec; in hookdrill.yaml it runs without"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := one(t, scenarios.Runner{Only: []string{"flashduty"}}, written(t, test.text))
			if r.Verdict != scenarios.Errored || r.Reason != test.want {
				t.Errorf("Reason = %q, want %q", r.Reason, test.want)
			}
		})
	}
}

func TestNothingIsLeftBehind(t *testing.T) {
	stories := slices.DeleteFunc(library(t), func(s *scenarios.Scenario) bool { return strings.HasPrefix(s.File, "pagerduty/") })
	runner := scenarios.Runner{Seed: 71, Parallel: 8, Twins: true}
	runner.Run(t.Context(), stories[:2]) // what the libraries keep for ever is there now
	before := runtime.NumGoroutine()
	runner.Run(t.Context(), stories)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	patience := time.After(5 * time.Second)
	for runtime.NumGoroutine() > before {
		select {
		case <-tick.C:
		case <-patience:
			stacks := make([]byte, 1<<20)
			t.Fatalf("%d goroutines, before it %d:\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
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
