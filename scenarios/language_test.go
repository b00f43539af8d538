package scenarios_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hookdrill/hookdrill/receiver"
	"github.com/hookdrill/hookdrill/scenarios"
	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

// names returns the names of the results of one run, with their verdicts.
func names(t *testing.T, r scenarios.Runner, s *scenarios.Scenario) []string {
	t.Helper()
	var out []string
	for _, result := range r.Run(t.Context(), []*scenarios.Scenario{s}).Results {
		out = append(out, string(result.Verdict)+": "+result.Name)
		if result.Verdict != scenarios.Passed {
			t.Logf("%s: %s %q", result.Name, result.Reason, failures(result))
		}
	}
	return out
}

func TestAMatrixTellsTheStoryForEachCombination(t *testing.T) {
	text := "matrix: {status: [200, 204], ok: [true], token: [\"1.0\"], fields: [{rack: 7}, [8]]}\n" + story
	text = strings.Replace(text, "restart: {behavior: status 200}", "restart: {behavior: \"status ${matrix.status}\"}", 1)
	text = strings.Replace(text, "host: drill-01", `host: "drill-${matrix.status}", /incident/fields/x: "${matrix.fields}", /incident/fields/y: "${matrix.token}"`, 1)
	text = strings.Replace(text, "effects: {restarts: 1}", `expect:
      status: "${matrix.status}"
      entries:
        - endpoint: restart
          body: {/incident/fields/x: "${matrix.fields}", /incident/fields/y: "1.0", /incident/labels/host: "drill-${matrix.status}"}`, 1)
	s := mustLoad(t, text, scenarios.LoadOptions{})
	if want := "A host is restarted once"; s.Name != want {
		t.Errorf("Name = %q, want %q", s.Name, want)
	}
	want := []string{
		"passed: A host is restarted once (status 200, ok true, token 1.0, fields #1)",
		"passed: A host is restarted once (status 200, ok true, token 1.0, fields #2)",
		"passed: A host is restarted once (status 204, ok true, token 1.0, fields #1)",
		"passed: A host is restarted once (status 204, ok true, token 1.0, fields #2)",
	}
	if diff := cmp.Diff(want, names(t, scenarios.Runner{}, s)); diff != "" {
		t.Errorf("results mismatch (-want +got):\n%s", diff)
	}
}

func TestAMatrixOverProfilesAndTwins(t *testing.T) {
	text := "matrix: {date: [2024-11-20, 2026-05-27], code: [500]}\n" + strings.Replace(story, "flashduty@2026-05-27", `"flashduty@${matrix.date}"`, 1)
	text = strings.Replace(text, "    effects: {restarts: 1}\n", "", 1) + `twins:
  - name: It answers ${matrix.code}
    endpoints: {restart: {behavior: "status ${matrix.code}"}}
    fails: "delivered: no (${matrix.code} is not 200), want yes"
`
	s := mustLoad(t, text, scenarios.LoadOptions{})
	want := []string{
		"passed: A host is restarted once (date 2024-11-20, code 500)",
		"passed: A host is restarted once (date 2026-05-27, code 500)",
	}
	if diff := cmp.Diff(want, names(t, scenarios.Runner{}, s)); diff != "" {
		t.Errorf("results mismatch (-want +got):\n%s", diff)
	}
	for i := range want {
		want[i] += " (twin: It answers 500)"
	}
	if diff := cmp.Diff(want, names(t, scenarios.Runner{Twins: true}, s)); diff != "" {
		t.Errorf("results of twins mismatch (-want +got):\n%s", diff)
	}
}

func TestAMatrixThatMakesTooMuchIsRefusedSoon(t *testing.T) {
	values := "matrix: {a: [" + numbers(256) + "]}\n"
	began := time.Now()
	_, err := load(values+story+strings.Repeat("  - press: restart\n", 10_000), scenarios.LoadOptions{})
	if err == nil || !strings.Contains(err.Error(), "256 combinations of a file of ") {
		t.Errorf("error = %v, want one about the size", err)
	}
	long := "matrix: {a: [" + numbers(200) + "], text: [" + strings.Repeat("x", 30_000) + "]}\n"
	_, err = load(long+strings.Replace(story, "host: drill-01", `host: "${matrix.text} ${matrix.text}"`, 1), scenarios.LoadOptions{})
	if err == nil || !strings.Contains(err.Error(), "more than 8 MiB come from") {
		t.Errorf("error = %v, want one about 8 MiB", err)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it took %s", took)
	}
}

