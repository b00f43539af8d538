package console_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender/console"
)

// window is a body that asks for all incidents of a day.
func (d *desk) window(more m) m {
	body := m{"start_time": d.seconds() - 86400, "end_time": d.seconds() + 86400}
	maps.Copy(body, more)
	return body
}

func ids(r reply) (out []string) {
	list, _ := r.at("items").([]any)
	for n := range list {
		out = append(out, fmt.Sprint(r.at(fmt.Sprintf("items/%d/incident_id", n))))
	}
	return out
}

func TestFlashdutyListChooses(t *testing.T) {
	d := flashduty(t)
	first := d.id
	calm := d.add(schema.Values{"severity": "info", "title": "A disk fills up"}, "billing")
	d.ok(d.post("/incident/ack", m{"incident_ids": l{calm}}))
	closed := d.add(schema.Values{"severity": "warning", "title": "A queue grows"}, "billing")
	d.ok(d.post("/incident/resolve", m{"incident_ids": l{closed}}))
	d.ok(d.post("/incident/snooze", m{"incident_ids": l{first}, "minutes": 5}))
	closer := d.ok(d.post("/incident/info", m{"incident_id": closed})).at("closer_id")
	billing := d.ok(d.post("/incident/info", m{"incident_id": closed})).at("channel_id")
	tests := map[string]struct {
		body m
		want []string
	}{
		"all, the newest first":           {m{}, []string{closed, calm, first}},
		"all, the oldest first":           {m{"asc": true}, []string{first, calm, closed}},
		"those that are open":             {m{"progress": "Triggered,Processing"}, []string{calm, first}},
		"those that are open, with space": {m{"progress": "Triggered, Processing"}, []string{calm, first}},
		"those that are closed":           {m{"progress": "Closed"}, []string{closed}},
		"by severity":                     {m{"incident_severity": "Info,Warning"}, []string{closed, calm}},
		"by words of the title":           {m{"query": "QUEUE"}, []string{closed}},
		"by id":                           {m{"incident_ids": l{first, closed}}, []string{closed, first}},
		"by channel":                      {m{"channel_ids": l{billing}}, []string{closed, calm}},
		"by num":                          {m{"nums": l{strings.ToUpper(first[len(first)-6:])}}, []string{first}},
		"by who closed":                   {m{"closer_ids": l{closer}}, []string{closed}},
		"that closed by themselves":       {m{"closer_ids": l{0}}, []string{calm, first}},
		"that came by themselves":         {m{"creator_ids": l{0}}, []string{closed, calm, first}},
		"by who acknowledged":             {m{"acker_ids": l{closer}}, []string{calm}},
		"by a stranger":                   {m{"responder_ids": l{12}}, nil},
		"those that are snoozed":          {m{"is_snoozed": true}, []string{first}},
		"that were muted":                 {m{"ever_muted": true}, nil},
		"the first page":                  {m{"limit": 2}, []string{closed, calm}},
		"the second page":                 {m{"limit": 2, "p": 2}, []string{first}},
		"a page too far":                  {m{"limit": 2, "p": 3}, nil},
		"page 0 is the first":             {m{"limit": 2, "p": 0}, []string{closed, calm}},
		"what follows a cursor":           {m{"limit": 2, "search_after_ctx": closed}, []string{calm, first}},
		"what follows, the oldest first":  {m{"limit": 1, "search_after_ctx": calm, "asc": true}, []string{closed}},
		"before there was any":            {m{"start_time": d.seconds() - 86400, "end_time": d.seconds() - 86000}, nil},
		"31 days":                         {m{"start_time": d.seconds() - 30*86400, "end_time": d.seconds() + 86400}, []string{closed, calm, first}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			d.t = t
			r := d.ok(d.post("/incident/list", d.window(test.body)))
			if diff := cmp.Diff(test.want, ids(r)); diff != "" {
				t.Errorf("incidents mismatch (-want +got):\n%s", diff)
			}
		})
	}
	d.t = t
	for name, body := range map[string]m{
		"/end_time":          {"start_time": d.seconds(), "end_time": d.seconds()},
		"at most 2678400":    {"start_time": d.seconds() - 31*86400, "end_time": d.seconds() + 1},
		"p times limit":      {"p": 101, "limit": 100},
		"/search_after_ctx":  {"search_after_ctx": "elsewhere"},
		"/progress":          {"progress": "Open"},
		"/incident_severity": {"incident_severity": "Critical,Bad"},
		"milliseconds":       {"start_time": -1 << 63, "end_time": 1<<63 - 1},
	} {
		d.refused(d.post("/incident/list", d.window(body)), "InvalidParameter", name)
	}
	d.ok(d.post("/incident/list", d.window(m{"p": 100, "limit": 100})))

	paged := d.ok(d.post("/incident/list", d.window(m{"limit": 2})))
	if paged.at("total") != int64(3) || paged.at("has_next_page") != true || paged.at("search_after_ctx") != calm {
		t.Errorf("a page of two of three is %v", paged)
	}
	whole := d.ok(d.post("/incident/list", d.window(m{"limit": 3})))
	if whole.at("total") != int64(3) || whole.at("has_next_page") != false || whole.at("search_after_ctx") != nil {
		t.Errorf("a page of three of three is %v", whole)
	}
	byID := d.ok(d.post("/incident/list-by-ids", m{"incident_ids": l{first, nobody, closed}}))
	if diff := cmp.Diff([]string{first, closed}, ids(byID)); diff != "" || byID.at("total") != int64(2) {
		t.Errorf("list by ids (-want +got):\n%s", diff)
	}
}

