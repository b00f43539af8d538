package console_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// fitting is for each operation a body, or a query, that succeeds on the desk,
// with every documented member in it.
var fitting = map[string]func(d *desk) any{
	"incidentInfo": func(d *desk) any { return m{"incident_id": d.id, "num": d.info().at("num")} },
	"incidentList": func(d *desk) any {
		return m{
			"start_time": d.seconds() - 3600, "end_time": d.seconds() + 3600, "asc": true, "is_snoozed": false, "is_my_team": false,
			"is_my_channel": false, "ever_muted": false, "is_rare": false, "progress": "Triggered,Processing", "query": "host",
			"incident_severity": "Critical,Warning", "channel_ids": l{d.info().at("channel_id")}, "team_ids": l{7}, "responder_ids": l{d.info().at("responders/0/person_id")},
			"acker_ids": l{}, "creator_ids": l{0}, "closer_ids": l{0}, "incident_ids": l{d.id}, "nums": l{d.info().at("num")},
			"p": 1, "limit": 20, "search_after_ctx": d.id,
		}
	},
	"incidentListByIds": func(d *desk) any { return m{"incident_ids": l{d.id}} },
	"incidentAlertList": func(d *desk) any {
		return m{"incident_id": d.id, "include_events": true, "is_active": true, "limit": 10, "p": 1}
	},
	"incidentFeed": func(d *desk) any {
		return m{"incident_id": d.id, "p": 1, "limit": 10, "asc": true, "types": l{"i_new"}}
	},
	"incidentCreate": func(d *desk) any {
		return m{
			"incident_severity": "Warning", "title": "Queue of a shop grows", "description": "nobody reads it", "channel_id": d.info().at("channel_id"),
			"assigned_to": m{
				"person_ids": l{81}, "escalate_rule_id": strings.Repeat("4", 24), "layer_idx": 0, "type": "assign", "emails": l{"robin@example.com"},
				"notify": m{"follow_preference": true, "personal_channels": l{"email"}, "template_id": strings.Repeat("5", 24)},
			},
		}
	},
	"incidentAck":   func(d *desk) any { return m{"incident_ids": l{d.id}} },
	"incidentUnack": func(d *desk) any { return m{"incident_ids": l{d.id}} },
	"incidentResolve": func(d *desk) any {
		return m{"incident_ids": l{d.id}, "root_cause": "a full disk", "resolution": "emptied it"}
	},
	"incidentReopen": func(d *desk) any {
		d.ok(d.post("/incident/resolve", m{"incident_ids": l{d.id}}))
		return m{"incident_ids": l{d.id}, "reason": "full again"}
	},
	"incidentComment": func(d *desk) any { return m{"incident_ids": l{d.id}, "comment": "looked at it", "mute_reply": true} },
	"incidentFieldReset": func(d *desk) any {
		return m{"incident_id": d.id, "field_name": "trace_url", "field_value": "https://traces.example.com/1"}
	},
	"incidentReset": func(d *desk) any {
		return m{
			"incident_id": d.id, "title": "Shop is down", "description": "all of it", "impact": "nobody buys", "root_cause": "a full disk",
			"resolution": "emptied it", "incident_severity": "Info",
		}
	},
	"incidentSnooze": func(d *desk) any { return m{"incident_ids": l{d.id}, "minutes": 30} },
	"incidentWake":   func(d *desk) any { return m{"incident_ids": l{d.id}} },
	"incidentResponderAdd": func(d *desk) any {
		return m{
			"incident_id": d.id, "person_ids": l{4711},
			"notify": m{"follow_preference": true, "personal_channels": l{"voice"}, "template_id": strings.Repeat("5", 24)},
		}
	},
	"incidentCustomActionDo": func(d *desk) any { return m{"incident_id": d.id, "integration_id": d.restart} },
	"field-read-list":        func(d *desk) any { return m{"orderby": "created_at", "asc": true, "creator_id": nil, "query": "trace"} },
	"field-read-info": func(d *desk) any {
		return m{"field_id": d.ok(d.post("/field/list", m{})).at("items/0/field_id")}
	},
	"webhookHistoryList": func(d *desk) any {
		return m{
			"search_after_ctx": "", "limit": 10, "asc": true, "orderby": "event_time", "ref_id": d.id, "integration_id": d.restart,
			"event_types": l{"i_custom"}, "status": "success", "start_time": d.seconds()*1000 - 1000, "end_time": d.seconds()*1000 + 1000,
		}
	},
	"webhookHistoryDetail": func(d *desk) any {
		d.ok(d.post("/incident/custom-action/do", m{"incident_id": d.id, "integration_id": d.restart}))
		list := d.ok(d.post("/webhook/history/list", m{"limit": 1, "start_time": d.seconds()*1000 - 5000, "end_time": d.seconds()*1000 + 5000}))
		return m{"event_id": list.at("items/0/event_id"), "integration_id": d.restart}
	},
	"status-page-read-page-list": func(d *desk) any { return url.Values{} },
	"statusPageInfo":             func(d *desk) any { return url.Values{"page_id": {fmt.Sprint(d.page)}} },
	"statusPageChangeActiveList": func(d *desk) any { return url.Values{"page_id": {fmt.Sprint(d.page)}, "type": {"incident"}} },
	"statusPageChangeList": func(d *desk) any {
		return url.Values{
			"page_id": {fmt.Sprint(d.page)}, "type": {"incident"}, "status": {"resolved"},
			"start_at_seconds": {fmt.Sprint(d.seconds() - 60)}, "end_at_seconds": {fmt.Sprint(d.seconds() + 60)},
		}
	},
	"statusPageChangeInfo": func(d *desk) any {
		return url.Values{"page_id": {fmt.Sprint(d.page)}, "change_id": {fmt.Sprint(d.change())}}
	},
	"statusPageChangeCreate": func(d *desk) any { return d.newChange() },
	"statusPageChangeUpdate": func(d *desk) any {
		return m{"page_id": d.page, "change_id": d.change(), "title": "Slow carts", "responders": l{81}, "linked_changes": l{"82"}}
	},
	"statusPageChangeDelete": func(d *desk) any { return m{"page_id": d.page, "change_id": d.change()} },
	"statusPageChangeTimelineCreate": func(d *desk) any {
		return m{
			"page_id": d.page, "change_id": d.change(), "at_seconds": d.seconds(), "status": "identified", "description": "the disk again",
			"component_changes": l{m{"component_id": d.pages.Components[0].ID, "status": "partial_outage"}},
		}
	},
	"statusPageChangeTimelineUpdate": func(d *desk) any {
		change := d.change()
		return m{"page_id": d.page, "change_id": change, "update_id": d.update(change, 0), "at_seconds": d.seconds(), "description": "said better"}
	},
	"statusPageChangeTimelineDelete": func(d *desk) any {
		change := d.change()
		d.ok(d.post("/status-page/change/timeline/create", m{"page_id": d.page, "change_id": change, "status": "monitoring", "description": "watching"}))
		return m{"page_id": d.page, "change_id": change, "update_id": d.update(change, 1)}
	},
}

