package scenarios_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hookdrill/hookdrill/scenarios"
)

// calling is a story whose endpoint calls the console back.
func calling(reactions, steps string) string {
	return `name: A story
profiles: [flashduty@2026-05-27]
incident: {incident: "65f1c2a07b3d5e1f9ac40b7e", title: Checkout is slow, severity: warning}
actions: {enrich: {channels: [production]}}
stages:
  mock:
    console: {fields: {trace_url: text, tags: {type: multi_select, options: [db, web]}}}
    endpoints:
      deploys: {behavior: status 201}
      enrich:
        reactions: [` + reactions + `]
    effects:
      comments: {timeline: commented}
      loads: {timeline: {what: commented, contains: load}}
steps:
` + steps
}

// Calls of an endpoint, each a reaction.
const (
	comments  = `{call: "POST ${console.url}/incident/comment?app_key=${console.key}", body: {incident_ids: ["${request.incident}"], comment: "load 42.7"}}`
	traces    = `{call: "POST ${console.url}/incident/field/reset?app_key=${console.key}", body: {incident_id: "${request.incident}", field_name: trace_url, field_value: "https://traces.example/1"}}`
	tags      = `{call: "POST ${console.url}/incident/field/reset?app_key=${console.key}", body: {incident_id: "${request.incident}", field_name: tags, field_value: [web]}}`
	resolves  = `{call: "POST ${console.url}/incident/resolve?app_key=${console.key}", body: {incident_ids: ["${request.incident}"]}}`
	deploys   = `{call: "POST ${endpoints.deploys.url}"}`
	labels    = `{call: "POST ${console.url}/incident/labels?app_key=${console.key}", body: {}}`
	publishes = `{call: "POST ${console.url}/status-page/change/create?app_key=${console.key}", body: {page_id: "${console.page}", type: incident, title: Slow, description: Slow., status: investigating,
          updates: [{status: investigating, description: Slow., component_changes: [{component_id: "${console.component.2}", status: degraded}]}]}}`
)