func TestFlashdutyListSaysNoMoreThanAThousand(t *testing.T) {
	d := flashduty(t)
	for range 1001 {
		d.add(nil, "")
	}
	r := d.ok(d.post("/incident/list", d.window(m{})))
	if got := len(ids(r)); got != 20 || r.at("total") != int64(1000) || r.at("has_next_page") != true {
		t.Errorf("of 1002 there are %d, total %v", got, r.at("total"))
	}
}

// TestFlashdutyShowsWhatItPushes: what the API shows of an incident and what the
// push carries of it are the same, before and after every change.
func TestFlashdutyShowsWhatItPushes(t *testing.T) {
	changes := []struct {
		path string
		body func(d *desk) m
	}{
		{"/incident/ack", func(d *desk) m { return m{"incident_ids": l{d.id}} }},
		{"/incident/comment", func(d *desk) m { return m{"incident_ids": l{d.id}, "comment": "looking"} }},
		{"/incident/field/reset", func(d *desk) m { return m{"incident_id": d.id, "field_name": "shops", "field_value": l{"north"}} }},
		{"/incident/field/reset", func(d *desk) m { return m{"incident_id": d.id, "field_name": "ticket"} }},
		{"/incident/reset", func(d *desk) m {
			return m{"incident_id": d.id, "title": "Shop is down", "description": "all of it", "impact": "nobody buys", "root_cause": "a disk", "resolution": "a new one", "incident_severity": "Info"}
		}},
		{"/incident/snooze", func(d *desk) m { return m{"incident_ids": l{d.id}, "minutes": 5} }},
		{"/incident/responder/add", func(d *desk) m { return m{"incident_id": d.id, "person_ids": l{4711}} }},
		{"/incident/resolve", func(d *desk) m { return m{"incident_ids": l{d.id}} }},
		{"/incident/reopen", func(d *desk) m { return m{"incident_ids": l{d.id}} }},
	}
	for _, ref := range []string{"flashduty@2024-11-20", "flashduty@2026-05-27"} {
		t.Run(ref, func(t *testing.T) {
			d := flashdutyOf(t, ref)
			compare := func(after string) {
				t.Helper()
				shown, _ := d.info().Data.(map[string]any)
				alerts, _ := d.ok(d.post("/incident/alert/list", m{"incident_id": d.id})).at("items").([]any)
				d.ok(d.post("/incident/custom-action/do", m{"incident_id": d.id, "integration_id": d.restart}))
				pushed := pushOf(t, d.body.Load().([]byte))
				list, _ := pushed["alerts"].([]any)
				delete(pushed, "alerts")
				same(t, after+": the incident", pushed, shown)
				for n, alert := range list {
					same(t, after+": an alert", alert, alerts[n], "progress", "close_time", "responder_id")
				}
				if _, found := shown["alerts"]; found {
					t.Errorf("%s: the incident shows alerts", after)
				}
			}
			compare("untouched")
			for _, change := range changes {
				d.ok(d.post(change.path, change.body(d)))
				compare(change.path)
			}
		})
	}
}

