package console_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
	"github.com/hookdrill/hookdrill/sender/console"
)

// refused fails the test unless the call was refused so.
func (d *desk) refused(r reply, code, why string) {
	d.t.Helper()
	if r.Status != http.StatusBadRequest || r.Code != code || !strings.Contains(r.Text, why) {
		d.t.Errorf("answered %v\nwant 400 %s that says %q", r, code, why)
	}
}

// shows fails the test unless the incident's members are these.
func (d *desk) shows(want m) {
	d.t.Helper()
	info := d.info()
	got := m{}
	for place := range want {
		got[place] = info.at(place)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		d.t.Errorf("incident mismatch (-want +got):\n%s", diff)
	}
}

func TestFlashdutyChangesIncidents(t *testing.T) {
	tests := map[string]func(d *desk){
		"a new incident is triggered, with all its times in seconds": func(d *desk) {
			at := morning.Add(-5 * time.Minute).Unix()
			d.shows(m{"progress": "Triggered", "created_at": at, "ack_time": int64(0), "close_time": int64(0), "closer_id": int64(0), "snoozed_before": int64(0)})
		},
		"ack: processing, since now, by who calls": func(d *desk) {
			d.ok(d.post("/incident/ack", m{"incident_ids": l{d.id}}))
			d.shows(m{"progress": "Processing", "ack_time": d.seconds(), "close_time": int64(0), "updated_at": d.seconds()})
			me := d.info().at("responders")
			if !strings.Contains(fmt.Sprint(me), fmt.Sprint(d.seconds())) {
				d.t.Errorf("no responder acknowledged at %d: %v", d.seconds(), me)
			}
		},
		"ack twice keeps the first time, and is noted": func(d *desk) {
			d.ok(d.post("/incident/ack", m{"incident_ids": l{d.id}}))
			first := d.seconds()
			d.pass(time.Hour)
			d.ok(d.post("/incident/ack", m{"incident_ids": l{d.id}}))
			if e := d.last(); len(e.Notes) != 1 {
				d.t.Errorf("the timeline says %+v", e)
			}
			d.shows(m{"progress": "Processing", "ack_time": first})
		},
		"ack of a closed incident is refused": func(d *desk) {
			d.ok(d.post("/incident/resolve", m{"incident_ids": l{d.id}}))
			d.refused(d.post("/incident/ack", m{"incident_ids": l{d.id}}), "InvalidParameter", "Closed")
			d.refused(d.post("/incident/unack", m{"incident_ids": l{d.id}}), "InvalidParameter", "Closed")
		},
		"unack: triggered again, acknowledged by nobody": func(d *desk) {
			d.ok(d.post("/incident/ack", m{"incident_ids": l{d.id}}))
			d.ok(d.post("/incident/unack", m{"incident_ids": l{d.id}}))
			d.shows(m{"progress": "Triggered", "ack_time": int64(0), "responders/0/acknowledged_at": int64(0)})
		},
		"resolve: closed from any state, with its notes and closer": func(d *desk) {
			d.ok(d.post("/incident/resolve", m{"incident_ids": l{d.id}, "root_cause": "a full disk", "resolution": "emptied"}))
			d.shows(m{"progress": "Closed", "close_time": d.seconds(), "end_time": d.seconds(), "ack_time": int64(0), "root_cause": "a full disk", "resolution": "emptied"})
			if id := d.info().at("closer_id"); id == int64(0) || id != d.info().at("closer/person_id") {
				d.t.Errorf("closer_id is %v", id)
			}
		},
		"resolve after ack keeps when it was acknowledged": func(d *desk) {
			d.ok(d.post("/incident/ack", m{"incident_ids": l{d.id}}))
			at := d.seconds()
			d.pass(time.Hour)
			d.ok(d.post("/incident/resolve", m{"incident_ids": l{d.id}}))
			d.shows(m{"progress": "Closed", "ack_time": at, "close_time": d.seconds()})
		},
		"resolve takes null for its notes": func(d *desk) {
			d.ok(d.post("/incident/resolve", m{"incident_ids": l{d.id}, "root_cause": nil, "resolution": nil}))
			d.shows(m{"root_cause": "", "resolution": ""})
		},
		"reopen: triggered, and nothing of the closing is left": func(d *desk) {
			d.ok(d.post("/incident/resolve", m{"incident_ids": l{d.id}, "resolution": "emptied"}))
			d.ok(d.post("/incident/reopen", m{"incident_ids": l{d.id}, "reason": "full again"}))
			d.shows(m{"progress": "Triggered", "close_time": int64(0), "end_time": int64(0), "closer_id": int64(0), "closer": nil, "resolution": "emptied"})
		},
		"reopen of an open incident is refused": func(d *desk) {
			d.refused(d.post("/incident/reopen", m{"incident_ids": l{d.id}}), "InvalidParameter", "Triggered")
		},
		"several incidents, one of which is not there: none is changed": func(d *desk) {
			d.refused(d.post("/incident/ack", m{"incident_ids": l{d.id, nobody}}), "ResourceNotFound", nobody)
			d.shows(m{"progress": "Triggered"})
		},
		"several incidents, one in another state: none is changed": func(d *desk) {
			closed := d.add(nil, "checkout")
			d.ok(d.post("/incident/resolve", m{"incident_ids": l{closed}}))
			d.refused(d.post("/incident/ack", m{"incident_ids": l{d.id, closed}}), "InvalidParameter", closed)
			d.shows(m{"progress": "Triggered"})
		},
		"the same incident twice is changed once": func(d *desk) {
			before := newest(d.console)
			d.ok(d.post("/incident/comment", m{"incident_ids": l{d.id, strings.ToUpper(d.id), d.id}, "comment": "once"}))
			if got := len(d.console.Timeline(console.Match{After: before})); got != 1 {
				d.t.Errorf("%d entries", got)
			}
		},
		"comment: on each incident, white space cut off": func(d *desk) {
			second := d.add(nil, "")
			d.ok(d.post("/incident/comment", m{"incident_ids": l{d.id, second}, "comment": "  see the trace \n"}))
			for _, id := range []string{d.id, second} {
				i, _ := d.console.Incident(id)
				if len(i.Comments) != 1 || i.Comments[0].Text != "see the trace" || i.Comments[0].By.Name == "" {
					d.t.Errorf("comments are %+v", i.Comments)
				}
			}
		},
		"a comment without text is accepted and noted": func(d *desk) {
			d.ok(d.post("/incident/comment", m{"incident_ids": l{d.id}}))
			if e := d.last(); e.What != console.Commented || len(e.Notes) != 1 {
				d.t.Errorf("the timeline says %+v", e)
			}
		},
		"reset changes what is given, and no more": func(d *desk) {
			old := d.info().at("description")
			d.ok(d.post("/incident/reset", m{"incident_id": d.id, "title": "Shop is down", "impact": "nobody buys", "incident_severity": "Info"}))
			d.shows(m{
				"title": "Shop is down", "impact": "nobody buys", "incident_severity": "Info", "description": old,
				"manual_overrides/0": "title", "manual_overrides/1": "impact", "manual_overrides/2": "incident_severity", "manual_overrides/3": nil,
			})
		},
		"reset of nothing is refused": func(d *desk) {
			d.refused(d.post("/incident/reset", m{"incident_id": d.id, "note": "x"}), "InvalidParameter", "at least one of title")
		},
		"snooze and wake": func(d *desk) {
			d.ok(d.post("/incident/snooze", m{"incident_ids": l{d.id}, "minutes": 30}))
			d.shows(m{"snoozed_before": d.seconds() + 1800, "progress": "Triggered"})
			d.ok(d.post("/incident/wake", m{"incident_ids": l{d.id}}))
			d.shows(m{"snoozed_before": int64(0)})
		},
		"responders are added once": func(d *desk) {
			one := d.info().at("responders/0/person_id")
			d.ok(d.post("/incident/responder/add", m{"incident_id": d.id, "person_ids": l{one, 4711, 4711}}))
			d.shows(m{"responders/0/person_id": one, "responders/1/person_id": int64(4711), "responders/1/assigned_at": d.seconds(), "responders/2": nil})
		},
		"num finds the newest that has it": func(d *desk) {
			if got := d.ok(d.post("/incident/info", m{"num": d.info().at("num")})).at("incident_id"); got != d.id {
				d.t.Errorf("found %v", got)
			}
			d.refused(d.post("/incident/info", m{"num": "FFFFFF"}), "ResourceNotFound", "FFFFFF")
		},
		"create: by hand, in a channel, assigned": func(d *desk) {
			channel := d.info().at("channel_id")
			r := d.ok(d.post("/incident/create", m{
				"incident_severity": "Warning", "title": "Queue grows", "channel_id": channel, "assigned_to": m{"person_ids": l{81, 82}},
			}))
			if r.at("title") != "Queue grows" {
				d.t.Errorf("answered %v", r)
			}
			d.id, _ = r.at("incident_id").(string)
			d.shows(m{
				"title": "Queue grows", "description": "", "incident_severity": "Warning", "progress": "Triggered", "channel_id": channel, "channel_name": "checkout",
				"created_at": d.seconds(), "start_time": d.seconds(), "alert_cnt": int64(0), "labels": m{}, "fields": m{}, "dedup_key": "",
				"responders/0/person_id": int64(81), "responders/1/person_id": int64(82), "responders/1/assigned_at": d.seconds(),
			})
			if id := d.info().at("creator_id"); id == int64(0) {
				d.t.Error("nobody created it")
			}
			d.ok(d.post("/incident/custom-action/do", m{"incident_id": d.id, "integration_id": d.restart}))
		},
		"create: in no channel, where there is no button": func(d *desk) {
			d.id, _ = d.ok(d.post("/incident/create", m{"incident_severity": "Info"})).at("incident_id").(string)
			d.shows(m{"channel_id": int64(0), "channel_name": "", "title": "", "responders/0": nil})
			d.refused(d.post("/incident/custom-action/do", m{"incident_id": d.id, "integration_id": d.restart}), "InvalidParameter", "no channel")
		},
		"create: in a channel that is not there": func(d *desk) {
			d.refused(d.post("/incident/create", m{"incident_severity": "Info", "channel_id": 12}), "ResourceNotFound", "channel 12")
		},
		"create: assigned to nobody": func(d *desk) {
			d.refused(d.post("/incident/create", m{"incident_severity": "Info", "assigned_to": m{}}), "InvalidParameter", "person_ids or escalate_rule_id")
		},
		"an incident that is not there": func(d *desk) {
			for path, body := range map[string]m{
				"/incident/info": {}, "/incident/alert/list": {}, "/incident/feed": {}, "/incident/field/reset": {"field_name": "trace_url"},
				"/incident/reset": {"title": "Shop is down"}, "/incident/custom-action/do": {"integration_id": d.restart}, "/incident/responder/add": {"person_ids": l{1}},
			} {
				body["incident_id"] = nobody
				d.refused(d.post(path, body), "ResourceNotFound", nobody)
			}
			for path, body := range map[string]m{
				"/incident/ack": {}, "/incident/unack": {}, "/incident/resolve": {}, "/incident/reopen": {}, "/incident/comment": {"comment": "hello"},
				"/incident/snooze": {"minutes": 5}, "/incident/wake": {},
			} {
				body["incident_ids"] = l{nobody}
				d.refused(d.post(path, body), "ResourceNotFound", nobody)
			}
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { test(flashduty(t)) })
	}
}