func TestAFailureSaysWhatTheConsoleSaw(t *testing.T) {
	t.Parallel()
	const refused = `POST /incident/labels (There is no such route: no operation has the path /incident/labels)`
	tests := map[string]struct {
		reactions []string
		step      string
		want      []string // nil: it passes
	}{
		"all of it as expected": {[]string{comments, traces, tags, deploys, resolves, publishes},
			`effects: {comments: 1, loads: 1}, expect: {incident: {status: resolved, title: Checkout is slow, severity: warning, comment: [load, "42.7"], fields: {trace_url: "https://traces.example/1", tags: [web], gone: null}},
      timeline: [{what: commented, contains: load, call: POST /incident/comment, status: 200, by: "${console.user.email}", within: 20s}, {what: field_set, field: trace_url}, {what: resolved, after: deploys}, {what: refused, count: 0}],
      page: {title: Slow, status: investigating, components: {Checkout: degraded, Shop: operational}}, refused: 0}`, nil},
		"another status": {nil, `expect: {incident: {status: resolved}}`, []string{"incident: status triggered, want resolved"}},
		"another title and severity": {nil, `expect: {incident: {title: Slow, severity: info}}`,
			[]string{`incident: title "Checkout is slow", want "Slow"`, "incident: severity warning, want info"}},
		"a field with another value": {[]string{traces}, `expect: {incident: {fields: {trace_url: "https://traces.example/2"}}}`,
			[]string{`incident: field trace_url "https://traces.example/1", want "https://traces.example/2"`}},
		"a field that should not be there": {[]string{tags}, `expect: {incident: {fields: {tags: null}}}`, []string{`incident: field tags ["web"], want absent`}},
		"a field that is not there":        {nil, `expect: {incident: {fields: {tags: [web]}}}`, []string{`incident: field tags absent, want ["web"]`}},
		"no comment":                       {nil, `expect: {incident: {comment: cpu}}`, []string{`incident: no comment that contains "cpu"; it has none`}},
		"another comment":                  {[]string{comments}, `expect: {incident: {comment: [load, cpu]}}`, []string{`incident: no comment that contains "cpu"; it has "load 42.7"`}},
		"a call that was refused": {[]string{labels}, `expect: {incident: {comment: load}}`,
			[]string{`incident: no comment that contains "load"; it has none; refused POST /incident/labels (404)`}},
		"nothing of it on the timeline": {nil, `expect: {timeline: [{what: commented, contains: load}]}`, []string{`timeline: no commented that contains "load"; nothing else came`}},
		"something else on the timeline": {[]string{comments, labels, traces}, `expect: {timeline: [{what: commented, contains: cpu}]}`,
			[]string{`timeline: no commented that contains "cpu"; came commented "load 42.7", refused ` + refused + `, field_set trace_url "https://traces.example/1"`}},
		"another field, call, answer and person": {[]string{comments}, `expect: {timeline: [{field: tags}, {call: POST /incident/ack}, {what: commented, status: 201}, {what: commented, by: nobody}]}`,
			[]string{`timeline: no entry tags; came commented "load 42.7"`, `timeline: no entry POST /incident/ack; came commented "load 42.7"`,
				`timeline: no commented answered 201; came commented "load 42.7"`, `timeline: no commented by nobody; came commented "load 42.7"`}},
		"in another order": {[]string{traces, comments}, `expect: {timeline: [{what: commented}, {what: field_set}]}`, []string{`timeline: field_set came before commented, want it behind`}},
		"the same twice":   {[]string{comments, comments}, `expect: {timeline: [{what: commented}, {what: commented}]}`, nil},
		"more than wanted": {[]string{comments, comments}, `expect: {timeline: [{what: commented, count: 1}]}`, []string{`timeline: 2 × commented, want 1`}},
		"fewer than wanted": {[]string{comments, traces}, `expect: {timeline: [{what: commented, count: 2}]}`,
			[]string{`timeline: 1 × commented, want 2; came field_set trace_url "https://traces.example/1"`}},
		"before what it should follow":    {[]string{resolves, deploys}, `expect: {timeline: [{what: resolved, after: deploys}]}`, []string{"timeline: resolved came before the newest request at deploys, want it behind"}},
		"behind what never came":          {[]string{resolves}, `expect: {timeline: [{what: resolved, after: deploys}]}`, []string{"timeline: resolved, and no request came to deploys before it"}},
		"a refused call that is expected": {[]string{labels}, `expect: {timeline: [{what: refused, call: POST /incident/labels, status: 404, contains: no operation}], refused: 1}`, nil},
		"the same again and again, and much else": {[]string{labels, comments, labels, traces, resolves, publishes}, `expect: {timeline: [{what: reopened}]}`,
			[]string{`timeline: no reopened; came 2 × refused ` + refused + `, commented "load 42.7", field_set trace_url "https://traces.example/1", resolved, and 1 more`}},
		"a refused call that is not":        {[]string{labels}, `expect: {refused: 0}`, []string{`refused: 1, want 0; ` + refused}},
		"no refused call":                   {nil, `expect: {refused: 1}`, []string{"refused: 0, want 1"}},
		"no event on the page":              {nil, `expect: {page: {status: resolved}}`, []string{`page: no event, want one with status "resolved"`}},
		"another event on the page":         {[]string{publishes}, `expect: {page: {title: Fast, status: resolved, components: operational}}`, []string{"page: title Slow, want Fast", "page: status investigating, want resolved", "page: component Checkout degraded, want operational"}},
		"a component with another status":   {nil, `expect: {page: {components: {Checkout: degraded}}}`, []string{"page: component Checkout operational, want degraded"}},
		"a component that the page has not": {nil, `expect: {page: {components: {Basket: degraded}}}`, []string{"page: no component Basket; it has Shop, Checkout, Search"}},
		"an effect that counts by its text": {[]string{comments}, `effects: {comments: 1, loads: 0}`, []string{"loads: 1, want 0"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			result := one(t, scenarios.Runner{Seed: 71}, written(t, calling(strings.Join(test.reactions, ", "), "  - {press: enrich, "+test.step+"}\n")))
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

// Without a call of the API a press is byte for byte what it is without a console.
func TestAnIncidentThatNobodyTouchedIsPressedAsEver(t *testing.T) {
	t.Parallel()
	const story = `name: A story
incident: {host: drill-01}
actions: {enrich: {channels: [production]}}
stages: {mock: {endpoints: {enrich: {behavior: status 200}}%s}}
steps: [{press: enrich}, {press: {action: enrich, by: Robin Drill, set: {severity: info}}%s}]
`
	pressed := func(stage, step string) (bodies [][]byte) {
		r := scenarios.Runner{Seed: 71, Now: func() time.Time { return time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC) }}
		for _, result := range r.Run(t.Context(), []*scenarios.Scenario{written(t, fmt.Sprintf(story, stage, step))}).Results {
			if result.Verdict != scenarios.Passed {
				t.Fatal(told(result))
			}
			for _, s := range result.Steps {
				bodies = append(bodies, s.Delivery.Push.Body)
			}
		}
		return bodies
	}
	plain := pressed("", "")
	with := pressed("", ", expect: {refused: 0}")
	own := regexp.MustCompile(`"endpoint_url":"http://[0-9.:]+"`) // the mock's, which has a port of its own
	console := regexp.MustCompile(`http://127\.0\.0\.1:[0-9]+`)
	for i := range with {
		without := own.ReplaceAllString(string(plain[i]), "")
		body := own.ReplaceAllString(string(with[i]), "")
		if console.MatchString(without) {
			t.Errorf("without a console a link leads to this machine: %s", without)
		}
		if diff := cmp.Diff(without, console.ReplaceAllString(body, "https://api.example.com")); diff != "" {
			t.Errorf("push %d mismatch (-without +with a console):\n%s", i, diff)
		}
	}
	if len(plain) != 4 || len(with) != 4 {
		t.Errorf("%d and %d pushes, want 2 on each of 2 platforms", len(plain), len(with))
	}
}

func TestWhatIsRefusedIsANoteUnlessAStepSaysSo(t *testing.T) {
	t.Parallel()
	const elsewhere = `{call: "POST ${console.pagerduty.url}/incidents/${request.incident}/notes", headers: {Authorization: "Token token=${console.pagerduty.key}", From: "${console.pagerduty.user.email}"}, body: {note: {content: x}}}`
	tests := map[string]struct {
		reactions, steps string
		verdict          scenarios.Verdict
		notes            []string
	}{
		"nothing is refused":          {comments, "  - {press: enrich, effects: {comments: 1}}", scenarios.Passed, nil},
		"nobody looks":                {labels, "  - {press: enrich, effects: {comments: 0}}", scenarios.Passed, []string{"console refused 1 call: POST /incident/labels (There is no such route: no operation has the path /incident/labels)"}},
		"a step does not allow it":    {labels, "  - {press: enrich, expect: {refused: 0}}", scenarios.Failed, nil},
		"a step expects it":           {labels, "  - {press: enrich, expect: {timeline: [{what: refused}]}}", scenarios.Passed, nil},
		"another step expects it":     {labels, "  - {press: enrich, expect: {refused: 1}}\n  - {press: enrich, effects: {comments: 0}}", scenarios.Passed, []string{"console refused 1 call: POST /incident/labels (There is no such route: no operation has the path /incident/labels)"}},
		"at another platform":         {elsewhere, "  - {press: enrich, effects: {comments: 0}}", scenarios.Passed, []string{`console refused 1 call: pagerduty POST /incidents/65f1c2a07b3d5e1f9ac40b7e/notes (Incident Not Found: there is no incident "65f1c2a07b3d5e1f9ac40b7e")`}},
		"at another platform, judged": {elsewhere, "  - {press: enrich, expect: {refused: 0}}", scenarios.Failed, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			result := one(t, scenarios.Runner{Seed: 71}, written(t, calling(test.reactions, test.steps)))
			if diff := cmp.Diff(test.notes, result.Notes); diff != "" || result.Verdict != test.verdict {
				t.Errorf("notes mismatch (-want +got):\n%s%s", diff, told(result))
			}
		})
	}
}

func TestAResultHoldsTheTimelineOfEachStep(t *testing.T) {
	t.Parallel()
	result := one(t, scenarios.Runner{Seed: 71}, written(t, calling(comments, "  - {press: enrich, effects: {comments: 1}}\n  - request: {url: \"${console.url}/incident/info?app_key=${console.key}\", headers: {Content-Type: application/json}, body: {incident_id: \"${console.incident}\"}}\n")))
	var got []string
	for _, step := range result.Steps {
		var whats []string
		for _, entry := range step.Timeline {
			whats = append(whats, strings.TrimSpace(string(entry.What)+" "+entry.Call))
		}
		slices.Sort(whats) // that it was delivered may be told before or behind what the endpoint does
		got = append(got, strings.Join(whats, ", "))
	}
	if diff := cmp.Diff([]string{"commented POST /incident/comment, delivered, pressed", "read POST /incident/info"}, got); diff != "" {
		t.Errorf("timelines mismatch (-want +got):\n%s%s", diff, told(result))
	}
}

// What an endpoint does with a body, it does on a machine of its own: the links
// lead it to the console.
func TestARealEndpointFollowsTheLinksOfTheBody(t *testing.T) {
	t.Parallel()
	var console string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var push struct {
			Messages []struct{ Incident struct{ Self string } }
		}
		if err := json.NewDecoder(r.Body).Decode(&push); err != nil || len(push.Messages) != 1 {
			t.Errorf("%v: %+v", err, push)
			return
		}
		request, err := http.NewRequestWithContext(r.Context(), http.MethodPost, push.Messages[0].Incident.Self+"/notes", strings.NewReader(`{"note":{"content":"load 42.7"}}`))
		if err != nil {
			t.Error(err)
			return
		}
		request.Header = http.Header{"Authorization": {"Token token=hookdrill-key"}, "Content-Type": {"application/json"}, "From": {"robin.example@example.com"}}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Error(err)
			return
		}
		defer response.Body.Close()
		if body, _ := io.ReadAll(response.Body); response.StatusCode != http.StatusOK || !strings.HasPrefix(push.Messages[0].Incident.Self, console) {
			t.Errorf("%s answered %d: %s", push.Messages[0].Incident.Self, response.StatusCode, body)
		}
	}))
	defer server.Close()
	result := one(t, scenarios.Runner{Seed: 71, OnSeats: func(urls map[string]string) { console = urls["console"] }}, written(t, `name: A story
profiles: [pagerduty@2026-08-19]
actions: {enrich: {channels: [web]}}
stages: {mock: {endpoints: {enrich: {url: "`+server.URL+`"}}, effects: {notes: {timeline: commented}}}}
steps: [{press: enrich, effects: {notes: 1, for: 50ms}, expect: {delivered: true, incident: {comment: load}}}]
`))
	if result.Verdict != scenarios.Passed || console == "" {
		t.Errorf("console %q; %s", console, told(result))
	}
}

