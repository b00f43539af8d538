package schema_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hookdrill/hookdrill/schema"
)

// noon is when the presses of these tests happen.
var noon = time.Date(2026, 11, 21, 12, 0, 0, 123_000_000, time.UTC)

func compose(t testing.TB, p *schema.Profile, v schema.Values, opts ...schema.ComposeOption) schema.Push {
	t.Helper()
	push, err := p.Compose(v, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return push
}

// written is all that is to be known of a push.
type written struct {
	Method string
	Header http.Header
	Body   string
	Values schema.Values
}

func writtenBy(p schema.Push) written { return written{p.Method, p.Header, string(p.Body), p.Values()} }

// incidents are what the goldens press on.
var incidents = map[string]schema.Values{
	"automatic":    {"host": "drill-01"},
	"acknowledged": {"status": "acknowledged", "severity": "warning", "responder": "Kim Example"},
	"resolved":     {"status": "resolved"},
	"two alerts": {"title": "Two disks are full", "alerts": []any{
		map[string]any{"alert_key": "disk-a"}, map[string]any{"alert_key": "disk-b"},
	}},
	"non-ASCII": {"title": `Plattenfehler: "größer" <90 %> & 内存 / 🔥`, "channel": "продакшен", "presser": "Zoë Beispiel"},
}

func TestComposeGolden(t *testing.T) {
	for _, ref := range schema.List() {
		p := open(t, ref.String())
		cases := maps.Clone(incidents)
		if slices.ContainsFunc(p.Names(), func(n schema.Name) bool { return n.Name == "origin" }) {
			cases["manual"] = schema.Values{"origin": "manual"}
			cases["two alerts"] = maps.Clone(cases["two alerts"])
			cases["two alerts"]["alerts"] = []any{
				map[string]any{"title": "disk a", "labels": map[string]any{"host": "drill-01"}},
				map[string]any{"title": "disk b", "alert_severity": "Warning"},
			}
		}
		for name, values := range cases {
			t.Run(ref.String()+"/"+name, func(t *testing.T) {
				push := compose(t, p, values, schema.Seed(71), schema.At(noon))
				golden(t, "compose/"+ref.String()+"/"+strings.ReplaceAll(name, " ", "-")+".http", wire(push))
				if vs := p.Validate(push.Body, schema.Strict); len(vs) > 0 {
					t.Errorf("what we send breaks the strict schema: %v", vs)
				}
			})
		}
	}
}

// wire writes a push as it goes over the wire, but for what a client adds.
func wire(push schema.Push) []byte {
	var b bytes.Buffer
	fmt.Fprintln(&b, push.Method)
	push.Header.Write(&b)
	fmt.Fprintf(&b, "\n%s\n", push.Body)
	return b.Bytes()
}

// sample gives every name of a profile a value of its own.
func sample(t *testing.T, p *schema.Profile) schema.Values {
	all := schema.Values{
		"event_id": "0f0e0d0c-0000-11f0-8000-010203040506", "event_time": "2026-02-03T04:05:06Z",
		"incident": "6981c0400123456789abcdef", "created_at": "2026-02-03T04:00:00Z", "number": json.Number("4711"),
		"title": "Memory is full", "description": "free < 2 %", "status": "acknowledged", "severity": "warning",
		"host": "drill-07", "channel": "staging", "presser": "Kim Example", "presser_id": json.Number("9007199254740993"),
		"presser_email": "kim@example.com", "responder": "Alex Example", "link": "https://example.com/i/1",
		"origin": "manual", "api_url": "http://127.0.0.1:9999", "action": "Roll back", "action_id": "PROLLB1",
		"action_description": "to the last release", "endpoint": "https://hooks.example.com/rollback",
		"labels": map[string]any{"host": "drill-07", "team": "search"}, "fields": map[string]any{"priority": "P1"},
		"alerts": compose(t, p, schema.Values{"host": "drill-07"}, schema.Seed(3), schema.At(noon)).Value("alerts"),
	}
	v := make(schema.Values)
	for _, n := range p.Names() {
		value, ok := all[n.Name]
		if !ok {
			t.Fatalf("%s has a name %q that this test has no value for", p.Ref(), n.Name)
		}
		v[n.Name] = value
	}
	return v
}

// asText is how numbers and strings compare where a platform has the other.
func asText(v any) any {
	if n, ok := v.(json.Number); ok {
		return n.String()
	}
	return v
}

func TestReadIsTheInverseOfCompose(t *testing.T) {
	for _, ref := range schema.List() {
		p := open(t, ref.String())
		t.Run(ref.String()+"/all names", func(t *testing.T) {
			v := sample(t, p)
			push := compose(t, p, v)
			got, violations := p.Read(push.Header, push.Body)
			if len(violations) > 0 {
				t.Errorf("Read() violations = %v", violations)
			}
			if diff := cmp.Diff(push.Values(), got); diff != "" {
				t.Errorf("Read() and Push.Values mismatch (-values +read):\n%s", diff)
			}
			for name, want := range v {
				if diff := cmp.Diff(asText(want), asText(got[name])); diff != "" {
					t.Errorf("Read()[%q] mismatch (-want +got):\n%s", name, diff)
				}
			}
		})
		for name, value := range sample(t, p) {
			t.Run(ref.String()+"/"+name+" alone", func(t *testing.T) {
				push := compose(t, p, schema.Values{name: value})
				got, _ := p.Read(push.Header, push.Body)
				if diff := cmp.Diff(asText(value), asText(got[name])); diff != "" {
					t.Errorf("Read()[%q] mismatch (-want +got):\n%s", name, diff)
				}
			})
		}
	}
}

func TestMappedValues(t *testing.T) {
	for _, tc := range []struct{ ref, name, neutral, pointer, platform, back string }{
		{"flashduty", "status", "triggered", "/incident/progress", "Triggered", "triggered"},
		{"flashduty", "status", "resolved", "/incident/progress", "Closed", "resolved"},
		{"flashduty", "severity", "info", "/incident/incident_status", "Info", "info"},
		{"flashduty", "severity", "Info", "/incident/incident_severity", "Info", "info"},
		{"pagerduty", "severity", "critical", "/messages/0/incident/urgency", "high", "critical"},
		{"pagerduty", "severity", "info", "/messages/0/incident/urgency", "low", "warning"},
	} {
		t.Run(tc.ref+" "+tc.name+" "+tc.neutral, func(t *testing.T) {
			push := compose(t, open(t, tc.ref), schema.Values{tc.name: tc.neutral})
			if got := at(t, push.Body, tc.pointer); got != tc.platform {
				t.Errorf("%s = %v, want %s", tc.pointer, got, tc.platform)
			}
			if got := push.Value(tc.name); got != tc.back {
				t.Errorf("Values[%q] = %v, want %s", tc.name, got, tc.back)
			}
		})
	}
}

// at finds what a pointer of names and indexes leads to in a body.
func at(t *testing.T, body []byte, pointer string) any {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		t.Fatal(err)
	}
	for _, token := range strings.Split(pointer, "/")[1:] {
		switch above := v.(type) {
		case map[string]any:
			below, ok := above[token]
			if !ok {
				return absent
			}
			v = below
		case []any:
			var i int
			if _, err := fmt.Sscan(token, &i); err != nil || i >= len(above) {
				return absent
			}
			v = above[i]
		default:
			return absent
		}
	}
	return v
}

