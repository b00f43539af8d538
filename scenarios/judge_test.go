package scenarios_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hookdrill/hookdrill/scenarios"
)

// stage is a restart endpoint with an agent, on the oldest profile.
func staged(endpoints, steps string) string {
	return `name: A story
profiles: [flashduty@2024-11-20]
incident: {host: drill-01}
actions: {restart: {channels: [production]}}
stages:
  mock:
    endpoints:
      agent: {behavior: status 202}
` + endpoints + `
    effects: {restarts: {requests: agent}}
steps:
` + steps
}

func TestAFailureSaysWhatWasSeenAndWhatWasWanted(t *testing.T) {
	t.Parallel()
	const (
		ok     = "      restart: {behavior: status 200}"
		reacts = `      restart:
        behavior: status 200
        reactions: [{call: "POST ${endpoints.agent.url}/hosts/drill-01/restart?dry=no", headers: {X-Token: drill, X-Team: web}, body: {n: 9007199254740993, list: [1, {a: b}], text: x}}]`
		answers = `      restart: {behavior: 'status 200 + header X-Answer yes + body {"a":{"b":[1,2.0]},"n":9007199254740993}'}`
	)
	tests := map[string]struct {
		endpoints, steps string
		want             []string // nil: it passes
	}{
		"a status that is no success":  {"      restart: {behavior: status 201}", "  - press: restart", []string{"delivered: no (201 is not 200), want yes"}},
		"a success that is not wanted": {ok, "  - {press: restart, expect: {delivered: false}}", []string{"delivered: yes (200), want no"}},
		"another status":               {ok, "  - {press: restart, expect: {status: 404}}", []string{"status: 200, want 404"}},
		"no status at all":             {"      restart: {behavior: close}", "  - {press: restart, expect: {status: 200}}", []string{"status: none (closed in headers), want 200"}},
		"another outcome and phase": {ok, "  - {press: restart, expect: {outcome: timeout, phase: headers}}",
			[]string{"outcome: answered, want timeout", "phase: body, want headers"}},
		"how much was written":        {ok, "  - {press: restart, expect: {written: none}}", []string{"written: all, want none"}},
		"one attempt more":            {ok, "  - press: restart\n  - {redeliver: restart, expect: {attempts: 3}}", []string{"attempts: 2, want 3"}},
		"headers of the answer alike": {answers, "  - {press: restart, expect: {headers: {x-answer: yes}}}", nil},
		"headers of the answer that differ": {answers, "  - {press: restart, expect: {headers: {X-Answer: no, X-Other: a, Set-Cookie: b}}}",
			[]string{"header Set-Cookie: absent, want [redacted]", `header X-Answer: "yes", want "no"`, `header X-Other: absent, want "a"`}},
		"a body alike, whatever way its numbers are written": {answers, `  - {press: restart, expect: {body: {/a: {b: [1.0, 2]}, /n: 9007199254740993}}}`, nil},
		"a body that differs by one in 2^53": {answers, `  - {press: restart, expect: {body: {/n: 9007199254740992}}}`,
			[]string{"body /n: 9007199254740993, want 9007199254740992"}},
		"a body that differs deep inside": {answers, `  - {press: restart, expect: {body: {/a: {b: [1, 3], c: d}}}}`,
			[]string{`body /a/b/1: 2.0, want 3`, `body /a/c: absent, want "d"`}},
		"a body that differs everywhere": {`      restart: {behavior: 'status 200 + body {"list":[1,2,3,4,5,6,7,8,9,10,11,12]}'}`,
			`  - {press: restart, expect: {body: {/list: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]}}}`,
			[]string{"body /list/0: 1, want 0", "body /list/1: 2, want 0", "body /list/2: 3, want 0", "body /list/3: 4, want 0", "body /list/4: 5, want 0",
				"body /list/5: 6, want 0", "body /list/6: 7, want 0", "body /list/7: 8, want 0", "body /list/8: 9, want 0", "body /list/9: 10, want 0", "body /list: 2 more differences"}},
		"a list is compared element by element": {`      restart: {behavior: 'status 200 + body {"list":[1,[2],3]}'}`, `  - {press: restart, expect: {body: {/list: [[2], 3], /list/1: {"0": 2}}}}`,
			[]string{`body /list/0: 1, want [2]`, `body /list/1: [2], want 3`, `body /list/2: 3, want absent`, `body /list/1: [2], want {"0":2}`}},
		"a body of another type":     {answers, `  - {press: restart, expect: {body: {/a: text, /n: "9007199254740993"}}}`, []string{`body /a: {"b":[1,2.0]}, want "text"`, `body /n: 9007199254740993, want "9007199254740993"`}},
		"a pointer to nowhere":       {answers, `  - {press: restart, expect: {body: {/a/b/7: 1}}}`, []string{"body /a/b/7: absent, want 1"}},
		"a body that is no JSON":     {"      restart: {behavior: status 200 + body done}", `  - {press: restart, expect: {body: {/a: 1}}}`, []string{`body: "done" is not JSON, want JSON`}},
		"an effect too few":          {ok, "  - {press: restart, effects: {restarts: 1}}", []string{"restarts: 0, want 1"}},
		"an effect too many":         {reacts, "  - {press: restart, effects: {restarts: 0}}", []string{"restarts: 1, want 0"}},
		"effects count anew by step": {reacts, "  - {press: restart, effects: {restarts: 1}}\n  - {press: restart, effects: {restarts: 1}}", nil},
		"nothing came":               {ok, "  - {press: restart, expect: {entries: [{endpoint: agent}]}}", []string{"agent: no request; nothing came"}},
		"something else came": {reacts, "  - {press: restart, expect: {entries: [{endpoint: agent, method: DELETE, path: /hosts/drill-01}]}}",
			[]string{"agent: no DELETE /hosts/drill-01; came POST /hosts/drill-01/restart"}},
		"too few came":     {reacts, "  - {press: restart, expect: {entries: [{endpoint: agent, count: 2}]}}", []string{"agent: 1 × request, want 2"}},
		"none should come": {reacts, "  - {press: restart, expect: {entries: [{endpoint: agent, method: POST, count: 0}]}}", []string{"agent: 1 × POST, want 0"}},
		"a query": {reacts, "  - {press: restart, expect: {entries: [{endpoint: agent, query: {dry: \"yes\", wet: a}}]}}",
			[]string{`agent: query dry: "no", want "yes"`, `agent: query wet: absent, want "a"`}},
		"a secret header is not told": {reacts, "  - {press: restart, expect: {entries: [{endpoint: agent, headers: {X-Token: other, X-Team: db}}]}}",
			[]string{`agent: header X-Team: "web", want "db"`, "agent: header X-Token: another value, want [redacted]"}},
		"a body that came": {reacts, `  - {press: restart, expect: {entries: [{endpoint: agent, body: {/n: 9007199254740993, /list: [1, {a: c}], /text: y}}]}}`,
			[]string{`agent: body /list/1/a: "b", want "c"`, `agent: body /text: "x", want "y"`}},
		"what was answered":     {reacts, "  - {press: restart, expect: {entries: [{endpoint: agent, status: 200}]}}", []string{"agent: answered 202, want 200"}},
		"what the checks found": {ok, "  - {press: restart, expect: {entries: [{endpoint: restart, findings: [schema]}]}}", []string{"restart: findings: none, want schema"}},
		"a duplicate": {ok, "  - press: restart\n  - redeliver: restart\n  - {redeliver: restart, expect: {entries: [{endpoint: restart, duplicate: 0}]}}",
			[]string{"restart: duplicate of attempt 1, want no duplicate"}},
		"no duplicate":     {ok, "  - {press: restart, expect: {entries: [{endpoint: restart, duplicate: 1}]}}", []string{"restart: no duplicate, want duplicate of attempt 1"}},
		"whose address":    {ok, "  - {press: restart, expect: {entries: [{endpoint: restart, client: 192.0.2.1}]}}", []string{"restart: client 127.0.0.1, want 192.0.2.1"}},
		"a wait too short": {reacts, "  - press: restart\n  - wait: {endpoint: agent, count: 2, within: 1m}", []string{"agent: 1 and nothing in flight any more, want 2"}},
		"a wait that ends before the work does": {"      restart: {behavior: status 200, reactions: [{call: \"POST ${endpoints.slow.url}\"}]}\n      slow: {behavior: hang, reactions: [{call: \"POST ${endpoints.agent.url}\"}]}",
			"  - press: restart\n  - wait: {endpoint: agent, within: 50ms}", []string{"agent: 0 within 50 ms, want 1"}},
		"a wait without quiet": {reacts, "  - press: restart\n  - press: restart\n  - wait: {endpoint: agent, count: 1, then_quiet: 100ms}",
			[]string{"agent: 2, want 1 and then quiet for 100 ms"}},
		"a wait that ends well": {reacts, "  - press: restart\n  - wait: {endpoint: agent, count: 1, then_quiet: 100ms}", nil},
		"two at once, in the order of the sentence": {"      restart: {behavior: status 500}", "  - {press: restart, effects: {restarts: 1}, expect: {delivered: true, status: 200}}",
			[]string{"delivered: no (500 is not 200), want yes", "status: 500, want 200", "restarts: 0, want 1"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			result := one(t, scenarios.Runner{Seed: 71}, written(t, staged(test.endpoints, test.steps)))
			want := scenarios.Failed
			if test.want == nil {
				want = scenarios.Passed
			}
			if diff := cmp.Diff(test.want, failures(result)); diff != "" || result.Verdict != want {
				t.Errorf("failures mismatch (-want +got):\n%s%s", diff, told(result))
			}
		})
	}
}