func TestTheAddressOfTheConsoleIsGiven(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	address := taken.Addr().String()
	story := func(name, address string) *scenarios.Scenario {
		return loadAs(t, name, strings.Replace(calling(comments, "  - {press: enrich, expect: {incident: {comment: load}}}\n"), "console: {", "console: {listen: \""+address+"\", ", 1))
	}
	if result := one(t, scenarios.Runner{Seed: 71}, story("story.yaml", address)); result.Verdict != scenarios.Errored || !strings.HasPrefix(result.Reason, "console: listen tcp "+address) {
		t.Errorf("where somebody listens: %s", told(result))
	}
	var stories []*scenarios.Scenario // which would be in each other's way
	free := fmt.Sprintf("127.0.0.1:%d", freePort(t))
	for i := range 4 {
		stories = append(stories, story(fmt.Sprint(i, ".yaml"), free))
	}
	var urls []string
	run := scenarios.Runner{Seed: 71, Parallel: 4, OnSeats: func(seats map[string]string) { urls = append(urls, seats["console"]) }}.Run(t.Context(), stories)
	for _, result := range run.Results {
		if result.Verdict != scenarios.Passed {
			t.Error(told(result))
		}
	}
	if want := slices.Repeat([]string{"http://" + free}, 4); !slices.Equal(urls, want) {
		t.Errorf("consoles at %q, want %q", urls, want)
	}
}