// newChange is a body that opens a change of the desk's page.
func (d *desk) newChange() m {
	return m{
		"page_id": d.page, "type": "incident", "title": "Carts are slow", "description": "some of them", "status": "investigating",
		"start_at_seconds": d.seconds(), "close_at_seconds": d.seconds() + 60, "responders": l{81}, "linked_changes": l{"82"}, "notify_subscribers": true,
		"auto_update_by_schedule": false, "is_retrospective": false,
		"updates": l{m{
			"update_id": "", "at_seconds": d.seconds(), "status": "investigating", "description": "some of them",
			"component_changes": l{m{"component_id": d.pages.Components[0].ID, "status": "degraded"}},
		}},
	}
}

// change opens a change and returns its id.
func (d *desk) change() int64 {
	d.t.Helper()
	id, _ := d.ok(d.post("/status-page/change/create", d.newChange())).at("change_id").(int64)
	return id
}

func (d *desk) update(change int64, n int) any {
	d.t.Helper()
	return d.ok(d.get(fmt.Sprintf("/status-page/change/info?page_id=%d&change_id=%d", d.page, change))).at(fmt.Sprintf("updates/%d/update_id", n))
}

// do calls an operation with a body or a query.
func (d *desk) do(method, path string, with any) reply {
	d.t.Helper()
	if query, ok := with.(url.Values); ok {
		if len(query) > 0 {
			path += "?" + query.Encode()
		}
		with = nil
	}
	return d.send(method, path, with)
}

