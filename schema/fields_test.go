package schema_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/hookdrill/hookdrill/schema"
)

// tables are the members that the platforms' documents name, by the object that
// holds them; required ones are marked "!". A schema that loses one fails.
var tables = map[string]map[string]string{
	"flashduty@2024-11-20": flashdutyTables("progress!"),
	"flashduty@2026-05-27": flashdutyTables("progress"),
	"pagerduty@2020-10-09": pagerdutyTables,
	"pagerduty@2026-08-19": pagerdutyTables,
}

func flashdutyTables(progress string) map[string]string {
	return map[string]string{
		"":        "event_time! event_type! event_id! person incident!",
		"/person": "person_id! person_name! email!",
		"/incident": `incident_id! title! description impact root_cause resolution incident_severity! incident_status!
			progress! created_at! updated_at! start_time! last_time end_time ack_time close_time snoozed_before labels fields
			creator closer responders alerts alert_cnt channel_id channel_name detail_url! group_method
			account_id account_name assigned_to data_source_id dedup_key equals_md5 event_id num`,
		"/incident/creator":      "person_id! person_name! email!",
		"/incident/closer":       "person_id! person_name! email!",
		"/incident/responders/0": "person_id! person_name! email! assigned_at acknowledged_at",
		"/incident/assigned_to":  "assigned_at escalate_rule_id escalate_rule_name id layer_idx type",
		"/incident/alerts/0": `alert_id! data_source_id! title! description alert_key! alert_severity! alert_status! ` + progress + `
			created_at! updated_at! start_time! last_time! end_time close_time labels
			account_id event_cnt responder_email responder_id responder_name title_rule`,
	}
}

const reference = "id! type! summary self html_url"

var pagerdutyTables = map[string]string{
	"":                             "messages!",
	"/messages/0":                  "event! log_entries! webhook! incident! id! created_on! account_features account_id",
	"/messages/0/account_features": "response_automation",
	"/messages/0/log_entries/0": `id! type! summary! self! html_url! created_at! agent! channel! service! incident! teams! contexts!
		event_details acknowledgement_timeout assignees note`,
	"/messages/0/log_entries/0/agent":         reference,
	"/messages/0/log_entries/0/service":       reference,
	"/messages/0/log_entries/0/incident":      reference,
	"/messages/0/log_entries/0/teams/0":       reference,
	"/messages/0/log_entries/0/assignees/0":   reference,
	"/messages/0/log_entries/0/contexts/0":    "type! href src text",
	"/messages/0/log_entries/0/event_details": "description",
	"/messages/0/log_entries/0/channel": `type! name addon_id accounts_addon_id summary subject details details_omitted
		body body_omitted content cef_details`,
	"/messages/0/webhook": `endpoint_url! name! description! webhook_object! config! outbound_integration! accounts_addon! id! type!
		summary! self! html_url!`,
	"/messages/0/webhook/webhook_object":       reference,
	"/messages/0/webhook/outbound_integration": reference,
	"/messages/0/incident": `incident_number! title! description! created_at! status! incident_key! service! assignments!
		last_status_change_at! first_trigger_log_entry! alert_counts! is_mergeable! escalation_policy! teams! impacted_services!
		pending_actions! acknowledgements! basic_alert_grouping! alert_grouping! last_status_change_by! metadata!
		external_references! incidents_responders! responder_requests! subscriber_requests! urgency! id! type! summary! self!
		html_url! alerts! priority resolve_reason assigned_via`,
	"/messages/0/incident/assignments/0":                   "at! assignee!",
	"/messages/0/incident/assignments/0/assignee":          reference,
	"/messages/0/incident/first_trigger_log_entry":         reference,
	"/messages/0/incident/alert_counts":                    "all! triggered! resolved!",
	"/messages/0/incident/escalation_policy":               reference,
	"/messages/0/incident/teams/0":                         reference,
	"/messages/0/incident/impacted_services/0":             reference,
	"/messages/0/incident/pending_actions/0":               "type! at! to",
	"/messages/0/incident/acknowledgements/0":              "at! acknowledger!",
	"/messages/0/incident/acknowledgements/0/acknowledger": reference,
	"/messages/0/incident/last_status_change_by":           reference,
	"/messages/0/incident/external_references/0":           `id! type! summary self html_url external_id external_url sync webhook`,
	"/messages/0/incident/external_references/0/webhook":   reference,
	"/messages/0/incident/alerts/0":                        "alert_key!",
	"/messages/0/incident/priority": `id! type! summary self html_url account_id color created_at description name order
		schema_version updated_at`,
	"/messages/0/incident/service": `id! name! description! created_at! status! teams! alert_creation! addons! scheduled_actions!
		support_hours! last_incident_timestamp! escalation_policy! incident_urgency_rule! acknowledgement_timeout!
		auto_resolve_timeout! integrations! metadata! type! summary! self! html_url!
		alert_grouping alert_grouping_timeout response_play updated_at`,
	"/messages/0/incident/service/teams/0":               reference,
	"/messages/0/incident/service/escalation_policy":     reference,
	"/messages/0/incident/service/integrations/0":        reference,
	"/messages/0/incident/service/incident_urgency_rule": "type! urgency",
}