func pushOf(t *testing.T, body []byte) map[string]any {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var push struct{ Incident map[string]any }
	if err := decoder.Decode(&push); err != nil {
		t.Fatal(err)
	}
	return push.Incident
}

// same fails the test unless each member of the push's object is in the shown one.
func same(t *testing.T, what string, pushed, shown any, but ...string) {
	t.Helper()
	want, _ := pushed.(map[string]any)
	got := maps.Clone(shown.(map[string]any))
	maps.DeleteFunc(got, func(name string, _ any) bool { _, found := want[name]; return !found })
	for _, name := range but {
		delete(want, name)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s mismatch (-pushed +shown):\n%s", what, diff)
	}
}

// TestFlashdutyShowsEveryDocumentedMember: those that the documents require of an
// answer, read by hand.
func TestFlashdutyShowsEveryDocumentedMember(t *testing.T) {
	incident := strings.Fields(`incident_id account_id channel_id integration_id integration_ids integration_types dedup_key equals_md5
		start_time end_time last_time ack_time close_time creator_id closer_id owner_id incident_status incident_severity progress title
		description ai_summary impact root_cause resolution num created_at updated_at snoozed_before group_method ever_muted labels fields
		assigned_to alert_cnt active_alert_cnt alert_event_cnt responders account_name account_locale account_time_zone channel_name
		channel_status detail_url silence_url post_mortem_id images manual_overrides`)
	alert := strings.Fields(`alert_id integration_id data_source_id channel_id account_id description title title_rule alert_key
		alert_severity alert_status start_time last_time end_time labels ever_muted created_at updated_at integration_name integration_type
		integration_ref_id channel_name channel_status responder_name responder_email event_cnt images data_source_name data_source_ref_id`)
	d := flashduty(t)
	lacks := func(what string, data any, members []string) {
		t.Helper()
		got, _ := data.(map[string]any)
		for _, name := range members {
			if _, found := got[name]; !found {
				t.Errorf("%s has no %s", what, name)
			}
		}
	}
	lacks("the incident", d.info().Data, incident)
	lacks("an alert", d.ok(d.post("/incident/alert/list", m{"incident_id": d.id})).at("items/0"), alert)
	d.id, _ = d.ok(d.post("/incident/create", m{"incident_severity": "Info", "title": "By hand"})).at("incident_id").(string)
	lacks("an incident that people made", d.info().Data, incident)
	feed := d.ok(d.post("/incident/feed", m{"incident_id": d.id}))
	lacks("an entry of the feed", feed.at("items/0"), []string{"ref_id", "type", "detail", "account_id", "creator_id", "created_at", "updated_at"})
	lacks("a field", d.ok(d.post("/field/list", m{})).at("items/0"), []string{
		"account_id", "field_id", "field_name", "display_name", "field_type", "value_type", "status", "creator_id", "updated_by", "created_at", "updated_at",
	})
}

func TestFlashdutyAlerts(t *testing.T) {
	d := flashduty(t)
	d.id = d.add(schema.Values{"alerts": l{
		m{"title": "one", "alert_status": "Critical"}, m{"title": "two", "alert_status": "Ok"}, m{"title": "three", "alert_status": "Warning"},
	}}, "checkout")
	for name, test := range map[string]struct {
		body  m
		want  []string
		total int64
	}{
		"all":            {m{}, []string{"one", "two", "three"}, 3},
		"active":         {m{"is_active": true}, []string{"one", "three"}, 2},
		"recovered":      {m{"is_active": false}, []string{"two"}, 1},
		"null is all":    {m{"is_active": nil}, []string{"one", "two", "three"}, 3},
		"the first page": {m{"limit": 2}, []string{"one", "two"}, 3},
		"the second":     {m{"limit": 2, "p": 2}, []string{"three"}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			test.body["incident_id"] = d.id
			r := d.ok(d.post("/incident/alert/list", test.body))
			var got []string
			for n := range r.at("items").([]any) {
				got = append(got, fmt.Sprint(r.at(fmt.Sprintf("items/%d/title", n))))
			}
			if diff := cmp.Diff(test.want, got); diff != "" || r.at("total") != test.total {
				t.Errorf("total %v, alerts mismatch (-want +got):\n%s", r.at("total"), diff)
			}
			if parent := r.at("items/0/incident/incident_id"); parent != d.id {
				t.Errorf("the first alert is of incident %v", parent)
			}
		})
	}
	with := d.ok(d.post("/incident/alert/list", m{"incident_id": d.id, "include_events": true}))
	if _, found := with.at("items/0").(map[string]any)["events"]; !found {
		t.Error("there are no events where they were asked for")
	}
	d.shows(m{"alert_cnt": int64(3), "active_alert_cnt": int64(2)})
}