func TestAStartedEndpointIsToldWhereTheConsoleIs(t *testing.T) {
	t.Parallel()
	const known = "${console.url} ${console.key} ${console.incident} ${console.action.restart} ${console.page} ${console.component.Search} ${console.user.email}"
	text, getenv := self(t, "answers", freePort(t))
	text = strings.Replace(text, "restart: {start: ", `restart: {env: {DRILL_TOKEN: "`+known+`"}, start: `, 1)
	s := project(t, map[string]string{scenarios.ProjectFile: text, "drills/story.yaml": strings.Replace(oneClick, "hush-hush", known, 1)}, getenv)
	if r := one(t, scenarios.Runner{Stage: "local", Seed: 71}, s); r.Verdict != scenarios.Passed {
		t.Error(told(r))
	}
	if sent := one(t, scenarios.Runner{Stage: "local", Seed: 71}, s).Steps[0].Delivery.Attempts[0].Header.Get("X-Drill"); strings.Contains(sent, "$") || len(strings.Fields(sent)) != 7 {
		t.Errorf("the endpoint saw %q", sent)
	}
}

func TestWhatTheConsoleDoesNotKnowIsToldWhereItIsAskedFor(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ text, reason string }{
		"a component that the page has not": {
			calling(strings.Replace(publishes, "component.2", "component.Basket", 1), "  - press: enrich\n"),
			"endpoint enrich: ${console.component.Basket}: the status page has the components Shop, Checkout and Search",
		},
		"a type of field that is not documented": {
			strings.Replace(calling(comments, "  - {press: enrich, expect: {refused: 0}}\n"), "trace_url: text", "trace_url: poem", 1),
			`type "poem" is not documented; checkbox, multi_select, single_select, text would do`,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if result := one(t, scenarios.Runner{Seed: 71}, written(t, test.text)); result.Verdict != scenarios.Errored || !strings.Contains(result.Reason, test.reason) {
				t.Errorf("want %q\n%s", test.reason, told(result))
			}
		})
	}
}