// absent is what at finds where nothing stands.
const absent = "(absent)"

func TestSeedAndTimeDecideTheBytes(t *testing.T) {
	for _, ref := range schema.List() {
		t.Run(ref.String(), func(t *testing.T) {
			p := open(t, ref.String())
			first := compose(t, p, nil, schema.Seed(1), schema.At(noon))
			if again := compose(t, p, nil, schema.Seed(1), schema.At(noon)); !bytes.Equal(first.Body, again.Body) {
				t.Error("the same seed and time give other bytes")
			}
			for name, opts := range map[string][]schema.ComposeOption{
				"another seed": {schema.Seed(2), schema.At(noon)},
				"no seed":      {schema.At(noon)},
			} {
				if other := compose(t, p, nil, opts...); other.Value("event_id") == first.Value("event_id") {
					t.Errorf("%s: the same event id %v", name, first.Value("event_id"))
				}
			}
			titled := compose(t, p, schema.Values{"title": "other"}, schema.Seed(1), schema.At(noon))
			if titled.Value("event_id") != first.Value("event_id") || titled.Value("incident") != first.Value("incident") {
				t.Error("giving a title changed an id that does not depend on it")
			}
		})
	}
}

func TestTheNextPressIsOnTheSameIncident(t *testing.T) {
	places := map[string]string{"flashduty": "/incident", "pagerduty": "/messages/0/incident"}
	for _, ref := range schema.List() {
		p := open(t, ref.String())
		for name, values := range incidents {
			t.Run(ref.String()+"/"+name, func(t *testing.T) {
				first := compose(t, p, values, schema.At(noon))
				next := p.Only(schema.ScopeIncident, first.Values())
				second := compose(t, p, next, schema.At(noon.Add(time.Hour)))
				place := places[p.Platform()]
				if diff := cmp.Diff(at(t, first.Body, place), at(t, second.Body, place)); diff != "" {
					t.Errorf("%s mismatch (-first +second):\n%s", place, diff)
				}
				if first.Value("event_id") == second.Value("event_id") {
					t.Errorf("the second press has the event id of the first, %v", first.Value("event_id"))
				}
			})
		}
	}
}

