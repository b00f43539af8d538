package schema_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hookdrill/hookdrill/schema"
)

// variant is a push with one thing as a platform may have it.
type variant struct {
	ref, pointer string
	value        any // nil removes the member; null is json.RawMessage
	want         []finding
}

var null = json.RawMessage("null")

// TestWhatWasSeenPasses holds the lenient reading to what captures have and
// documents disagree on: no error, and a warning only where one is due.
func TestWhatWasSeenPasses(t *testing.T) {
	const m, incident = "/messages/0", "/messages/0/incident"
	priority := map[string]any{"id": "PDRILL7", "type": "priority", "name": "P9", "html_url": nil, "order": 1, "schema_version": 0}
	for name, tc := range map[string]variant{
		"an id of seven":                    {ref: "pagerduty", pointer: incident + "/id", value: "PDRILL7"},
		"an id of twenty-six":               {ref: "pagerduty", pointer: incident + "/id", value: "RDRILLDRILLDRILLDRILLDRILL"},
		"a time with an offset":             {ref: "pagerduty", pointer: incident + "/created_at", value: "2026-11-21T04:55:00-07:00"},
		"a priority that is null":           {ref: "pagerduty", pointer: incident + "/priority", value: null},
		"a priority that is an object":      {ref: "pagerduty", pointer: incident + "/priority", value: priority},
		"no priority":                       {ref: "pagerduty", pointer: incident + "/priority"},
		"a log entry with a link":           {ref: "pagerduty", pointer: m + "/log_entries/0/html_url", value: "https://acme.test/1"},
		"a log entry without details":       {ref: "pagerduty", pointer: m + "/log_entries/0/event_details"},
		"a channel with an add-on":          {ref: "pagerduty", pointer: m + "/log_entries/0/channel/addon_id", value: "PADDON1"},
		"no account, as before 2020":        {ref: "pagerduty", pointer: m + "/account_id"},
		"a null that no document has":       {ref: "pagerduty", pointer: incident + "/importance", value: null},
		"resolve_reason null":               {ref: "pagerduty", pointer: incident + "/resolve_reason", value: null},
		"resolve_reason of the V2 page":     {ref: "pagerduty", pointer: incident + "/resolve_reason", value: "merged"},
		"resolve_reason of the REST API":    {ref: "pagerduty", pointer: incident + "/resolve_reason", value: map[string]any{"type": "merge_resolve_reason"}},
		"resolve_reason of nobody":          {"pagerduty", incident + "/resolve_reason", "tired", []finding{{"pattern", incident + "/resolve_reason"}}},
		"an alert without progress":         {ref: "flashduty", pointer: "/incident/alerts/0/progress"},
		"an alert without close_time":       {ref: "flashduty", pointer: "/incident/alerts/0/close_time"},
		"an alert without its old source":   {"flashduty", "/incident/alerts/0/data_source_id", nil, []finding{{"required", "/incident/alerts/0/data_source_id"}}},
		"a person without an id":            {"flashduty", "/person/person_id", nil, []finding{{"required", "/person/person_id"}}},
		"no person":                         {ref: "flashduty", pointer: "/person"},
		"an optional word that is empty":    {ref: "flashduty", pointer: "/incident/group_method", value: ""},
		"an optional time that is 0":        {ref: "flashduty", pointer: "/incident/ack_time", value: 0},
		"a severity of the OpenAPI":         {ref: "flashduty", pointer: "/incident/incident_severity", value: "Ok"},
		"a null of the fields added later":  {ref: "flashduty", pointer: "/incident/images", value: null},
		"a field that is null":              {ref: "flashduty", pointer: "/incident/fields", value: map[string]any{"ticket": nil}},
		"a creator of an incident of rules": {ref: "flashduty", pointer: "/incident/creator", value: map[string]any{"person_id": 1, "person_name": "A", "email": ""}},
	} {
		t.Run(name, func(t *testing.T) {
			p := open(t, tc.ref)
			body := edit(t, compose(t, p, nil, schema.Seed(71), schema.At(noon)).Body, tc.pointer, func(object map[string]any, name string) {
				if object[name] = tc.value; tc.value == nil {
					delete(object, name)
				}
			})
			vs := p.Validate(body, schema.Lenient)
			if diff := cmp.Diff(tc.want, findings(vs)); diff != "" {
				t.Errorf("Validate() mismatch (-want +got):\n%s", diff)
			}
			for _, v := range vs {
				if v.Severity != schema.SeverityWarning {
					t.Errorf("Validate() = %v, want no more than a warning", v)
				}
			}
		})
	}
}

// TestWhoChangedTheStatus: an acknowledged incident was last changed by who
// acknowledged it, a resolved one after it was created.
func TestWhoChangedTheStatus(t *testing.T) {
	const at0 = "/messages/0/incident/"
	for _, ref := range []string{"pagerduty@2020-10-09", "pagerduty@2026-08-19"} {
		for status, want := range map[string]struct{ changed, by, service string }{
			"triggered":    {"2026-11-21T11:55:00Z", "service_reference", "critical"},
			"acknowledged": {"2026-11-21T11:57:00Z", "user_reference", "warning"},
			"resolved":     {"2026-11-21T11:59:00Z", "service_reference", "active"},
		} {
			body := compose(t, open(t, ref), schema.Values{"status": status, "channel": "search"}, schema.Seed(71), schema.At(noon)).Body
			got := []any{at(t, body, at0+"last_status_change_at"), at(t, body, at0+"last_status_change_by/type"), at(t, body, at0+"service/status")}
			if diff := cmp.Diff([]any{want.changed, want.by, want.service}, got); diff != "" {
				t.Errorf("%s %s: mismatch (-want +got):\n%s", ref, status, diff)
			}
		}
	}
}

// TestAPersonHasAnAddressOfItsOwn: whom a press names has not another's.
func TestAPersonHasAnAddressOfItsOwn(t *testing.T) {
	p := open(t, "flashduty")
	body := compose(t, p, schema.Values{"presser": "Kim Example"}).Body
	if one, other := at(t, body, "/person/email"), at(t, body, "/incident/responders/0/email"); one == other {
		t.Errorf("two people have the address %v", one)
	}
	body = compose(t, p, schema.Values{"presser": "Kim Example", "presser_email": "kim@example.com"}).Body
	if got := at(t, body, "/person/email"); got != "kim@example.com" {
		t.Errorf("the address that was given became %v", got)
	}
}
