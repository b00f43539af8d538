package console_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/PagerDuty/go-pagerduty"
	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
	"github.com/hookdrill/hookdrill/sender/console"
)

// client is the platform's own Go library, which nobody here wrote, at the
// console.
func (a *pagerDutyAccount) client() *pagerduty.Client {
	return pagerduty.NewClient(a.console.Key(), pagerduty.WithAPIEndpoint(a.url))
}

func TestPagerDutyLibraryWorksOnIncidents(t *testing.T) {
	for _, ref := range pagerDutyRefs {
		t.Run(ref, func(t *testing.T) {
			a := newPagerDuty(t, ref)
			client, ctx, id := a.client(), t.Context(), a.incident.ID
			must := func(err error) {
				t.Helper()
				if err != nil {
					t.Fatal(err)
				}
			}

			i, err := client.GetIncidentWithContext(ctx, id)
			must(err)
			if i.Title != "The shop answers slowly" || i.Status != "triggered" || i.IncidentKey != "shop-7.example.com" || i.Assignments[0].Assignee.Summary != "Kim Example" {
				t.Errorf("GetIncident = %+v", i)
			}
			changed, err := client.ManageIncidentsWithContext(ctx, a.user.Email, []pagerduty.ManageIncidentsOptions{{ID: id, Status: "acknowledged"}})
			must(err)
			if len(changed.Incidents) != 1 || changed.Incidents[0].Status != "acknowledged" || changed.Incidents[0].Acknowledgements[0].Acknowledger.ID != a.user.ID {
				t.Errorf("ManageIncidents = %+v", changed)
			}
			listed, err := client.ListIncidentsWithContext(ctx, pagerduty.ListIncidentsOptions{Statuses: []string{"acknowledged"}, ServiceIDs: []string{i.Service.ID}, Total: true})
			must(err)
			if len(listed.Incidents) != 1 || listed.Total != 1 || listed.More || listed.Limit != 25 {
				t.Errorf("ListIncidents = %+v", listed)
			}

			note, err := client.CreateIncidentNoteWithContext(ctx, id, pagerduty.IncidentNote{Content: "The disk was full.", User: pagerduty.APIObject{Summary: a.user.Email}})
			must(err)
			notes, err := client.ListIncidentNotesWithContext(ctx, id)
			must(err)
			if len(notes) != 1 || notes[0] != *note || note.User.Summary != a.user.Name {
				t.Errorf("note %+v, listed %+v", note, notes)
			}
			update, err := client.CreateIncidentStatusUpdate(ctx, id, a.user.Email, "We are on it")
			must(err)
			if update.Message != "We are on it" || update.Sender.ID != a.user.ID || update.ID == "" {
				t.Errorf("CreateIncidentStatusUpdate = %+v", update)
			}

			alerts, err := client.ListIncidentAlertsWithContext(ctx, id, pagerduty.ListIncidentAlertsOptions{})
			must(err)
			if len(alerts.Alerts) != 1 || alerts.Alerts[0].AlertKey == "" || alerts.Alerts[0].Service.ID != i.Service.ID {
				t.Errorf("ListIncidentAlerts = %+v", alerts)
			}
			entries, err := client.ListIncidentLogEntriesWithContext(ctx, id, pagerduty.ListIncidentLogEntriesOptions{Includes: []string{"channels"}})
			must(err)
			var kinds []string
			for _, e := range entries.LogEntries {
				kinds = append(kinds, e.Type)
			}
			if want := []string{"annotate_log_entry", "acknowledge_log_entry", "trigger_log_entry"}; !slices.Equal(kinds, want) {
				t.Errorf("ListIncidentLogEntries has %q; want %q", kinds, want)
			}
			for _, e := range entries.LogEntries {
				got, err := client.GetLogEntryWithContext(ctx, e.ID, pagerduty.GetLogEntryOptions{Includes: []string{"channels"}})
				must(err)
				if got.Type != e.Type || got.Incident.ID != id || got.Agent.ID == "" {
					t.Errorf("GetLogEntry = %+v; listed as %+v", got, e)
				}
			}
			asked, err := client.ResponderRequestWithContext(ctx, id, pagerduty.ResponderRequestOptions{
				From: a.user.Email, Message: "Help", RequesterID: a.user.ID,
				Targets: []pagerduty.ResponderRequestTargetWrapper{{Target: pagerduty.ResponderRequestTarget{APIObject: pagerduty.APIObject{ID: i.Assignments[0].Assignee.ID, Type: "user_reference"}}}},
			})
			must(err)
			if asked.ResponderRequest.Message != "Help" || asked.ResponderRequest.Incident.ID != id {
				t.Errorf("ResponderRequest = %+v", asked)
			}

			made, err := client.CreateIncidentWithContext(ctx, a.user.Email, &pagerduty.CreateIncidentOptions{
				Title: "Orders stand still", Service: &pagerduty.APIReference{ID: i.Service.ID, Type: "service_reference"}, Body: &pagerduty.APIDetails{Type: "incident_body", Details: "since noon"},
			})
			must(err)
			if made.Title != "Orders stand still" || made.Status != "triggered" || made.ID == id || made.IncidentKey == "" {
				t.Errorf("CreateIncident = %+v", made)
			}
			first, err := client.GetLogEntryWithContext(ctx, made.FirstTriggerLogEntry.ID, pagerduty.GetLogEntryOptions{Includes: []string{"channels"}})
			must(err)
			if first.Channel.Raw["details"] != "since noon" {
				t.Errorf("the first log entry has %v; want the details of the body", first.Channel.Raw)
			}

			user, err := client.GetUserWithContext(ctx, i.Assignments[0].Assignee.ID, pagerduty.GetUserOptions{})
			must(err)
			service, err := client.GetServiceWithContext(ctx, i.Service.ID, nil)
			must(err)
			policy, err := client.GetEscalationPolicyWithContext(ctx, i.EscalationPolicy.ID, nil)
			must(err)
			if user.Email != "kim.example@example.com" || service.Name != "shop" || policy.EscalationRules[0].Targets[0].ID != user.ID {
				t.Errorf("user %+v, service %+v, policy %+v", user, service, policy)
			}
		})
	}
}