// TestAHostGivenLaterIsTheOnlyHost lays a host over the values of an incident
// that is there already, as a press with --set does: no place may keep the old
// one.
func TestAHostGivenLaterIsTheOnlyHost(t *testing.T) {
	p := open(t, "flashduty")
	for name, values := range map[string]schema.Values{
		"a new incident": {}, "a manual one": {"origin": "manual"}, "one without alerts": {"alerts": []any{}},
		"one whose alert has no labels": {"alerts": []any{map[string]any{"labels": nil}}},
	} {
		incident := p.Only(schema.ScopeIncident, compose(t, p, values).Values())
		incident["host"] = "drill-09"
		push := compose(t, p, incident)
		if got := push.Value("host"); got != "drill-09" || bytes.Contains(push.Body, []byte("web-01")) {
			t.Errorf("%s: host = %v, and the body is %s", name, got, push.Body)
		}
	}
}

func TestFlashdutyIsConsistentAsDocumented(t *testing.T) {
	push := compose(t, open(t, "flashduty"), schema.Values{"alerts": []any{
		map[string]any{}, map[string]any{"created_at": 1795255000},
	}}, schema.At(noon))
	find := func(pointer string) string { return fmt.Sprint(at(t, push.Body, pointer)) }

	id := find("/incident/incident_id")
	for pointer, want := range map[string]string{
		"/event_time":                    "1795262400123",
		"/incident/created_at":           fmt.Sprint(noon.Add(-5 * time.Minute).Unix()),
		"/incident/num":                  strings.ToUpper(id[18:]),
		"/incident/alert_cnt":            "2",
		"/incident/alerts/1/created_at":  "1795255000",
		"/incident/detail_url":           "https://console.example.com/incident/detail/" + id,
		"/incident/dedup_key":            find("/incident/alerts/0/alert_key"),
		"/incident/creator":              absent,
		"/incident/closer":               absent,
		"/incident/alerts/0/labels/host": find("/incident/labels/host"),
	} {
		if got := find(pointer); got != want {
			t.Errorf("%s = %s, want %s", pointer, got, want)
		}
	}
	for _, object := range [][2]string{{"incident_id", ""}, {"alert_id", "/alerts/0"}, {"alert_id", "/alerts/1"}} {
		id := find("/incident" + object[1] + "/" + object[0])
		created := at(t, push.Body, "/incident"+object[1]+"/created_at").(json.Number)
		seconds, _ := created.Int64()
		if want := fmt.Sprintf("%08x", seconds); !strings.HasPrefix(id, want) || !regexp.MustCompile(`^[0-9a-f]{24}$`).MatchString(id) {
			t.Errorf("%s%s = %s, want 24 hex digits that begin with created_at, %s", object[1], object[0], id, want)
		}
	}
	if id := find("/event_id"); !regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(id) {
		t.Errorf("event_id = %s, want 32 lower hex digits", id)
	}
	if a, b := find("/incident/alerts/0/alert_id"), find("/incident/alerts/1/alert_id"); a == b {
		t.Errorf("two alerts have the id %s", a)
	}

	given := compose(t, open(t, "flashduty"), schema.Values{"incident": "65000000aaaaaaaaaaabcdef"}, schema.At(noon))
	if got := fmt.Sprint(at(t, given.Body, "/incident/created_at")); got != fmt.Sprint(0x65000000) {
		t.Errorf("created_at = %s, want what the given incident id says, %d", got, 0x65000000)
	}
	if got := given.Value("number"); got != "ABCDEF" {
		t.Errorf("num = %v, want ABCDEF", got)
	}

	odd := compose(t, open(t, "flashduty"), schema.Values{"incident": "Störung-üé"}, schema.At(noon))
	if got := odd.Value("number"); got != "UNG-ÜÉ" {
		t.Errorf("num = %v, want UNG-ÜÉ, the last six letters of an id of another form", got)
	}

	manual := compose(t, open(t, "flashduty"), schema.Values{"origin": "manual"}, schema.At(noon))
	for pointer, want := range map[string]string{
		"/incident/labels": absent, "/incident/alerts": absent, "/incident/alert_cnt": "0", "/incident/group_method": "n",
		"/incident/creator/person_name": "Sam Example",
	} {
		if got := fmt.Sprint(at(t, manual.Body, pointer)); got != want {
			t.Errorf("manual: %s = %s, want %s", pointer, got, want)
		}
	}
}