// Ids and captured values stand in JSON as what they are.
func TestWhatIsKnownStandsInABodyAsItIs(t *testing.T) {
	t.Parallel()
	result := one(t, scenarios.Runner{Seed: 71}, written(t, calling("", `  - request: {url: "${endpoints.deploys.url}", body: {page: "${console.page}", action: ["${console.action.enrich}"], text: "page ${console.page}", incident: "${console.incident}"}}
    capture: {page: {entry: deploys, body: /page}, text: {entry: deploys, body: /text}, all: {entry: deploys, body: ""}}
  - request: {url: "${endpoints.deploys.url}", body: {page: "${captured.page}", all: "${captured.all}", text: 'a "b" ${captured.text}'}}
    expect: {entries: [{endpoint: deploys, body: {/page: "${console.page}", /all/action: ["${console.action.enrich}"], /all/incident: "${console.incident}", /text: 'a "b" page ${captured.page}'}}]}
`)))
	if result.Verdict != scenarios.Passed {
		t.Error(told(result))
	}
}

// A button that is pressed through the API has a sequel, too, and ends with the
// story.
func TestAPressThatACallMadeEndsWithTheStory(t *testing.T) {
	t.Parallel()
	const story = `name: A story
profiles: [pagerduty@2026-08-19]
actions: {restart: {channels: [web]}}
stages: {mock: {endpoints: {restart: {behavior: first 2 status 503 then status 200}}, effects: {pushes: {requests: restart}}}}
steps:
  - request:
      url: "${console.url}/incidents/${console.incident}/custom_action"
      headers: {Authorization: "Token token=${console.key}", Content-Type: application/json, From: "${console.user.email}"}
      body: {custom_action: {webhook: {id: "${console.action.restart}", type: webhook_reference}}}
    effects: {pushes: 1}
    expect: {timeline: [{what: pressed, field: restart, by: "${console.user.email}"}, {what: delivered, count: 0}]}
`
	tests := map[string]struct {
		more string
		came int
	}{
		"no time passes": {"", 1},
		"time passes":    {"  - {at: +1h, expect: {timeline: [{what: delivered}], within: 10s}}\n", 3},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			result := one(t, scenarios.Runner{Seed: 71}, written(t, story+test.more))
			came := 0
			for _, step := range result.Steps {
				came += len(step.Entries)
			}
			if result.Verdict != scenarios.Passed || came != test.came {
				t.Errorf("%d pushes came, want %d\n%s", came, test.came, told(result))
			}
		})
	}
}
