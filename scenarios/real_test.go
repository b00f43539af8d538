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
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hookdrill/hookdrill/scenarios"
)

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

// A secret may stand in the path of an endpoint's URL.
func TestWhatIsUnderTestHoldsNoSecret(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	const secret = "of-the-environment"
	text := "env: {HOOK: {}}\n" + against(server.URL+"/hooks/${env.HOOK}?x=${env.HOOK}", "")
	s, err := scenarios.Load(fstest.MapFS{"story.yaml": {Data: []byte(text)}}, "story.yaml", nil, scenarios.LoadOptions{
		Getenv: func(name string) (string, bool) { return secret, name == "HOOK" },
	})
	if err != nil {
		t.Fatal(err)
	}
	run := scenarios.Runner{Seed: 71}.Run(t.Context(), []*scenarios.Scenario{s})
	if want := "endpoint restart at " + server.URL + "/hooks/[redacted]?x=[redacted]"; run.UnderTest != want {
		t.Errorf("UnderTest = %q, want %q", run.UnderTest, want)
	}
	if text := fmt.Sprintf("%+v", run); strings.Contains(text, secret) {
		t.Errorf("the run tells the secret:\n%s", text)
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
	type sent struct {
		eventID string
		number  int
	}
	made := map[sent]bool{}
	for _, r := range run.Results {
		for _, step := range r.Steps {
			for _, d := range step.Deliveries {
				for _, a := range d.Attempts {
					made[sent{d.EventID, a.Number}] = true
				}
			}
		}
	}
	if len(made) != 4 {
		t.Errorf("%d attempts are told, and 4 were made", len(made))
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

func TestRequestsThatNobodySeesAreNotJudged(t *testing.T) {
	t.Parallel()
	var came atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { came.Add(1) }))
	defer server.Close()
	const what = ": what reaches restart cannot be seen on stage mock, where it is no mock: count an effect in its place"
	for name, test := range map[string]struct{ steps, want string }{
		"an entry":   {"  - {press: restart, expect: {entries: [{endpoint: restart}]}}", "line 6" + what},
		"a wait":     {"  - press: restart\n  - wait: {endpoint: restart}", "line 7" + what},
		"a capture":  {"  - {press: restart, capture: {id: {entry: restart, event_id: true}}}", "line 6" + what},
		"a behavior": {"  - press: restart\n  - behavior: {restart: status 500}", "line 7: the behavior of restart cannot be changed on stage mock, where it is no mock"},
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
	before := countResources(t)
	runner.Run(t.Context(), stories)
	before.isBack(t)
}

func TestAPanicIsAnErrorOfItsStoryAlone(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	runner := scenarios.Runner{Seed: 71, Only: []string{"flashduty"}, Getenv: func(string) (string, bool) {
		if asked.Add(1) == 1 {
			panic("boom")
		}
		return "", false
	}}
	s := written(t, plain)
	run := runner.Run(t.Context(), []*scenarios.Scenario{s, s})
	if r := run.Results[0]; r.Verdict != scenarios.Errored || !strings.HasPrefix(r.Reason, "hookdrill panicked: boom") {
		t.Error(told(r))
	}
	if r := run.Results[1]; r.Verdict != scenarios.Passed {
		t.Error(told(r))
	}
}

// Neither an endpoint nor a step gets around hosts: by way of the platform's API.
func TestTheHostsOfARealEndpointHoldForCallsToo(t *testing.T) {
	t.Parallel()
	var came atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { came.Add(1) }))
	defer server.Close()
	const story = `name: A story
profiles: [pagerduty@2026-08-19]
incident: {host: %s}
actions: {restart: {channels: [web]}}
stages: {mock: {endpoints: {restart: {url: '%s/restart', hosts: [drill-01]}, mock: {}}}}
steps:
  - request:
      url: "${console.url}/incidents/${console.incident}/custom_action"
      headers: {Authorization: "Token token=${console.key}", Content-Type: application/json, From: "${console.user.email}"}
      body: {custom_action: {webhook: {id: "${console.action.restart}", type: webhook_reference}}}
    expect: {status: %d, timeline: [%s], within: 10s}
`
	tests := map[string]struct {
		host   string
		status int
		told   string
		came   int32
	}{
		"a host that is listed": {"drill-01", 200, "{what: delivered}", 1},
		"a host that is not":    {"prod-01", 403, `{what: refused, contains: takes presses about drill-01 only}`, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			before := came.Load()
			result := one(t, scenarios.Runner{Seed: 71}, written(t, fmt.Sprintf(story, test.host, server.URL, test.status, test.told)))
			if result.Verdict != scenarios.Passed || came.Load()-before != test.came {
				t.Errorf("%d came, want %d\n%s", came.Load()-before, test.came, told(result))
			}
		})
	}
}