func TestPagerDutyIsConsistentAsDocumented(t *testing.T) {
	p := open(t, "pagerduty")
	push := compose(t, p, schema.Values{
		"number": 42, "title": "Disk/full", "action": "Roll back", "presser": "Kim Example", "api_url": "http://127.0.0.1:7000",
	}, schema.At(noon))
	find := func(pointer string) string { return fmt.Sprint(at(t, push.Body, "/messages/0"+pointer)) }

	id, incident := find("/id"), find("/incident/id")
	for pointer, want := range map[string]string{
		"/../messages/1":                         absent,
		"/event":                                 "incident.custom",
		"/log_entries/1":                         absent,
		"/log_entries/0/type":                    "custom_log_entry",
		"/log_entries/0/summary":                 "Custom action 'Roll back' triggered by Kim Example",
		"/log_entries/0/agent/summary":           "Kim Example",
		"/log_entries/0/created_at":              find("/created_on"),
		"/log_entries/0/channel/name":            "Roll back",
		"/log_entries/0/incident/id":             incident,
		"/log_entries/0/incident/summary":        "[#42] Disk/full",
		"/incident/summary":                      "[#42] Disk/full",
		"/incident/description":                  "Disk/full",
		"/incident/self":                         "http://127.0.0.1:7000/incidents/" + incident,
		"/incident/html_url":                     "https://acme.example.com/incidents/" + incident,
		"/incident/first_trigger_log_entry/self": "http://127.0.0.1:7000/log_entries/" + find("/incident/first_trigger_log_entry/id"),
		"/log_entries/0/self":                    "http://127.0.0.1:7000/log_entries/" + find("/log_entries/0/id"),
		"/webhook/self":                          "http://127.0.0.1:7000/webhooks/" + find("/webhook/id"),
		"/webhook/summary":                       "Roll back",
		"/created_on":                            "2026-11-21T12:00:00Z",
	} {
		if strings.HasPrefix(pointer, "/../") {
			if got := fmt.Sprint(at(t, push.Body, pointer[3:])); got != want {
				t.Errorf("%s = %s, want %s", pointer[3:], got, want)
			}
			continue
		}
		if got := find(pointer); got != want {
			t.Errorf("%s = %s, want %s", pointer, got, want)
		}
	}
	if got := push.Header.Get("X-Webhook-Id"); got != id {
		t.Errorf("X-Webhook-Id = %s, want the message's id %s", got, id)
	}
	if !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-1[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(id) {
		t.Errorf("message id = %s, want a UUID of version 1", id)
	}
	if bytes.Contains(push.Body, []byte(`\/`)) || !bytes.Contains(push.Body, []byte("Disk/full")) || bytes.Contains(push.Body, []byte("\n")) {
		t.Errorf("the body is not compact or escapes /: %s", push.Body)
	}
	for _, link := range regexp.MustCompile(`"self":"([^"]*)"`).FindAllSubmatch(push.Body, -1) {
		if !bytes.HasPrefix(link[1], []byte("http://127.0.0.1:7000/")) {
			t.Errorf("self link %s does not lead to api_url", link[1])
		}
	}
	next := compose(t, p, schema.Values{"number": 43, "action": "Restart host"}, schema.At(noon))
	if a, b := find("/webhook/id"), fmt.Sprint(at(t, next.Body, "/messages/0/webhook/id")); a == b {
		t.Errorf("two actions share the webhook id %s", a)
	}
}

func TestComposeWritesPointersLast(t *testing.T) {
	p := open(t, "flashduty")
	big := json.Number("9223372036854775807")
	push := compose(t, p, schema.Values{
		"title":                           "from the name",
		"/incident/title":                 "from the pointer",
		"/incident/labels/new~1label":     "added",
		"/incident/labels/cluster":        nil,
		"/incident/fields":                map[string]any{"z": true, "a": []any{json.Number("1"), nil}},
		"/incident/account_id":            big,
		"/incident/description":           nil,
		"/person":                         nil,
		"/incident/alerts/0/title":        "the alert's own",
		"/incident/responders":            []any{map[string]any{"person_name": "A", "email": nil}, map[string]any{"person_name": "B"}},
		"/incident/assigned_to/layer_idx": 3,
		"/incident/event_id":              "where the published example has it",
	})
	for pointer, want := range map[string]any{
		"/incident/title":                    "from the pointer",
		"/incident/fields/z":                 true,
		"/incident/account_id":               big,
		"/incident/description":              absent,
		"/incident/labels/cluster":           absent,
		"/person":                            absent,
		"/incident/alerts/0/title":           "the alert's own",
		"/incident/responders/1/person_name": "B",
		"/incident/responders/0/email":       absent,
		"/incident/responders/1/email":       "member-70000000000501@example.com",
		"/incident/assigned_to/layer_idx":    json.Number("3"),
		"/incident/event_id":                 "where the published example has it",
	} {
		if got := at(t, push.Body, pointer); got != want {
			t.Errorf("%s = %v, want %v", pointer, got, want)
		}
	}
	if !bytes.Contains(push.Body, []byte(`"new/label":"added"`)) || !bytes.Contains(push.Body, []byte(`"fields":{"a":[1,null],"z":true}`)) {
		t.Errorf("a free name or object is missing: %s", push.Body)
	}

	without := compose(t, p, schema.Values{"event_id": nil, "labels": nil, "host": "drill-02"})
	if got := at(t, without.Body, "/event_id"); got != absent {
		t.Errorf("event_id = %v, want it removed", got)
	}
	if got, ok := at(t, without.Body, "/incident/labels").(map[string]any); !ok || len(got) != 1 || got["host"] != "drill-02" {
		t.Errorf("labels = %v, want the host alone", got)
	}
	if h := compose(t, open(t, "pagerduty"), schema.Values{"event_id": nil}).Header; h.Get("X-Webhook-Id") != "" {
		t.Errorf("X-Webhook-Id = %q although the event id is removed", h.Get("X-Webhook-Id"))
	}
}

func TestComposeTakesWhatOnlyTheSchemaDocuments(t *testing.T) {
	p := open(t, "pagerduty")
	push := compose(t, p, schema.Values{
		"/messages/0/incident/priority":            map[string]any{"id": "PEXPRI1", "type": "priority"},
		"/messages/0/webhook/description":          "what the button does",
		"/messages/0/webhook/config/any":           true,
		"/messages/0/log_entries/0/note":           "a member that the prototype lacks",
		"/messages/0/log_entries/0/html_url":       "https://acme.example.com/log_entries/1",
		"/messages/0/incident/teams":               []any{map[string]any{"id": "PEXTEA1", "type": "team_reference"}},
		"/messages/0/incident/acknowledgements":    []any{map[string]any{"at": "2026-01-01T00:00:00Z"}, map[string]any{}},
		"/messages/0/incident/service/description": "the shop",
	})
	for pointer, want := range map[string]any{
		"/messages/0/incident/priority/id":                               "PEXPRI1",
		"/messages/0/webhook/config/any":                                 true,
		"/messages/0/log_entries/0/note":                                 "a member that the prototype lacks",
		"/messages/0/incident/teams/0/type":                              "team_reference",
		"/messages/0/incident/acknowledgements/1/acknowledger/summary":   "Sam Example",
		"/messages/0/incident/acknowledgements/0/at":                     "2026-01-01T00:00:00Z",
		"/messages/0/incident/service/description":                       "the shop",
		"/messages/0/log_entries/0/html_url":                             "https://acme.example.com/log_entries/1",
		"/messages/0/incident/first_trigger_log_entry/type":              "trigger_log_entry_reference",
		"/messages/0/incident/acknowledgements/1/acknowledger/self/none": absent,
	} {
		if got := at(t, push.Body, pointer); got != want {
			t.Errorf("%s = %v, want %v", pointer, got, want)
		}
	}
	if vs := schema.Errors(p.Validate(push.Body, schema.Lenient)); len(vs) > 0 {
		t.Errorf("Validate() = %v", vs)
	}
	if _, err := p.Compose(schema.Values{"/messages/0/incident/priority": "P1"}); err == nil || !strings.Contains(err.Error(), "null or object, not") && !strings.Contains(err.Error(), "object or null, not") {
		t.Errorf("Compose() of a priority that is a string = %v", err)
	}
}

func TestComposeRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		ref    string
		values schema.Values
		want   []string
	}{
		"a name with a typo":                         {"flashduty", schema.Values{"titel": "x"}, []string{`"titel"`, `did you mean "title"?`, "JSON pointers"}},
		"a name that the platform has no place for":  {"flashduty", schema.Values{"endpoint": "x"}, []string{`"endpoint"`, "no place", "event_id"}},
		"a pointer with a typo":                      {"flashduty", schema.Values{"/incident/titel": "x"}, []string{"/incident/titel", "leads nowhere", `did you mean "title"?`}},
		"a pointer below a string":                   {"flashduty", schema.Values{"/incident/title/x": "x"}, []string{"/incident/title is a string"}},
		"an element that is not there":               {"flashduty", schema.Values{"/incident/alerts/3/title": "x"}, []string{"/incident/alerts has 1 elements", "whole list"}},
		"removing what nobody knows":                 {"flashduty", schema.Values{"/incident/nope": nil}, []string{"/incident/nope", "nothing to remove"}},
		"a broken pointer":                           {"flashduty", schema.Values{"/a~2": "x"}, []string{"~0"}},
		"a number for a string":                      {"flashduty", schema.Values{"/incident/title": 7}, []string{"holds string, not 7"}},
		"a fraction for an integer":                  {"flashduty", schema.Values{"/incident/account_id": 1.5}, []string{"holds integer, not 1.5"}},
		"a string for a list":                        {"flashduty", schema.Values{"alerts": "x"}, []string{"alerts", `"x"`, "an array would do"}},
		"a list of strings for a list of objects":    {"flashduty", schema.Values{"alerts": []any{"x"}}, []string{"element 0", `holds object, not "x"`}},
		"a typo in an element":                       {"flashduty", schema.Values{"alerts": []any{map[string]any{"titel": "x"}}}, []string{"titel", "leads nowhere"}},
		"a label that is no string":                  {"flashduty", schema.Values{"labels": map[string]any{"host": 7}}, []string{"labels: host: holds string, not 7"}},
		"a typo in an object":                        {"flashduty", schema.Values{"/incident/creator": map[string]any{"person_nmae": "x"}}, []string{"person_nmae: leads nowhere", `did you mean "person_name"?`}},
		"a typo in the second element":               {"flashduty", schema.Values{"alerts": []any{map[string]any{}, map[string]any{"titel": "x"}}}, []string{"alerts: element 1: titel: leads nowhere", `did you mean "title"?`}},
		"a status that nobody has":                   {"flashduty", schema.Values{"status": "open"}, []string{"status: open", "acknowledged, resolved, triggered would do"}},
		"an id of letters where integers stand":      {"flashduty", schema.Values{"presser_id": "kim"}, []string{"presser_id", "an integer like"}},
		"a time of another form":                     {"flashduty", schema.Values{"created_at": json.Number("1")}, []string{"created_at: 1", "2026-05-27T08:00:00Z"}},
		"an origin that is none":                     {"flashduty", schema.Values{"origin": "hand"}, []string{`"manual" or "automatic" would do`}},
		"a string that is not UTF-8":                 {"flashduty", schema.Values{"title": "a\xff"}, []string{"title", "not UTF-8"}},
		"a Go value without a JSON form":             {"flashduty", schema.Values{"title": struct{}{}}, []string{"struct {}", "no JSON form"}},
		"a number that is none":                      {"pagerduty", schema.Values{"number": json.Number("1 2")}, []string{"not a JSON number"}},
		"a base of links that is an incident's link": {"pagerduty", schema.Values{"api_url": "http://x/incidents/1"}, []string{"api_url", "a URL without"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := open(t, tc.ref).Compose(tc.values)
			if err == nil {
				t.Fatal("Compose() = nil error")
			}
			for _, want := range append(tc.want, "profile "+tc.ref+"@") {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("Compose() error = %q\nwithout %q", err, want)
				}
			}
		})
	}
}