func TestSchemasHoldEveryDocumentedField(t *testing.T) {
	for ref, table := range tables {
		t.Run(ref, func(t *testing.T) {
			platform, date, _ := strings.Cut(ref, "@")
			got := map[string][]string{}
			for _, f := range readDocumented(t, schema.Ref{Platform: platform, Date: date}).fields() {
				name := f.name
				if f.required {
					name += "!"
				}
				parent := strings.TrimSuffix(f.pointer, "/"+f.name)
				got[parent] = append(got[parent], name)
			}
			want := map[string][]string{}
			for parent, names := range table {
				want[parent] = strings.Fields(names)
			}
			sorted := cmpopts.SortSlices(strings.Compare)
			if diff := cmp.Diff(want, got, sorted); diff != "" {
				t.Errorf("fields mismatch (-want +got):\n%s", diff)
			}
		})
	}
}

// finding is a violation without its words.
type finding struct{ Rule, Pointer string }

func findings(vs []schema.Violation) []finding {
	var list []finding
	for _, v := range vs {
		list = append(list, finding{v.Rule, v.Pointer})
	}
	return list
}

// strengths are both, by name.
var strengths = map[string]schema.Strength{"lenient": schema.Lenient, "strict": schema.Strict}

// TestEveryFieldBrokenGivesOneViolation breaks each documented member of every
// profile of the catalog in each way, alone.
func TestEveryFieldBrokenGivesOneViolation(t *testing.T) {
	for _, ref := range schema.List() {
		d := readDocumented(t, ref)
		p := open(t, ref.String())
		body := d.full(t)
		for strength, s := range strengths {
			t.Run(ref.String()+" "+strength, func(t *testing.T) {
				if vs := p.Validate(body, s); len(vs) > 0 {
					t.Fatalf("the body with every member is not clean: %v", vs)
				}
				for _, f := range d.fields() {
					breakField(t, p, s, body, f)
				}
			})
		}
	}
}

