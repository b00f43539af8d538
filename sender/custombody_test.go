package sender_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

// TestATemplatedPressKeepsTheRest presses a button with a custom body: another
// body, and all else as it is without.
func TestATemplatedPressKeepsTheRest(t *testing.T) {
	e := record(t, ok)
	template := `{"action": "restart", "key": "{{event_id}}", "severity": "{{incident.incident_severity}}", "host": "{{incident.labels.host}}", "cause": "{{incident.cause}}"}`
	headers := []sender.Header{{Name: "X-Token", Value: "{{incident.title}}"}}
	incident := schema.Values{"host": "drill-01", "severity": "critical"}
	var heads [][]string
	var deliveries []sender.Delivery
	for _, action := range []sender.Action{
		{Name: "restart", URL: e.url() + "?t={{event_id}}", Headers: headers},
		{Name: "restart", URL: e.url() + "?t={{event_id}}", Headers: headers, Template: []byte(template), ValueMap: severities},
	} {
		s := senderOn(t, "flashduty@2026-05-27", action, sender.WithSeed(3))
		d, err := s.Press(t.Context(), sender.Press{Action: "restart", EventID: "00112233445566778899aabbccddeeff", Set: incident})
		if err != nil {
			t.Fatal(err)
		}
		head, body := e.next(t)
		if body != string(d.Push.Body) {
			t.Errorf("sent %s, but the delivery says %s", body, d.Push.Body)
		}
		head = slices.DeleteFunc(head, func(line string) bool { return strings.HasPrefix(line, "Content-Length:") })
		heads, deliveries = append(heads, head), append(deliveries, d)
	}
	plain, custom := deliveries[0], deliveries[1]
	want := `{"action":"restart","key":"00112233445566778899aabbccddeeff","severity":"P0","host":"drill-01","cause":"{{incident.cause}}"}`
	if got := string(custom.Push.Body); got != want {
		t.Errorf("body %s\nwant %s", got, want)
	}
	if diff := cmp.Diff(heads[0], heads[1]); diff != "" {
		t.Errorf("the head differs, where variables in URL and headers stay as they are written (-without +with a template):\n%s", diff)
	}
	event := func(v schema.Values) map[string]any {
		return map[string]any{"event_id": v["event_id"], "host": v["host"], "severity": v["severity"], "event_type": v["event_type"]}
	}
	if diff := cmp.Diff(event(plain.Push.Values()), event(custom.Push.Values())); diff != "" || custom.EventID != plain.EventID {
		t.Errorf("event ids %s and %s; neutral names differ:\n%s", plain.EventID, custom.EventID, diff)
	}
	const says = "the body is made by the action's template in place of the default one, and not held to push.schema.json"
	if !slices.Contains(custom.Overrides, says) || slices.Contains(plain.Overrides, says) {
		t.Errorf("overrides %q with a template, %q without", custom.Overrides, plain.Overrides)
	}
	notes := custom.Last().Notes
	if len(notes) != 1 || !strings.HasPrefix(notes[0], "/cause: {{incident.cause}} stays as it is: ") {
		t.Errorf("notes %q, want one about {{incident.cause}}", notes)
	}
}