func numbers(n int) string {
	var out []string
	for i := range n {
		out = append(out, itoa(i))
	}
	return strings.Join(out, ", ")
}

func TestStepsOfTheNewKindsAreRead(t *testing.T) {
	text := strings.Replace(story, "  - press: restart\n    effects: {restarts: 1}\n", `  - press: {action: restart, by: [Robin Drill, Sasha Drill], fault: first 2 dropped_syn}
    timeout: 3s
    capture: {id: {answer: /id}, event: {event_id: true}, whole: {entry: agent, body: ""}}
  - at: +40h
    behavior: {agent: status 500, restart: hang}
  - settle: restart
    expect: {ended: exhausted, attempts: [{status: 500}, {outcome: timeout, after: {min: 1m}}], last: {delivered: false}}
  - wait: {endpoint: agent, count: 2, within: 48h, gaps: {max: 2h}}
  - request: {url: "${endpoints.agent.url}/x", body: {id: "${captured.id}"}}
  - request: {url: "http://127.0.0.1:9", raw: "A\r\n\r\n"}
    expect: {status: 0}
  - enable: restart
  - press: {action: restart, fault: dropped_syn}
    expect: {refused: is disabled}
`, 1) + "setup:\n  - request: {url: \"${endpoints.agent.url}\"}\nteardown:\n  - behavior: {agent: status 200}\n    expect: {entries: [{endpoint: agent, count: 0}]}\n"
	s := mustLoad(t, text, scenarios.LoadOptions{})
	if len(s.Setup) != 1 || len(s.Steps) != 8 || len(s.Teardown) != 1 {
		t.Fatalf("%d, %d and %d steps, want 1, 8 and 1", len(s.Setup), len(s.Steps), len(s.Teardown))
	}
	press := s.Steps[0]
	if !slices.Equal(press.Press.By, []string{"Robin Drill", "Sasha Drill"}) || press.Press.Fault != (sender.DialFault{Kind: sender.DialDroppedSYN, First: 2}) || press.Timeout != 3*time.Second {
		t.Errorf("press = %+v, timeout %s", press.Press, press.Timeout)
	}
	var kept []string
	for _, c := range press.Captures {
		kept = append(kept, c.Name)
	}
	if want := []string{"id", "event", "whole"}; !slices.Equal(kept, want) || *press.Captures[2].Body != "" || *press.Captures[0].Answer != "/id" {
		t.Errorf("captures = %+v, want %q", press.Captures, want)
	}
	moved := s.Steps[1]
	if diff := cmp.Diff(map[string]string{"agent": "status 500", "restart": "hang"}, moved.Behaviors); moved.At != 40*time.Hour || diff != "" {
		t.Errorf("at = %s, behaviors mismatch (-want +got):\n%s", moved.At, diff)
	}
	expect := s.Steps[2].Expect
	if s.Steps[2].Settle != "restart" || expect.Ended != "exhausted" || len(expect.AttemptList) != 2 || expect.AttemptList[1].After.Min != time.Minute || *expect.Last.Delivered {
		t.Errorf("settle expects %+v", expect)
	}
	if w := s.Steps[3].Wait; w.Within != 48*time.Hour || w.Gaps.Max != 2*time.Hour {
		t.Errorf("wait = %+v", w)
	}
	if r := s.Steps[4].Request; r.Body != `{"id":"${captured.id}"}` || s.Steps[4].Expect == nil {
		t.Errorf("request = %+v, expects %+v", r, s.Steps[4].Expect)
	}
	if r := s.Steps[5]; r.Request.Raw != "A\r\n\r\n" || *r.Expect.Status != 0 {
		t.Errorf("raw request = %+v", r.Request)
	}
	if s.Steps[6].Enable != "restart" || s.Steps[7].Press.Fault != (sender.DialFault{Kind: sender.DialDroppedSYN}) || s.Steps[7].Expect.Refused != "is disabled" {
		t.Errorf("the last steps are %+v and %+v", s.Steps[6], s.Steps[7])
	}
}