// nobody is the id of no incident.
const nobody = "0123456789abcdef01234567"

// last is the newest entry of the timeline.
func (d *desk) last() console.Entry {
	entries := d.console.Timeline(console.Match{})
	return entries[len(entries)-1]
}

func TestFlashdutyFields(t *testing.T) {
	set := func(name string, value any) m { return m{"field_name": name, "field_value": value} }
	tests := map[string]struct {
		body    m
		refusal string // "" where it is accepted
	}{
		"text":                            {set("trace_url", "https://traces.example.com/1"), ""},
		"empty text":                      {set("trace_url", ""), ""},
		"true":                            {set("rolled_back", true), ""},
		"an option":                       {set("tier", "tin"), ""},
		"some options":                    {set("shops", l{"north", "south"}), ""},
		"no options":                      {set("shops", l{}), ""},
		"a field that the incident has":   {set("ticket", "OPS-18"), ""},
		"a list that the incident has":    {set("affected_teams", l{"search"}), ""},
		"a field that nobody defined":     {set("mood", "calm"), "/field_name: \"mood\""},
		"a name in other letters":         {set("Trace_URL", "x"), "/field_name"},
		"a number for text":               {set("trace_url", 7), "text, as a text holds"},
		"a list for text":                 {set("trace_url", l{"x"}), "text"},
		"an object for text":              {set("trace_url", m{"a": 1}), "text"},
		"text for a checkbox":             {set("rolled_back", "true"), "true or false, as a checkbox holds"},
		"a number for a checkbox":         {set("rolled_back", 1), "true or false"},
		"an option that is none":          {set("tier", "lead"), "gold, tin"},
		"a list for a single select":      {set("tier", l{"tin"}), "gold, tin"},
		"text for a multi select":         {set("shops", "north"), "a list of texts"},
		"a list with an option too many":  {set("shops", l{"north", "east"}), "north, south"},
		"a list of numbers":               {set("shops", l{1}), "a list of texts"},
		"text for a list of the incident": {set("affected_teams", "search"), "a list of texts"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			d := flashduty(t)
			test.body["incident_id"] = d.id
			field, value := test.body["field_name"].(string), test.body["field_value"]
			r := d.post("/incident/field/reset", test.body)
			if test.refusal != "" {
				d.refused(r, "InvalidParameter", test.refusal)
				return
			}
			d.ok(r)
			raw, _ := json.Marshal(value)
			shown, _ := json.Marshal(d.info().at("fields/" + field))
			if string(raw) != string(shown) {
				t.Errorf("fields/%s is %s", field, shown)
			}
			if e := d.console.Timeline(console.Match{What: console.FieldSet}); len(e) != 1 || e[0].Field != field || e[0].Incident != d.id {
				t.Errorf("the timeline says %+v", e)
			}
		})
	}
	for name, body := range map[string]m{"absent": {}, "null": {"field_value": nil}} {
		t.Run("a value that is "+name+" deletes", func(t *testing.T) {
			d := flashduty(t)
			body["incident_id"], body["field_name"] = d.id, "ticket"
			d.ok(d.post("/incident/field/reset", body))
			if got := d.info().at("fields/ticket"); got != nil {
				t.Errorf("fields/ticket is %v", got)
			}
			if e := d.last(); e.What != console.Read {
				t.Errorf("the newest entry is %+v", e)
			}
			if e := d.console.Timeline(console.Match{What: console.FieldDeleted}); len(e) != 1 || e[0].Field != "ticket" {
				t.Errorf("the timeline says %+v", e)
			}
			d.ok(d.post("/incident/custom-action/do", m{"incident_id": d.id, "integration_id": d.restart}))
			if body := d.body.Load().([]byte); strings.Contains(string(body), "ticket") {
				t.Errorf("the push has it still:\n%s", body)
			}
		})
	}
}