func TestPagerDutyLibraryConfiguresActions(t *testing.T) {
	a := newPagerDuty(t, pagerDutyRefs[1])
	client, ctx := a.client(), t.Context()
	kinds, err := client.ListExtensionSchemasWithContext(ctx, pagerduty.ListExtensionSchemaOptions{})
	if err != nil {
		t.Fatal(err)
	}
	n := slices.IndexFunc(kinds.ExtensionSchemas, func(s pagerduty.ExtensionSchema) bool { return s.Key == "custom_webhook" })
	if n < 0 {
		t.Fatalf("no schema has the key custom_webhook: %+v", kinds)
	}
	services, err := client.ListServicesWithContext(ctx, pagerduty.ListServiceOptions{})
	if err != nil {
		t.Fatal(err)
	}
	wanted := &pagerduty.Extension{
		Name: "Roll back", EndpointURL: a.endpoint.URL + "/back", ExtensionSchema: pagerduty.APIObject{ID: kinds.ExtensionSchemas[n].ID, Type: "extension_schema_reference"},
		ExtensionObjects: []pagerduty.APIObject{{ID: services.Services[0].ID, Type: "service_reference"}},
	}
	made, err := client.CreateExtensionWithContext(ctx, wanted)
	if err != nil {
		t.Fatal(err)
	}
	listed, err := client.ListExtensionsWithContext(ctx, pagerduty.ListExtensionOptions{ExtensionObjectID: services.Services[0].ID, ExtensionSchemaID: kinds.ExtensionSchemas[n].ID})
	if err != nil || len(listed.Extensions) != 2 || listed.Extensions[1].ID != made.ID || listed.Extensions[1].EndpointURL != wanted.EndpointURL {
		t.Errorf("ListExtensions = %+v, %v", listed, err)
	}
	wanted.Name = "Roll back twice"
	if changed, err := client.UpdateExtensionWithContext(ctx, made.ID, wanted); err != nil || changed.Name != wanted.Name || changed.ID != made.ID {
		t.Errorf("UpdateExtension = %+v, %v", changed, err)
	}
	if enabled, err := client.EnableExtension(ctx, made.ID); err != nil || enabled.TemporarilyDisabled {
		t.Errorf("EnableExtension = %+v, %v", enabled, err)
	}
	if read, err := client.GetExtensionWithContext(ctx, made.ID); err != nil || read.Name != wanted.Name {
		t.Errorf("GetExtension = %+v, %v", read, err)
	}
	if err := client.DeleteExtensionWithContext(ctx, made.ID); err != nil {
		t.Errorf("DeleteExtension: %v", err)
	}
	var refused pagerduty.APIError
	if _, err := client.GetExtensionWithContext(ctx, made.ID); !errors.As(err, &refused) || !refused.NotFound() || refused.APIError.ErrorObject.Code != 5001 {
		t.Errorf("after deletion GetExtension says %v", err)
	}
}