func TestWhatAPlatformRefusesIsJudgedToo(t *testing.T) {
	t.Parallel()
	const story = `name: A story
profiles: [pagerduty@2020-10-09]
actions:
  a: {channels: [web], endpoint: restart}
  b: {channels: [web], endpoint: restart}
  c: {channels: [web], endpoint: restart}
  d: {channels: [%s], endpoint: restart}
stages: {mock: {endpoints: {restart: {behavior: status 200}}}}
steps:
  - {add: d, expect: {refused: '%s'}}
`
	tests := map[string]struct {
		service, refused string
		want             []string
	}{
		"refused as it should be":    {"web", "is full", nil},
		"accepted against the rules": {"db", "is full", []string{"add d: accepted, want refused (is full)"}},
		"refused for another reason": {"web", "is on fire", []string{`refused: action "d": service "web" is full: 3 custom actions per service (pagerduty@2020-10-09, https://support.pagerduty.com/docs/custom-incident-actions), want it to say "is on fire"`}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			result := one(t, scenarios.Runner{Seed: 71}, written(t, fmt.Sprintf(story, test.service, test.refused)))
			if diff := cmp.Diff(test.want, failures(result)); diff != "" {
				t.Errorf("failures mismatch (-want +got):\n%s%s", diff, told(result))
			}
		})
	}
}