func TestFlashdutyListsFields(t *testing.T) {
	d := flashduty(t)
	all := d.ok(d.post("/field/list", m{}))
	names := func(r reply) (out []string) {
		for n := range r.at("items").([]any) {
			out = append(out, fmt.Sprint(r.at(fmt.Sprintf("items/%d/field_name", n))))
		}
		return out
	}
	want := []string{"affected_teams", "rolled_back", "shops", "ticket", "tier", "trace_url"}
	if diff := cmp.Diff(want, names(all)); diff != "" {
		t.Errorf("fields mismatch (-want +got):\n%s", diff)
	}
	if got := names(d.ok(d.post("/field/list", m{"query": "^t", "asc": true}))); !slices.Equal(got, []string{"ticket", "tier", "trace_url"}) {
		t.Errorf("fields that begin with t are %v", got)
	}
	if got := names(d.ok(d.post("/field/list", m{"query": "Trace"}))); !slices.Equal(got, []string{"trace_url"}) {
		t.Errorf("fields whose label says Trace are %v", got)
	}
	if got := names(d.ok(d.post("/field/list", m{"query": "[t"}))); got != nil {
		t.Errorf("fields that have [t in their name are %v", got)
	}
	if got := names(d.ok(d.post("/field/list", m{"creator_id": 12}))); got != nil {
		t.Errorf("fields that somebody else made are %v", got)
	}
	types := m{}
	for n := range want {
		item := fmt.Sprintf("items/%d/", n)
		types[want[n]] = fmt.Sprint(all.at(item+"field_type"), " ", all.at(item+"value_type"), " ", all.at(item+"options"))
		id := all.at(item + "field_id")
		if got := d.ok(d.post("/field/info", m{"field_id": id})).at("field_name"); got != want[n] {
			t.Errorf("field %v is %v, want %s", id, got, want[n])
		}
	}
	if diff := cmp.Diff(m{
		"affected_teams": "multi_select string <nil>", "rolled_back": "checkbox bool <nil>", "shops": "multi_select string [north south]",
		"ticket": "text string <nil>", "tier": "single_select string [gold tin]", "trace_url": "text string <nil>",
	}, types); diff != "" {
		t.Errorf("types mismatch (-want +got):\n%s", diff)
	}
	d.refused(d.post("/field/info", m{"field_id": nobody}), "ResourceNotFound", nobody)
}