func TestReadTakesTheEventIDWhereThePublishedExampleHasIt(t *testing.T) {
	p := open(t, "flashduty")
	body := compose(t, p, schema.Values{"event_id": nil, "/incident/event_id": "ev-7"}).Body
	values, violations := p.Read(nil, body)
	if values["event_id"] != "ev-7" {
		t.Errorf("event_id = %v, want ev-7", values["event_id"])
	}
	if len(violations) != 1 || violations[0].Rule != "misplaced" || violations[0].Pointer != "/incident/event_id" || violations[0].Severity != schema.SeverityWarning {
		t.Errorf("violations = %v, want one warning misplaced", violations)
	}
}

func TestReadComparesHeaderAndBody(t *testing.T) {
	p := open(t, "pagerduty")
	push := compose(t, p, schema.Values{"event_id": "in-the-body"})
	h := http.Header{"X-Webhook-Id": {"in-the-header"}}
	values, violations := p.Read(h, push.Body)
	if values["event_id"] != "in-the-body" || len(violations) != 1 || violations[0].Rule != "header_differs" {
		t.Errorf("Read() = %v, %v; want the body's id and one header_differs", values["event_id"], violations)
	}
	values, _ = p.Read(h, []byte(`{"messages":[{}]}`))
	if values["event_id"] != "in-the-header" {
		t.Errorf("event_id = %v, want the header's where the body has none", values["event_id"])
	}
	values, violations = p.Read(h, []byte("{"))
	if values["event_id"] != "in-the-header" || len(violations) == 0 {
		t.Errorf("Read() of broken JSON = %v, %v; want the header's id and what is wrong", values, violations)
	}
}