func TestFlashdutyFeed(t *testing.T) {
	d := flashduty(t)
	d.answer.Store(http.StatusOK)
	opened := d.now.Load()
	calls := []struct {
		path string
		body m
	}{
		{"/incident/ack", m{"incident_ids": l{d.id}}},
		{"/incident/unack", m{"incident_ids": l{d.id}}},
		{"/incident/comment", m{"incident_ids": l{d.id}, "comment": "looking", "mute_reply": true}},
		{"/incident/field/reset", m{"incident_id": d.id, "field_name": "shops", "field_value": l{"north"}}},
		{"/incident/field/reset", m{"incident_id": d.id, "field_name": "shops"}},
		{"/incident/reset", m{"incident_id": d.id, "title": "Shop is down", "description": "all of it", "impact": "nobody buys", "root_cause": "a disk", "resolution": "a new one", "incident_severity": "Info"}},
		{"/incident/snooze", m{"incident_ids": l{d.id}, "minutes": 5}},
		{"/incident/wake", m{"incident_ids": l{d.id}}},
		{"/incident/responder/add", m{"incident_id": d.id, "person_ids": l{4711}}},
		{"/incident/custom-action/do", m{"incident_id": d.id, "integration_id": d.restart}},
		{"/incident/resolve", m{"incident_ids": l{d.id}}},
		{"/incident/reopen", m{"incident_ids": l{d.id}, "reason": "again"}},
	}
	for _, c := range calls {
		d.ok(d.post(c.path, c.body))
	}
	d.info() // a call that reads, and one that is refused, are not in it
	d.post("/incident/reopen", m{"incident_ids": l{d.id}})
	d.answer.Store(http.StatusInternalServerError)
	d.ok(d.post("/incident/custom-action/do", m{"incident_id": d.id, "integration_id": d.restart})) // nor a press that failed

	feed := d.ok(d.post("/incident/feed", m{"incident_id": d.id, "asc": true, "limit": 100}))
	var kinds []string
	details := m{}
	for n := range feed.at("items").([]any) {
		item := fmt.Sprintf("items/%d/", n)
		kind := fmt.Sprint(feed.at(item + "type"))
		kinds = append(kinds, kind)
		raw, _ := json.Marshal(feed.at(item + "detail"))
		details[kind] = string(raw)
		if at, _ := feed.at(item + "created_at").(int64); at < opened/1e6-1000*3600 || at > d.now.Load()/1e6 {
			t.Errorf("%s was at %d, which is no time in milliseconds", kind, at)
		}
		if by := feed.at(item + "creator_id"); (by == int64(0)) != (kind == "i_new") {
			t.Errorf("%s is by %v", kind, by)
		}
		if ref := feed.at(item + "ref_id"); ref != d.id {
			t.Errorf("%s is of %v", kind, ref)
		}
	}
	want := strings.Fields("i_new i_ack i_unack i_comm i_r_field i_r_field i_r_title i_r_desc i_r_impact i_r_rc i_r_rsltn i_r_severity i_snooze i_wake i_a_rspd i_custom i_rslv i_reopen")
	if diff := cmp.Diff(want, kinds); diff != "" {
		t.Errorf("types mismatch (-want +got):\n%s", diff)
	}
	for kind, want := range map[string]string{
		"i_comm":       `{"comment":"looking","mute_reply":true}`,
		"i_custom":     fmt.Sprintf(`{"integration_id":%d,"integration_name":"Restart the host"}`, d.restart),
		"i_r_field":    `{"field_name":"shops","to":null}`,
		"i_r_severity": `{"from":"Critical","to":"Info"}`,
		"i_snooze":     `{"minutes":5}`,
		"i_a_rspd":     `{"to":[4711]}`,
		"i_rslv":       `{"from":"console"}`,
		"i_reopen":     `{"reason":"again"}`,
	} {
		if details[kind] != want {
			t.Errorf("detail of %s is %v, want %s", kind, details[kind], want)
		}
	}
	newestFirst := d.ok(d.post("/incident/feed", m{"incident_id": d.id, "limit": 2}))
	if newestFirst.at("items/0/type") != "i_reopen" || newestFirst.at("has_next_page") != true {
		t.Errorf("the newest two are %v", newestFirst)
	}
	chosen := d.ok(d.post("/incident/feed", m{"incident_id": d.id, "types": l{"i_comm", "i_custom"}}))
	if len(chosen.at("items").([]any)) != 2 || chosen.at("items/0/type") != "i_custom" || chosen.at("has_next_page") != false {
		t.Errorf("comments and actions are %v", chosen)
	}
	last := d.ok(d.post("/incident/feed", m{"incident_id": d.id, "limit": 5, "p": 4, "asc": true}))
	if len(last.at("items").([]any)) != 3 || last.at("has_next_page") != false {
		t.Errorf("the last page is %v", last)
	}
	if !slices.Contains(kinds, "i_custom") || len(d.console.Timeline(console.Match{What: console.NotDelivered})) != 1 {
		t.Error("the failed press is not on the timeline")
	}
}