func breakField(t *testing.T, p *schema.Profile, s schema.Strength, body []byte, f field) {
	t.Helper()
	expect := func(what string, body []byte, want ...finding) {
		t.Helper()
		vs := p.Validate(body, s)
		if diff := cmp.Diff(want, findings(vs)); diff != "" {
			t.Errorf("%s %s: mismatch (-want +got):\n%s%v", f.pointer, what, diff, vs)
		}
		for _, v := range vs {
			if v.Found == "" || v.Documented == "" || v.Source == "" || v.Severity == "" {
				t.Errorf("%s %s: a violation with blanks: %+v", f.pointer, what, v)
			}
		}
	}
	set := func(v any) []byte {
		return edit(t, body, f.pointer, func(object map[string]any, name string) { object[name] = v })
	}

	if _, ok := f.schema["x-belongs"]; ok {
		expect("in the wrong place", set("drill"), finding{"misplaced", f.pointer})
		return
	}
	removed := edit(t, body, f.pointer, func(object map[string]any, name string) { delete(object, name) })
	switch {
	case isRecognizedBy(p, f.pointer) && !f.required:
		t.Errorf("%s: is what a push is recognized by and not required", f.pointer)
	case string(removed) == "{}": // nothing is left by which it could be recognized
		expect("removed", removed, finding{"platform", ""})
	case f.required:
		expect("removed", removed, finding{"required", f.pointer})
	default:
		expect("removed", removed)
	}
	expect("of a wrong type", set(wrongType(t, f.schema)), finding{"type", f.pointer})
	if _, ok := f.schema["enum"]; ok {
		rule := "enum"
		if f.pointer == eventPointer(t, p) {
			rule = "event"
		}
		expect("with no documented word", set("no such word"), finding{rule, f.pointer})
	}
	switch f.schema["x-unit"] {
	case "s":
		expect("in milliseconds", set(json.Number("1750000000123")), finding{"time_unit", f.pointer})
		expect("as an integer with a point", set(json.Number("1.75e9")))
	case "ms":
		expect("in seconds", set(json.Number("1750000000")), finding{"time_unit", f.pointer})
	}
	if slices.Contains(typesOf(f.schema), "integer") {
		expect("with a fraction", set(json.Number("1.5")), finding{"type", f.pointer})
	}
	if f.schema["format"] == "int64" {
		expect("beyond int64", set(json.Number("9223372036854775808")), finding{"range", f.pointer})
	}
	if _, ok := f.schema["pattern"]; ok {
		expect("of another shape", set("?"), finding{"pattern", f.pointer})
	}
	if properties, ok := f.schema["properties"]; ok && f.schema["additionalProperties"] == nil {
		unknown := func(object map[string]any, name string) {
			object = object[name].(map[string]any)
			object["no_such_member"] = 1
		}
		want := []finding{{"additional", f.pointer + "/no_such_member"}}
		if s == schema.Lenient {
			want = nil
		}
		_ = properties
		expect("with an unknown member", edit(t, body, f.pointer, unknown), want...)
	}
}

// wrongType is a value of a type that a schema does not allow.
func wrongType(t *testing.T, s map[string]any) any {
	t.Helper()
	kinds := typesOf(s)
	for _, name := range slices.Sorted(maps.Keys(wrongTypes)) {
		if !slices.Contains(kinds, name) && !(name == "number" && slices.Contains(kinds, "integer")) {
			return wrongTypes[name]
		}
	}
	t.Fatalf("a member without a type: %v", s)
	return nil
}

var wrongTypes = map[string]any{
	"array": []any{}, "boolean": true, "null": nil, "number": 7, "object": map[string]any{}, "string": "drill",
}

// eventPointer is where a profile says which event a push is of.
func eventPointer(t *testing.T, p *schema.Profile) string {
	t.Helper()
	var event struct{ Pointer string }
	factInto(t, p, "event", &event)
	return event.Pointer
}

func isRecognizedBy(p *schema.Profile, pointer string) bool {
	f, _ := p.Fact("recognize")
	var pointers []string
	if err := json.Unmarshal(f.Value, &pointers); err != nil {
		return false
	}
	return slices.Contains(pointers, pointer)
}

func factInto(t *testing.T, p *schema.Profile, name string, v any) {
	t.Helper()
	f, ok := p.Fact(name)
	if !ok {
		t.Fatalf("%s has no fact %s", p.Ref(), name)
	}
	if err := json.Unmarshal(f.Value, v); err != nil {
		t.Fatal(err)
	}
}
