package scenarios_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hookdrill/hookdrill/scenarios"
)

func TestWhatIsUnderWayIsNotJudgedBeforeItIsThere(t *testing.T) {
	t.Parallel()
	// The second call leaves long after "for" is over: on a machine that is busy
	// every call may be as late.
	text := func(steps string) string {
		return `name: A reaction that is late
profiles: [flashduty@2026-05-27]
actions: {restart: {channels: [production]}}
stages:
  mock:
    endpoints:
      agent: {behavior: status 202}
      slow: {behavior: delay 150ms + status 200}
      restart:
        reactions:
          - {call: "POST ${endpoints.slow.url}/first"}
          - {call: "POST ${endpoints.agent.url}/second"}
    effects: {restarts: {requests: agent}}
steps:
` + steps
	}
	tests := map[string]struct {
		steps string
		want  []string
	}{
		"an effect that must not be":    {"  - {press: restart, effects: {restarts: 0, within: 10ms, for: 10ms}}\n", []string{"restarts: 1, want 0"}},
		"an effect that must be":        {"  - {press: restart, effects: {restarts: 1, within: 10ms, for: 10ms}}\n", nil},
		"a request that must not come":  {"  - {press: restart, expect: {within: 10ms, entries: [{endpoint: agent, count: 0}]}, effects: {restarts: 1, for: 10ms}}\n", []string{"agent: 1 × request, want 0"}},
		"a request that must come":      {"  - {press: restart, expect: {within: 10ms, entries: [{endpoint: agent, path: /second}]}}\n", nil},
		"a wait for what comes":         {"  - press: restart\n  - wait: {endpoint: agent, count: 1, within: 10ms}\n", nil},
		"a wait that wants quiet after": {"  - press: restart\n  - wait: {endpoint: slow, count: 1, within: 10ms, then_quiet: 10ms}\n", nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := one(t, scenarios.Runner{Seed: 71}, written(t, text(test.steps)))
			if diff := cmp.Diff(test.want, failures(r)); diff != "" || r.Verdict == scenarios.Errored {
				t.Errorf("failures mismatch (-want +got):\n%s\n%s", diff, told(r))
			}
		})
	}
}

func TestAMockTellsTheFilesOfItsStage(t *testing.T) {
	t.Parallel()
	s := project(t, map[string]string{
		"hookdrill.yaml":     "env: {}\n",
		"drills/answer.json": `{"said": "from a file"}`,
		"drills/story.yaml": `name: An answer from a file
profiles: [flashduty@2026-05-27]
actions: {restart: {channels: [production]}}
stages:
  mock:
    endpoints: {restart: {behavior: status 200 + body file answer.json}}
steps:
  - press: restart
    expect: {delivered: true, body: {/said: from a file}}
`}, nil)
	if r := one(t, scenarios.Runner{Seed: 71}, s); r.Verdict != scenarios.Passed {
		t.Error(told(r))
	}
}

// A mock that never ends its body is late by its own doing, not by this
// machine's: the story fails, and is told once.
func TestATimeoutThatTheMockMadeIsAVerdict(t *testing.T) {
	t.Parallel()
	for _, behavior := range []string{"hang", "status 200 + length 100 + body half + hang", "status 200 + delay 5s + body late", "accept + hang", "status 200 + cut headers + hang", "delay 5s + status 200"} {
		t.Run(behavior, func(t *testing.T) {
			t.Parallel()
			text := "name: A story that fails\nprofiles: [flashduty@2024-11-20]\ndeadline: 2s\nactions: {restart: {channels: [production]}}\n" +
				"stages: {mock: {endpoints: {restart: {behavior: " + behavior + "}}}}\nsteps:\n  - press: restart\n"
			r := one(t, scenarios.Runner{Seed: 71}, written(t, text))
			if r.Verdict != scenarios.Failed || len(failures(r)) != 1 {
				t.Error(told(r))
			}
		})
	}
}
