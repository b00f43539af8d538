package scenarios_test

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hookdrill/hookdrill/scenarios"
)

// sequelStory is a story on PagerDuty, whose repeats, queue and disablement are
// documented, with a mock that answers as behavior says.
func sequelStory(behavior, steps string) string {
	return `name: What the platform does next
profiles: [pagerduty@2026-08-19]
incident: {incident: Q2DRILLINC0001, host: drill-01}
actions:
  restart: {channels: [production]}
stages:
  mock:
    endpoints:
      agent: {behavior: status 202}
      restart:
        behavior: '` + behavior + `'
        reactions: [{call: "POST ${endpoints.agent.url}/hosts/${request.host}/restart"}]
    effects: {restarts: {requests: agent}, pushes: {requests: restart}}
` + steps
}

// jittered finds the times in failures that jitter and the machine make: those
// with milliseconds.
var jittered = regexp.MustCompile(`((?:\d+h)?)(?:\d+m)?\d+\.\d+s`)

func TestWhatStepsSayOfTheSequel(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		behavior, steps string
		want            []string
	}{
		"time stands still between two steps that say nothing of it": {"first 1 status 500 then status 200", `steps:
  - press: restart
    effects: {pushes: 1, for: 1ms}
    expect: {delivered: false}
  - at: +10s
    expect: {entries: [{endpoint: restart, count: 0}]}
`, nil},
		"time goes on to where a step says, and what is due comes": {"first 1 status 500 then status 200", `steps:
  - press: restart
    expect: {delivered: false}
  - at: +5m
    expect: {entries: [{endpoint: restart, count: 1, status: 200, duplicate: 1}]}
`, nil},
		"a time that is over": {"status 500", `steps:
  - press: restart
    expect: {status: 500, ended: exhausted}
  - {at: +1h, press: restart}
`, []string{"at +1h: it is +48h0m0s already"}},
		"a behavior changes in mid story": {"status 500", `steps:
  - press: restart
    expect: {status: 500}
  - behavior: {restart: status 200}
  - settle: restart
    expect: {delivered: true, ended: delivered, attempts: [{status: 500}, {status: 200, after: {min: 50s, max: 70s}}]}
`, nil},
		"attempts are judged one by one": {"first 1 status 500 then status 200", `steps:
  - press: restart
    expect: {attempts: [{status: 500}, {status: 503, after: {min: 5m}}], last: {outcome: timeout}, ended: exhausted}
`, []string{"ended: delivered after 2 attempts, want exhausted", "attempt 2: status: 200, want 503", "attempt 2: after: 0m0s, want 5m or more", "last: outcome: answered, want timeout"}},
		"a wait lets time go on": {"first 3 status 500 then status 200", `steps:
  - press: restart
    expect: {delivered: false}
  - wait: {endpoint: restart, count: 3, within: 1h, gaps: {min: 30s, max: 3m}}
    expect: {entries: [{endpoint: restart, count: 3}]}
  - wait: {endpoint: restart, count: 4, within: 1h, then_quiet: 48h}
`, nil},
		"gaps that are too long": {"first 2 status 500 then status 200", `steps:
  - press: restart
    expect: {delivered: false}
  - wait: {endpoint: restart, count: 3, within: 1h, gaps: {max: 80s}}
`, []string{"restart: 0m0s between arrivals 2 and 3, want 1m20s at most"}},
		"several press in one moment, and each is judged": {"first 1 status 200 then status 400", `steps:
  - press: {action: restart, by: [One, Two]}
    effects: {restarts: 2}
`, []string{"Two: delivered: no (400 is not 200-299), want yes"}},
		"an action is disabled and enabled": {"status 400", `steps:
  - {press: restart, expect: {ended: dropped}}
  - {press: restart, expect: {ended: dropped}}
  - {press: restart, expect: {ended: dropped}}
  - {press: restart, expect: {refused: is disabled}}
  - press: restart
`, []string{"delivered: no (disabled: nothing was sent), want yes"}},
		"what is captured is known from then on": {`status 200 + body {"ticket":{"id":7}}`, `steps:
  - press: restart
    capture: {ticket: {answer: /ticket/id}, event: {event_id: true}, host: {entry: restart, value: host}, path: {entry: agent, body: ""}}
`, []string{`capture path: the request's body is not JSON: ""`}},
		"captures in texts and as whole values": {`status 200 + body {"ticket":{"id":7}}`, `steps:
  - press: restart
    capture: {ticket: {answer: /ticket/id}, event: {event_id: true}, host: {entry: restart, value: host}}
  - request: {url: "${endpoints.agent.url}/tickets/${captured.ticket}", body: {ticket: "${captured.ticket}", host: "${captured.host}"}}
    expect: {status: 202, entries: [{endpoint: agent, path: /tickets/7, body: {/ticket: 7, /host: drill-01}}]}
  - press: restart
    expect: {delivered: true, body: {/ticket/id: "${captured.ticket}"}}
`, nil},
		"a request that is no press": {"status 200", `steps:
  - request: {method: PUT, url: "${endpoints.agent.url}/x", headers: {X-Drill: "1"}, body: hello}
    expect: {status: 202, entries: [{endpoint: agent, method: PUT, path: /x, headers: {X-Drill: "1"}}]}
  - request: {url: "${endpoints.agent.url}", raw: "GET /raw HTTP/1.1\r\nHost: drill\r\nConnection: close\r\n\r\n"}
    expect: {status: 202, entries: [{endpoint: agent, path: /raw}]}
  - request: {url: "${endpoints.restart.url}"}
`, []string{"status: 405, want 2xx"}},
		"a step that takes longer than it may": {"delay 10s + status 200", `steps:
  - press: restart
    timeout: 50ms
`, []string{"took longer than 50 ms"}},
		"the teardown runs whatever became of the steps": {"status 500", `setup:
  - request: {url: "${endpoints.agent.url}/begin"}
steps:
  - press: restart
  - press: restart
teardown:
  - request: {url: "${endpoints.agent.url}/end"}
  - request: {url: "${endpoints.agent.url}/end"}
    expect: {status: 404, entries: [{endpoint: agent, count: 1, path: /end}]}
`, []string{"delivered: no (500 is not 200-299), want yes", "status: 202, want 404"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := one(t, scenarios.Runner{Seed: 71}, written(t, sequelStory(test.behavior, test.steps)))
			var got []string
			for _, text := range failures(r) {
				got = append(got, jittered.ReplaceAllString(text, "${1}0m0s"))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("failures mismatch (-want +got):\n%s\n%s", diff, told(r))
			}
			if r.Took > 5*time.Second {
				t.Errorf("it took %s", r.Took)
			}
		})
	}
}