func TestReadSurvivesOddBodies(t *testing.T) {
	for _, body := range []string{
		"", "null", "[]", "7", `"x"`, "{", `{"event_id":{},"incident":[]}`, `{"event_id":null,"incident":{"labels":7,"alerts":{},"created_at":1e99}}`,
		`{"messages":{}}`, `{"messages":[7]}`, `{"messages":[{"incident":{"self":7,"urgency":[]},"created_on":"yesterday"}]}`,
		`{"incident":{"created_at":"","title":true,"progress":"New"}}`,
	} {
		for _, ref := range schema.List() {
			values, _ := open(t, ref.String()).Read(nil, []byte(body))
			for name, v := range values {
				switch v.(type) {
				case map[string]any, []any:
					t.Errorf("%s: Read(%s)[%q] = %v: a container where a scalar is documented", ref, body, name, v)
				}
			}
		}
	}
}

// TestNoPushRemembersAnother changes in place what an earlier push was made of, and
// what it gave.
func TestNoPushRemembersAnother(t *testing.T) {
	for _, ref := range schema.List() {
		t.Run(ref.String(), func(t *testing.T) {
			p := open(t, ref.String())
			values := p.Only(schema.ScopeIncident, compose(t, p, schema.Values{"title": "one"}).Values())
			for range 2 { // what is given twice is known
				scribble(compose(t, p, values).Values())
			}
			scribble(values)
			if diff := cmp.Diff(values, p.Only(schema.ScopeIncident, compose(t, p, values).Values())); diff != "" {
				t.Errorf("what was pressed mismatches what was given (-want +got):\n%s", diff)
			}
		})
	}
}