func TestPagerDutyLibraryReadsRefusals(t *testing.T) {
	a := newPagerDuty(t, pagerDutyRefs[0])
	ctx := t.Context()
	var refused pagerduty.APIError
	_, err := pagerduty.NewClient("wrong", pagerduty.WithAPIEndpoint(a.url)).GetIncidentWithContext(ctx, a.incident.ID)
	if !errors.As(err, &refused) || refused.StatusCode != http.StatusUnauthorized || refused.APIError.ErrorObject.Code != 2006 {
		t.Errorf("a wrong key: %v", err)
	}
	_, err = a.client().CreateIncidentNoteWithContext(ctx, a.incident.ID, pagerduty.IncidentNote{Content: "x", User: pagerduty.APIObject{Summary: "nobody@example.com"}})
	if !errors.As(err, &refused) || refused.APIError.ErrorObject.Code != 1008 || len(refused.APIError.ErrorObject.Errors) != 1 {
		t.Errorf("From nobody: %v", err)
	}
	rates := 0
	for ; rates < 2000; rates++ {
		if got := a.call("GET", "/users/me", ""); got.status != http.StatusOK {
			break
		}
	}
	// Two calls were made above, one of them without a good key and so not counted.
	api, _ := a.sender.Profile().API()
	if want := api.Rates[0].Requests - 1; rates != want {
		t.Errorf("%d calls were answered; want %d", rates, want)
	}
	_, err = a.client().GetIncidentWithContext(ctx, a.incident.ID)
	if !errors.As(err, &refused) || !refused.RateLimited() || refused.APIError.ErrorObject.Code != 2020 {
		t.Errorf("beyond the rate: %v", err)
	}
	got := a.call("GET", "/users/me", "")
	if left := got.header.Get("ratelimit-remaining"); got.status != http.StatusTooManyRequests || left != "0" || got.header.Get("ratelimit-limit") != "960" || got.header.Get("ratelimit-reset") != "60" {
		t.Errorf("answered %d with %v", got.status, got.header)
	}
	if e := a.last(); e.What != console.Refused || e.Status != http.StatusTooManyRequests {
		t.Errorf("the timeline ends with %+v", e)
	}
}