func TestATemplateWithoutTheEventIDIsFound(t *testing.T) {
	e := record(t, ok)
	s := senderOn(t, "flashduty@2026-05-27", sender.Action{Name: "restart", URL: e.url(), Template: []byte(`{"host": "{{incident.labels.host}}"}`)})
	d, err := s.Press(t.Context(), sender.Press{Action: "restart"})
	if err != nil {
		t.Fatal(err)
	}
	if notes := d.Last().Notes; len(notes) != 1 || !strings.Contains(notes[0], "cannot tell a repeat from a new press") {
		t.Errorf("notes %q", notes)
	}
	again, err := s.Redeliver(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	_, first := e.next(t)
	if _, second := e.next(t); first != second || len(again.Attempts) != 2 {
		t.Errorf("a repeat of %s is %s", first, second)
	}
}

func TestAGivenBodyIsSentInPlaceOfATemplate(t *testing.T) {
	e := record(t, ok)
	s := senderOn(t, "flashduty@2026-05-27", sender.Action{Name: "restart", URL: e.url(), Template: []byte(`{}`)})
	d, err := s.Press(t.Context(), sender.Press{Action: "restart", Body: []byte(`{"t": "{{event_id}}"}`)})
	if err != nil {
		t.Fatal(err)
	}
	_, body := e.next(t)
	if body != `{"t": "{{event_id}}"}` || len(d.Overrides) == 0 || strings.Contains(strings.Join(d.Overrides, "\n"), "template") {
		t.Errorf("sent %s, overrides %q", body, d.Overrides)
	}
}

func TestCustomBodiesNeedTheirFacts(t *testing.T) {
	template := []byte(`{"id": "{{event_id}}"}`)
	for name, tt := range map[string]struct {
		ref    string
		action sender.Action
		want   []string
		is     error
	}{
		"a template where no document knows one":      {"flashduty@2024-11-20", sender.Action{Template: template}, []string{"a custom request body", "flashduty@2024-11-20", "no fact custom_body"}, sender.ErrNotOffered},
		"a template on PagerDuty":                     {"pagerduty@2026-08-19", sender.Action{Template: template}, []string{"no fact custom_body"}, sender.ErrNotOffered},
		"a template where the fact denies it":         {"plain@2026-01-01", sender.Action{Template: template}, []string{"the fact custom_body denies it", "https://docs.example.com/plain"}, sender.ErrNotOffered},
		"a mapping where the fact denies it":          {"half@2026-01-01", sender.Action{Template: template, ValueMap: severities}, []string{"a value mapping", "fact value_mapping"}, sender.ErrNotOffered},
		"a mapping without a template":                {"flashduty@2026-05-27", sender.Action{ValueMap: severities}, []string{"value mapping", "give a template too"}, nil},
		"a template that is no JSON":                  {"flashduty@2026-05-27", sender.Action{Template: []byte("{\n}}")}, []string{`action "restart": template: line 2, column 2 (offset 3)`}, nil},
		"a template that is empty":                    {"flashduty@2026-05-27", sender.Action{Template: []byte{}}, []string{"template: line 1, column 1"}, nil},
		"secrets where the platform signs nothing":    {"flashduty@2026-05-27", sender.Action{SigningSecrets: []string{"kestrel"}}, []string{"signing secrets", "fact signature"}, sender.ErrNotOffered},
		"an empty secret":                             {"pagerduty@2026-08-19", sender.Action{SigningSecrets: []string{"kestrel", ""}}, []string{"one of 2 is empty"}, sender.ErrBadHeader},
		"a custom header in place of the signature's": {"pagerduty@2026-08-19", sender.Action{SigningSecrets: []string{"kestrel"}, Headers: []sender.Header{{Name: "x-pagerduty-signature", Value: "v1=0"}}}, []string{`header "x-pagerduty-signature"`, "keep one of the two"}, sender.ErrBadHeader},
	} {
		t.Run(name, func(t *testing.T) {
			r := sender.NewRegistry(platform(t, tt.ref))
			tt.action.Name, tt.action.URL = "restart", somewhere
			err := r.Add(tt.action)
			if err == nil || len(r.Actions()) != 0 {
				t.Fatalf("Add() = %v, and the registry has %d actions", err, len(r.Actions()))
			}
			if tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("Add() = %v, want %v", err, tt.is)
			}
			for _, part := range append(tt.want, `action "restart"`) {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("Add() = %q, want it to say %q", err, part)
				}
			}
			if strings.Contains(err.Error(), "kestrel") {
				t.Errorf("Add() = %q shows a secret", err)
			}
		})
	}
}

func TestPreviewSendsNothing(t *testing.T) {
	e := record(t, ok)
	action := sender.Action{Name: "restart", URL: e.url(), Template: []byte(`{"id": "{{event_id}}", "x": "{{nope}}"}`)}
	press := sender.Press{Action: "restart"}
	push, rendered, err := senderOn(t, "flashduty@2026-05-27", action, sender.WithSeed(5)).Preview(press)
	if err != nil {
		t.Fatal(err)
	}
	if n := e.connections.Load(); n != 0 {
		t.Errorf("%d connections", n)
	}
	d, err := senderOn(t, "flashduty@2026-05-27", action, sender.WithSeed(5)).Press(t.Context(), press)
	if err != nil {
		t.Fatal(err)
	}
	_, sent := e.next(t)
	if string(push.Body) != sent || string(rendered.Body) != sent {
		t.Errorf("Preview() has %s and %s, the press with the same seed sends %s", push.Body, rendered.Body, sent)
	}
	id, _ := json.Marshal(d.EventID)
	want := []sender.Variable{
		{Pointer: "/id", Text: "{{event_id}}", Value: string(id)},
		{Pointer: "/x", Text: "{{nope}}", Kept: `the default body has no such field: the body has no "nope"`},
	}
	if diff := cmp.Diff(want, rendered.Variables); diff != "" {
		t.Errorf("Preview() variables mismatch (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(d.Last().Notes, rendered.Findings); diff != "" {
		t.Errorf("the press notes what Preview() does not find, or the other way round:\n%s", diff)
	}
	if _, _, err := senderOn(t, "flashduty@2026-05-27", action).Preview(sender.Press{Action: "restat"}); !errors.Is(err, sender.ErrUnknownAction) {
		t.Errorf("Preview() of an unknown action = %v", err)
	}
}

func TestPreviewWithoutATemplateIsTheDefaultBody(t *testing.T) {
	s := senderOn(t, "pagerduty@2026-08-19", sender.Action{Name: "restart", URL: somewhere})
	push, rendered, err := s.Preview(sender.Press{Action: "restart"})
	if err != nil {
		t.Fatal(err)
	}
	if len(push.Body) == 0 || string(push.Body) != string(rendered.Body) || rendered.Variables != nil || rendered.Findings != nil {
		t.Errorf("Preview() = %s, %+v", push.Body, rendered)
	}
}