func TestActionsAndEndpointsOfTheNewKindsAreRead(t *testing.T) {
	text := strings.Replace(story, "channels: [production]}", `team: payments, creator: {role: Manager, team: payments},
    template: {z: "{{event_id}}", a: [1.50, "{{incident.title}}"], m: {}},
    value_map: {incident.title: {Disk full: ""}}, signing_secrets: [one, two], client_cert: true}
  second: {endpoint: restart, template: '{"a":"{{event_id}}"}', client_cert: drill.example}`, 1)
	text = strings.Replace(text, "restart: {behavior: status 200}", "restart: {tls: expired, require_client_cert: true, checks: {signature: [one, two], client_certificate: drill.example}}", 1)
	s := mustLoad(t, text, scenarios.LoadOptions{})
	a := s.Actions["restart"]
	if want := `{"z":"{{event_id}}","a":[1.50,"{{incident.title}}"],"m":{}}`; a.Template != want {
		t.Errorf("template = %s, want %s", a.Template, want)
	}
	if a.Team != "payments" || a.Creator != "Manager" || a.CreatorTeam != "payments" || a.ClientCert == nil || *a.ClientCert != "" || len(a.SigningSecrets) != 2 {
		t.Errorf("action = %+v", a)
	}
	if text, ok := a.ValueMap["incident.title"]["Disk full"]; !ok || text != "" {
		t.Errorf("value map = %v", a.ValueMap)
	}
	if second := s.Actions["second"]; *second.ClientCert != "drill.example" || second.Template != `{"a":"{{event_id}}"}` {
		t.Errorf("second action = %+v", second)
	}
	e := s.Stages["mock"].Endpoints["restart"]
	if e.TLS != receiver.TLSExpired || !e.RequireCert || e.Checks["client_certificate"].Value != "drill.example" || !slices.Equal(e.Checks["signature"].Values, []string{"one", "two"}) {
		t.Errorf("endpoint = %+v", e)
	}
}

// A file may stand in a label first and in a header then, and in every
// combination of a matrix: wherever it is a secret, it is one.
func TestAFileInAHeaderIsASecretWhereverElseItStands(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "token.txt"), []byte("s3cr3t-token"), 0o600); err != nil {
		t.Fatal(err)
	}
	text := "matrix: {n: [1, 2]}\n" + changed(t, "label: Restart host, channels: [production]", `description: "${file:token.txt}", headers: {X-Key: "${file:token.txt}"}`)
	if err := os.WriteFile(filepath.Join(dir, "story.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := scenarios.Load(os.DirFS(dir), "story.yaml", nil, scenarios.LoadOptions{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	for _, result := range (scenarios.Runner{}).Run(t.Context(), []*scenarios.Scenario{s}).Results {
		if got := result.Steps[0].Delivery.Push.Header.Get("X-Key"); got != schema.Redacted {
			t.Errorf("%s: the report shows the header as %q", result.Name, got)
		}
	}
}

func TestAProjectSharesTheNewKeysOfActions(t *testing.T) {
	fsys := fstest.MapFS{
		"hookdrill.yaml": {Data: []byte("actions:\n  restart: {template: \"${file:body.json}\"}\nstages:\n  mock: {endpoints: {restart: {tls: true, checks: {schema: off}}}}\n")},
		"body.json":      {Data: []byte(`{"event": "{{event_id}}"}`)},
		"drills/a.yaml":  {Data: []byte("name: A\nprofiles: [flashduty@2026-05-27]\nsteps:\n  - press: restart\n")},
	}
	p, err := scenarios.LoadProject(fsys, "hookdrill.yaml", scenarios.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := scenarios.Load(fsys, "drills/a.yaml", p, scenarios.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := s.Actions["restart"].Template, `{"event": "{{event_id}}"}`; got != want {
		t.Errorf("template = %s, want %s", got, want)
	}
}