func TestAStoryOf48HoursTakesNoTime(t *testing.T) {
	text := sequelStory("status 500", "steps:\n  - press: restart\n    expect: {ended: exhausted, last: {status: 500}}\n")
	r := one(t, scenarios.Runner{Seed: 71, Deadline: 500 * time.Millisecond}, written(t, text))
	if r.Verdict != scenarios.Passed {
		t.Fatal(told(r))
	}
	step := r.Steps[0]
	if n := len(step.Delivery.Attempts); n < 20 || len(step.Pairs) != n || len(step.Entries) < n {
		t.Errorf("%d attempts, %d pairs, %d entries", n, len(step.Pairs), len(step.Entries))
	}
	for i, pair := range step.Pairs {
		attempt := step.Deliveries[pair.Delivery].Attempts[pair.Attempt]
		if pair.Attempt != i || pair.Endpoint != "restart" || pair.Entry.Request.Peer != attempt.Local || pair.Entry.Attempt != attempt.Number {
			t.Errorf("pair %d is attempt %d with entry %d", i, pair.Attempt, pair.Entry.Seq)
		}
	}
	if last := step.Delivery.Last().Platform; last < 47*time.Hour {
		t.Errorf("the last attempt came after %s of platform time", last)
	}
	t.Logf("%d attempts in %s", len(step.Delivery.Attempts), r.Took)
}