func TestAConsoleRefusesFieldsThatItsPlatformWouldNotDefine(t *testing.T) {
	profile, err := schema.Open("flashduty@2024-11-20")
	if err != nil {
		t.Fatal(err)
	}
	for want, fields := range map[string][]console.Field{
		`field "1st": its name does not match`:       {{Name: "1st"}},
		`field "": its name does not match`:          {{}},
		`its name does not match ^`:                  {{Name: strings.Repeat("x", 41)}},
		`type "number" is not documented; checkbox,`: {{Name: "weight", Type: "number"}},
		`a single_select has 0 options`:              {{Name: "tier", Type: "single_select"}},
		`a text has 1 options`:                       {{Name: "tier", Options: []string{"gold"}}},
		`field tier: defined twice`:                  {{Name: "tier"}, {Name: "tier"}},
	} {
		_, err := console.New(sender.New(sender.NewRegistry(profile)), console.WithFields(fields...))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("New() = %v\nwant %s", err, want)
		}
	}
	if _, err := console.New(sender.New(sender.NewRegistry(profile)), console.WithFields(console.Field{Name: strings.Repeat("x", 40)})); err != nil {
		t.Errorf("New() = %v", err)
	}
}

// TestFlashdutyTakesOddIncidents: whatever a story makes of its incident, no call
// fails by our own fault, and the button can be pressed after all of them.
func TestFlashdutyTakesOddIncidents(t *testing.T) {
	odd := map[string]schema.Values{
		"made by people":         {"origin": "manual"},
		"closed":                 {"status": "resolved"},
		"in process":             {"status": "acknowledged"},
		"without responders":     {"/incident/responders": nil},
		"with no responders":     {"/incident/responders": l{}},
		"without labels":         {"/incident/labels": nil},
		"without fields":         {"/incident/fields": nil},
		"with fields of a type":  {"fields": m{"weight": json.Number("3"), "open": true}},
		"without a number":       {"/incident/num": nil},
		"without a channel":      {"/incident/channel_id": json.Number("0"), "/incident/channel_name": ""},
		"without alerts":         {"/incident/alerts": nil},
		"with an alert":          {"alerts": l{m{"title": "one"}}},
		"with a title of spaces": {"title": "   "},
		"with its own times":     {"created_at": "2020-02-29T00:00:00Z", "/incident/ack_time": json.Number("7")},
	}
	for name, values := range odd {
		t.Run(name, func(t *testing.T) {
			d := flashduty(t)
			made, err := d.sender.NewIncident(values)
			if err != nil {
				t.Fatal(err)
			}
			i, err := d.console.Add(made, "checkout")
			if err != nil {
				t.Fatal(err)
			}
			d.id = i.ID
			one, many := func(more m) m { more["incident_id"] = d.id; return more }, func(more m) m { more["incident_ids"] = l{d.id}; return more }
			for _, c := range []struct {
				path string
				body m
			}{
				{"/incident/ack", many(m{})}, {"/incident/unack", many(m{})}, {"/incident/ack", many(m{})}, {"/incident/responder/add", one(m{"person_ids": l{7}})},
				{"/incident/resolve", many(m{"resolution": "done"})}, {"/incident/resolve", many(m{})}, {"/incident/reopen", many(m{})},
				{"/incident/snooze", many(m{"minutes": 5})}, {"/incident/wake", many(m{})}, {"/incident/comment", many(m{"comment": "so"})},
				{"/incident/reset", one(m{"title": "Another", "impact": "none at all", "incident_severity": "Warning"})},
				{"/incident/field/reset", one(m{"field_name": "tier", "field_value": "tin"})}, {"/incident/field/reset", one(m{"field_name": "weight"})},
				{"/incident/info", one(m{})}, {"/incident/feed", one(m{})}, {"/incident/alert/list", one(m{})},
				{"/incident/list", m{"start_time": 0, "end_time": 2000000, "channel_ids": l{0}}}, {"/field/list", m{}},
				{"/incident/custom-action/do", one(m{"integration_id": d.restart})},
			} {
				if r := d.post(c.path, c.body); r.Status >= http.StatusInternalServerError {
					t.Errorf("%s answered %v", c.path, r)
				}
			}
			if name != "without a channel" && d.pushed.Load() != 1 {
				t.Errorf("%d pushes", d.pushed.Load())
			}
		})
	}
}