// TestFlashdutyComesBackFromASnapshot: what the API shows is the same after the
// state was saved and loaded.
func TestFlashdutyComesBackFromASnapshot(t *testing.T) {
	d := flashduty(t)
	for path, body := range map[string]m{
		"/incident/field/reset":      {"incident_id": d.id, "field_name": "shops", "field_value": l{"north"}},
		"/incident/reset":            {"incident_id": d.id, "title": "Shop is down", "impact": "nobody buys"},
		"/incident/responder/add":    {"incident_id": d.id, "person_ids": l{4711}},
		"/incident/custom-action/do": {"incident_id": d.id, "integration_id": d.restart},
		"/incident/create":           {"incident_severity": "Info", "title": "By hand", "assigned_to": m{"person_ids": l{81}}},
	} {
		d.ok(d.post(path, body))
	}
	d.ok(d.post("/incident/resolve", m{"incident_ids": l{d.id}, "resolution": "a new disk"}))
	change := d.change()
	shown := func() map[string]string {
		all := map[string]string{}
		for _, r := range []reply{
			d.post("/incident/list", d.window(nil)), d.post("/incident/feed", m{"incident_id": d.id}), d.get("/status-page/list"), d.changeInfo(change),
			d.post("/webhook/history/list", m{"limit": 10, "start_time": morning.UnixMilli() - 1, "end_time": d.seconds()*1000 + 1000}),
		} {
			raw, _ := json.Marshal(d.ok(r).Data)
			all[fmt.Sprint(len(all))] = string(raw)
		}
		return all
	}
	before := shown()
	snapshot, err := d.console.State()
	if err != nil {
		t.Fatal(err)
	}
	if d.console, err = console.New(d.sender, console.WithFields(deskFields...)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.console.Close)
	if err := d.console.Load(snapshot); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, shown()); diff != "" {
		t.Errorf("what is shown mismatch (-before +after):\n%s", diff)
	}
	for path, body := range map[string]m{
		"/incident/reopen": {"incident_ids": l{d.id}}, "/incident/comment": {"incident_ids": l{d.id}, "comment": "again"},
		"/incident/custom-action/do": {"incident_id": d.id, "integration_id": d.restart},
	} {
		d.ok(d.post(path, body))
	}
	d.ok(d.updates(change, "resolved", d.sets(0, "operational")))
}