// TestPagerDutyLibraryDecodesEveryPush: whatever the API made of an incident, the
// library's decoder reads the push.
func TestPagerDutyLibraryDecodesEveryPush(t *testing.T) {
	states := map[string]func(a *pagerDutyAccount){
		"untouched":    func(*pagerDutyAccount) {},
		"acknowledged": (*pagerDutyAccount).acknowledge,
		"by two": func(a *pagerDutyAccount) {
			a.acknowledge()
			a.must(a.call("PUT", "/incidents/"+a.incident.ID, `{"incident":{"type":"incident","status":"acknowledged"}}`, "From", "kim.example@example.com"))
		},
		"triggered again": func(a *pagerDutyAccount) { a.acknowledge(); a.setStatus("triggered") },
		"resolved":        (*pagerDutyAccount).resolve,
		"noted":           (*pagerDutyAccount).write,
		"changed": func(a *pagerDutyAccount) {
			a.must(a.call("PUT", "/incidents/"+a.incident.ID, a.names(false).Replace(`{"incident":{"type":"incident","title":"Slow \u00fc \"quoted\"","urgency":"low",`+
				`"priority":{"id":"{priority}","type":"priority_reference"},"assignments":[{"assignee":{"id":"{user}","type":"user_reference"}}]}}`)))
		},
		"made by the API": func(a *pagerDutyAccount) {
			names := a.names(false)
			got := a.must(a.call("POST", "/incidents", names.Replace(`{"incident":{"type":"incident","title":"x","service":{"id":"{service}","type":"service_reference"},`+
				`"assignments":[{"assignee":{"id":"{responder}","type":"user_reference"}}]}}`)))
			a.incident.ID = got.word("incident", "id")
		},
	}
	for _, ref := range pagerDutyRefs {
		for name, change := range states {
			t.Run(ref+" "+name, func(t *testing.T) {
				t.Parallel()
				a := newPagerDuty(t, ref)
				change(a)
				a.press("Restart")
				push := a.endpoint.received()[0]
				read, err := pagerduty.DecodeWebhook(bytes.NewReader(push))
				if err != nil {
					t.Fatalf("%v\n%s", err, push)
				}
				if wrong := schema.Errors(a.sender.Profile().Validate(push, schema.Strict)); len(wrong) > 0 {
					t.Errorf("the push is not as documented: %v", wrong)
				}
				shown, err := a.client().GetIncidentWithContext(t.Context(), a.incident.ID)
				if err != nil {
					t.Fatal(err)
				}
				got := read.Messages[0].Incident
				if got.ID != shown.ID || got.Title != shown.Title || got.Status != shown.Status || got.Urgency != shown.Urgency ||
					!slices.Equal(got.Assignments, shown.Assignments) || !slices.Equal(got.Acknowledgements, shown.Acknowledgements) ||
					got.LastStatusChangeBy != shown.LastStatusChangeBy || got.Priority.Name != priority(shown) {
					t.Errorf("the push says %+v\nthe API says %+v", got, shown)
				}
				if e := read.Messages[0].LogEntries[0]; e.Type != "custom_log_entry" || !strings.Contains(e.Summary, a.user.Name) {
					t.Errorf("the push's log entry is %+v", e)
				}
			})
		}
	}
}

func priority(i *pagerduty.Incident) string {
	if i.Priority == nil {
		return ""
	}
	return i.Priority.Name
}

// TestPagerDutyPeopleOfTheAccount: those of WithPeople are users.
func TestPagerDutyPeopleOfTheAccount(t *testing.T) {
	a := newPagerDuty(t, pagerDutyRefs[0], console.WithPeople(sender.Person{Name: "Lou Example", Email: "lou@ops.example.com"}))
	note, err := a.client().CreateIncidentNoteWithContext(t.Context(), a.incident.ID, pagerduty.IncidentNote{Content: "x", User: pagerduty.APIObject{Summary: "Lou@ops.example.com"}})
	if err != nil || note.User.Summary != "Lou Example" {
		t.Errorf("CreateIncidentNote = %+v, %v", note, err)
	}
}

// TestPagerDutyRolesAreAsked: who may neither create nor press is refused.
func TestPagerDutyRolesAreAsked(t *testing.T) {
	a := newPagerDuty(t, "pagerduty@2026-08-19", console.WithPeople(sender.Person{Name: "Lou Example", Role: "Observer"}))
	lou := []string{"From", "lou.example@example.com"}
	names := a.names(false)
	calls := map[string]pdAnswer{
		"press":  a.call("POST", "/incidents/"+a.incident.ID+"/custom_action", names.Replace(`{"custom_action":{"webhook":{"id":"{extension}","type":"webhook_reference"}}}`), lou...),
		"create": a.call("POST", "/extensions", names.Replace(newExtension("x", "")), lou...),
	}
	for what, got := range calls {
		if got.status != http.StatusForbidden || got.at("error", "code") != json.Number("2010") {
			t.Errorf("%s answers %d %s; want 403 and code 2010", what, got.status, got.text)
		}
	}
	if e := a.last(); e.What != console.Refused || e.By.Name != "Lou Example" {
		t.Errorf("the timeline ends with %+v", e)
	}
}