func TestFlashdutyEveryOperationSucceedsOnAFittingState(t *testing.T) {
	api := flashdutyAPI(t)
	for _, name := range slices.Sorted(maps.Keys(api.Operations)) {
		o := api.Operations[name]
		t.Run(name, func(t *testing.T) {
			d := flashduty(t)
			made := fitting[name]
			if made == nil {
				t.Fatal("no fitting body; write one")
			}
			with := made(d)
			if query, ok := with.(url.Values); ok {
				for parameter := range o.Query {
					if !query.Has(parameter) {
						t.Errorf("the fitting query lacks %s", parameter)
					}
				}
			} else if missing := unstated(api, "", o.Body, with); len(missing) > 0 {
				t.Errorf("the fitting body lacks %s", strings.Join(missing, ", "))
			}
			if r := d.do(o.Method, o.Path, with); r.Status != o.Answer {
				t.Errorf("%s %s answered %v\nwant %d", o.Method, o.Path, r, o.Answer)
			}
		})
	}
}

// unreachable are steps up to a limit at which something else is refused.
var unreachable = map[string]string{
	"webhookHistoryList /end_time is 1000000000000":   "the end is after the start, which is no less",
	"webhookHistoryList /start_time is 9999999999999": "the end is after the start, which is no more",
	"webhookHistoryDetail /integration_id is 1":       "no integration has this number",
}

func TestFlashdutyOneStepBeyondEachLimitIsRefused(t *testing.T) {
	api := flashdutyAPI(t)
	for _, name := range slices.Sorted(maps.Keys(api.Operations)) {
		o := api.Operations[name]
		if o.Body == nil {
			continue
		}
		t.Run(name, func(t *testing.T) {
			for _, s := range steps(api, nil, o.Body, fitting[name](flashduty(t))) {
				if _, skip := unreachable[name+" "+s.name]; skip {
					continue
				}
				d := flashduty(t)
				body := s.apply(t, fitting[name](d))
				r := d.do(o.Method, o.Path, body)
				switch {
				case s.beyond && (r.Status != http.StatusBadRequest || r.Code != "InvalidParameter"):
					t.Errorf("%s: answered %v\nwant 400 InvalidParameter", s.name, r)
				case !s.beyond && r.Status != o.Answer:
					t.Errorf("%s: answered %v\nwant %d", s.name, r, o.Answer)
				}
			}
		})
	}
}

func TestFlashdutyQueriesAreHeldToTheirDocument(t *testing.T) {
	api := flashdutyAPI(t)
	for _, name := range slices.Sorted(maps.Keys(api.Operations)) {
		o := api.Operations[name]
		for parameter, s := range o.Query {
			t.Run(name+" "+parameter, func(t *testing.T) {
				wrong := []string{"%ff", "seven"}
				if s["type"] == "string" && s["enum"] == nil {
					wrong = nil // any text is one
				}
				for _, value := range wrong {
					d := flashduty(t)
					query := withParameter(fitting[name](d).(url.Values), parameter, &value)
					if r := d.do(o.Method, o.Path, query); r.Status != http.StatusBadRequest || r.Code != "InvalidParameter" {
						t.Errorf("%s=%s answered %v\nwant 400 InvalidParameter", parameter, value, r)
					}
				}
				d := flashduty(t)
				r := d.do(o.Method, o.Path, withParameter(fitting[name](d).(url.Values), parameter, nil))
				if s["required"] == true && (r.Status != http.StatusBadRequest || r.Code != "InvalidParameter") {
					t.Errorf("without %s: answered %v\nwant 400 InvalidParameter", parameter, r)
				}
				if s["required"] != true && r.Status != o.Answer {
					t.Errorf("without %s: answered %v\nwant %d", parameter, r, o.Answer)
				}
			})
		}
	}
}