func TestATeardownRunsAfterAnInterrupt(t *testing.T) {
	t.Parallel()
	text := sequelStory("hang", `steps:
  - press: restart
teardown:
  - request: {url: "${endpoints.agent.url}/end"}
    expect: {entries: [{endpoint: agent, path: /end, count: 1}]}
`)
	ctx, interrupt := context.WithCancel(t.Context())
	// Whether the interrupt comes before the press or in it, the same must hold.
	r := scenarios.Runner{Seed: 71, OnSeats: func(map[string]string) { time.AfterFunc(30*time.Millisecond, interrupt) }}
	run := r.Run(ctx, []*scenarios.Scenario{written(t, text)})
	result := run.Results[0]
	if !run.Interrupted || result.Verdict != scenarios.Errored || result.Reason != "interrupted" {
		t.Errorf("interrupted %t: %s", run.Interrupted, told(result))
	}
	if last := result.Steps[len(result.Steps)-1]; last.Part != scenarios.PartTeardown || last.Verdict != scenarios.Passed {
		t.Errorf("the teardown: %s", told(result))
	}
}

func TestWhatIsUnderWayAtTheEndIsToldAsItIs(t *testing.T) {
	t.Parallel()
	r := one(t, scenarios.Runner{Seed: 71}, written(t, sequelStory("status 500", `steps:
  - press: restart
    expect: {status: 500}
  - press: {action: restart, set: {incident: Q2DRILLINC0002}}
    expect: {status: 500}
  - at: +5m
    expect: {entries: [{endpoint: restart, count: 4}]}
`)))
	if r.Verdict != scenarios.Passed {
		t.Fatal(told(r))
	}
	for _, step := range r.Steps[:2] {
		if d := step.Deliveries[0]; len(step.Deliveries) != 1 || d.Ended != "" || len(d.Attempts) != 3 || len(step.Pairs) != 3 || step.Delivery.EventID != d.EventID {
			t.Errorf("%d deliveries, ended %q, %d attempts, %d pairs; want 1, under way, 3, 3", len(step.Deliveries), d.Ended, len(d.Attempts), len(step.Pairs))
		}
	}
	if at := r.Steps[2]; at.Platform < 0 || at.Platform > time.Minute || len(at.Entries) < 4 {
		t.Errorf("the last step began at %s and saw %d entries", at.Platform, len(at.Entries))
	}
}

// TestReactionsInACircle asks that a step which waits for the end of what has none
// says so, and does not wait for ever.
func TestReactionsInACircle(t *testing.T) {
	t.Parallel()
	endpoints := `      restart: {behavior: status 500, reactions: [{call: "POST ${endpoints.a.url}"}]}
      a: {reactions: [{call: "POST ${endpoints.b.url}"}]}
      b: {reactions: [{call: "POST ${endpoints.a.url}"}]}`
	tests := map[string]string{
		"time moves on":        "  - at: +40h\n",
		"a press is settled":   "  - settle: restart\n",
		"requests are awaited": "  - wait: {endpoint: agent, within: 40h}\n",
	}
	for name, step := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := staged(endpoints, "  - {press: restart, expect: {delivered: false, status: 500}}\n"+step)
			text = strings.Replace(text, "flashduty@2024-11-20", "pagerduty@2026-08-19", 1)
			r := one(t, scenarios.Runner{Seed: 71}, written(t, text))
			if want := "do reactions call each other in a circle?"; r.Verdict != scenarios.Errored || !strings.HasSuffix(r.Reason, want) {
				t.Errorf("want a reason that ends with %q\n%s", want, told(r))
			}
		})
	}
}