// TestAPressIsTheSameWhateverCameBefore composes each press after each other one, which
// may share much with it, and after one that shares nothing.
func TestAPressIsTheSameWhateverCameBefore(t *testing.T) {
	for _, ref := range schema.List() {
		t.Run(ref.String(), func(t *testing.T) {
			p := open(t, ref.String())
			press := func(v schema.Values) written { return writtenBy(compose(t, p, v, schema.Seed(1), schema.At(noon))) }
			incident := p.Only(schema.ScopeIncident, press(nil).Values)
			with := func(name string, value any) schema.Values {
				v := maps.Clone(incident)
				v[name] = value
				return v
			}
			presses := []schema.Values{
				nil, incident,
				with("presser", "Bo"), with("presser", nil), with("presser_id", "777"), with("event_id", "e-1"),
				with("event_time", "2026-05-28T00:00:00Z"), with("title", "other"), with("title", nil),
				with("description", "mine"), with("status", "acknowledged"), with("status", "resolved"),
				with("incident", "other"), with("created_at", "2026-05-26T00:00:00Z"),
				with("number", 7), with("number", nil), with("alerts", []map[string]any{{"alert_key": "mine"}}),
				{"number": 7}, {"alerts": []any{}}, {"status": "acknowledged"}, {"presser": "Bo"},
			}
			unlike := schema.Values{"title": "unlike", "status": "triggered", "host": "unlike", "created_at": "2001-01-01T00:00:00Z"}
			alone := make([]written, len(presses))
			for i, v := range presses {
				press(unlike)
				alone[i] = press(v)
			}
			for i, before := range presses {
				for j, v := range presses {
					press(before)
					if got := press(v); !reflect.DeepEqual(alone[j], got) { // cmp takes a hundred times as long
						t.Fatalf("press %d after press %d mismatches the same after an unlike one (-want +got):\n%s", j, i, cmp.Diff(alone[j], got))
					}
				}
			}
		})
	}
}

// scribble changes texts in lists and objects, in place.
func scribble(v any) {
	switch v := v.(type) {
	case schema.Values:
		for _, below := range v {
			scribble(below)
		}
		v["title"] = "scribbled over"
	case []any:
		for _, below := range v {
			scribble(below)
		}
	case map[string]any:
		for name, below := range v {
			if _, isText := below.(string); isText && name != "host" && !strings.Contains(name, "_") { // no id, and no name of its own
				v[name] = "scribbled"
			}
			scribble(below)
		}
	}
}

// BenchmarkCompose composes a new push, and one more about an incident that an
// earlier push has made, as a story does at each step.
func BenchmarkCompose(b *testing.B) {
	for _, ref := range []string{"flashduty", "pagerduty"} {
		p := open(b, ref)
		first, err := p.Compose(schema.Values{"host": "drill-01"}, schema.Seed(1), schema.At(noon))
		if err != nil {
			b.Fatal(err)
		}
		for name, values := range map[string]schema.Values{
			"new":      {"host": "drill-01"},
			"one more": p.Only(schema.ScopeIncident, first.Values()),
		} {
			b.Run(ref+"/"+name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, err := p.Compose(values, schema.Seed(1), schema.At(noon)); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
