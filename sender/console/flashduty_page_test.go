package console_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hookdrill/hookdrill/sender/console"
)

// with is a body that opens a change, changed.
func (d *desk) with(more m) m {
	body := d.newChange()
	maps.Copy(body, more)
	return body
}

// sets is a component change.
func (d *desk) sets(n int, status string) m {
	return m{"component_id": d.pages.Components[n].ID, "status": status}
}

// updates adds an update to a change.
func (d *desk) updates(change int64, status string, changes ...any) reply {
	return d.post("/status-page/change/timeline/create", m{
		"page_id": d.page, "change_id": change, "status": status, "description": "so it is", "component_changes": append(l{}, changes...),
	})
}

func (d *desk) changeInfo(change int64) reply {
	d.t.Helper()
	return d.ok(d.get(fmt.Sprintf("/status-page/change/info?page_id=%d&change_id=%d", d.page, change)))
}

// components are the statuses of the page's.
func (d *desk) components() (out []string) {
	for _, c := range d.console.Pages()[0].Components {
		out = append(out, c.Status)
	}
	return out
}

func TestFlashdutyStatusPage(t *testing.T) {
	maintenance := m{"type": "maintenance", "status": "scheduled"}
	tests := map[string]func(d *desk){
		"the page and its components": func(d *desk) {
			list := d.ok(d.get("/status-page/list"))
			one := d.ok(d.get(fmt.Sprintf("/status-page/info?page_id=%d", d.page)))
			if diff := cmp.Diff(list.at("items/0"), one.Data); diff != "" {
				d.t.Errorf("the page of the list and the page differ:\n%s", diff)
			}
			if one.at("page_id") != d.page || one.at("components/0/component_id") != d.pages.Components[0].ID || one.at("components/0/name") == "" {
				d.t.Errorf("the page is %v", one)
			}
		},
		"published, then resolved with every component operational": func(d *desk) {
			r := d.ok(d.post("/status-page/change/create", d.newChange()))
			id, _ := r.at("change_id").(int64)
			if r.at("change_name") != "Carts are slow" {
				d.t.Errorf("answered %v", r)
			}
			d.wants("degraded", "operational", "operational")
			info := d.changeInfo(id)
			if info.at("status") != "investigating" || info.at("affected_components/0/status") != "degraded" || info.at("updates/0/component_changes/0/component_name") != d.pages.Components[0].Name {
				d.t.Errorf("the change is %v", info)
			}
			u := d.ok(d.updates(id, "resolved", d.sets(0, "operational")))
			info = d.changeInfo(id)
			if info.at("status") != "resolved" || info.at("close_at_seconds") != d.last0() || info.at("updates/1/update_id") != u.at("update_id") {
				d.t.Errorf("the change is %v", info)
			}
			d.wants("operational", "operational", "operational")
		},
		"resolving while a component does not work is refused": func(d *desk) {
			id := d.change()
			for _, r := range []reply{d.updates(id, "resolved"), d.updates(id, "resolved", d.sets(0, "partial_outage")), d.updates(id, "resolved", d.sets(1, "operational"))} {
				d.refused(r, "InvalidParameter", "operational")
			}
			d.ok(d.updates(id, "identified", d.sets(1, "full_outage")))
			d.refused(d.updates(id, "resolved", d.sets(0, "operational")), "InvalidParameter", d.pages.Components[1].ID)
			d.ok(d.updates(id, "resolved", d.sets(0, "operational"), d.sets(1, "operational")))
			if got := len(d.console.Pages()[0].Events[0].Updates); got != 3 {
				d.t.Errorf("%d updates", got)
			}
		},
		"completing a maintenance while a component is under it is refused": func(d *desk) {
			body := d.with(maintenance)
			body["updates"] = l{m{"component_changes": l{d.sets(2, "under_maintenance")}}}
			body["auto_update_by_schedule"] = true
			id, _ := d.ok(d.post("/status-page/change/create", body)).at("change_id").(int64)
			if notes := d.last().Notes; len(notes) != 1 || !strings.Contains(notes[0], "not played") {
				d.t.Errorf("notes are %q", notes)
			}
			d.ok(d.updates(id, "ongoing"))
			d.refused(d.updates(id, "completed"), "InvalidParameter", "under_maintenance")
			d.ok(d.updates(id, "completed", d.sets(2, "operational")))
		},
		"an incident that is over when it is told": func(d *desk) {
			body := d.with(m{"status": "resolved", "is_retrospective": true, "updates": l{
				m{"status": "investigating", "at_seconds": d.seconds() - 600, "component_changes": l{d.sets(0, "degraded")}},
				m{"status": "resolved", "at_seconds": d.seconds() - 60, "component_changes": l{d.sets(0, "operational")}},
			}})
			id, _ := d.ok(d.post("/status-page/change/create", body)).at("change_id").(int64)
			if info := d.changeInfo(id); info.at("status") != "resolved" || info.at("is_retrospective") != true {
				d.t.Errorf("the change is %v", info)
			}
			body["updates"] = body["updates"].(l)[:1]
			d.refused(d.post("/status-page/change/create", body), "InvalidParameter", "at least 2")
		},
		"opened as resolved while a component does not work": func(d *desk) {
			body := d.with(m{"status": "resolved"})
			body["updates"] = l{m{"component_changes": l{d.sets(0, "degraded")}}}
			d.refused(d.post("/status-page/change/create", body), "InvalidParameter", "operational")
			d.wants("operational", "operational", "operational")
		},
		"the first update names components": func(d *desk) {
			for _, updates := range []l{{m{"status": "investigating"}}, {m{"component_changes": l{}}}, {m{}, m{"component_changes": l{d.sets(0, "degraded")}}}} {
				d.refused(d.post("/status-page/change/create", d.with(m{"updates": updates})), "InvalidParameter", "/updates/0/component_changes")
			}
			d.refused(d.post("/status-page/change/create", d.with(m{"updates": l{}})), "InvalidParameter", "/updates")
		},
		"components are the page's, each once": func(d *desk) {
			id := d.change()
			d.refused(d.updates(id, "identified", m{"component_id": "01ELSEWHERE", "status": "degraded"}), "InvalidParameter", "01ELSEWHERE")
			d.refused(d.updates(id, "identified", d.sets(1, "degraded"), d.sets(1, "operational")), "InvalidParameter", "second time")
			d.refused(d.post("/status-page/change/create", d.with(m{"updates": l{m{"component_changes": l{d.sets(0, "degraded"), d.sets(0, "degraded")}}}})), "InvalidParameter", "/updates/0/component_changes/1")
		},
		"statuses are those of the type": func(d *desk) {
			id := d.change()
			for _, status := range []string{"scheduled", "ongoing", "completed"} {
				d.refused(d.updates(id, status), "InvalidParameter", "investigating, identified, monitoring, resolved")
				d.refused(d.post("/status-page/change/create", d.with(m{"status": status})), "InvalidParameter", "/status")
			}
			for _, status := range []string{"investigating", "identified", "monitoring", "resolved"} {
				d.refused(d.post("/status-page/change/create", d.with(m{"type": "maintenance", "status": status})), "InvalidParameter", "scheduled, ongoing, completed")
			}
			d.refused(d.updates(id, "identified", d.sets(0, "under_maintenance")), "InvalidParameter", "operational, degraded, partial_outage, full_outage")
			body := d.with(maintenance)
			body["updates"] = l{m{"component_changes": l{d.sets(0, "degraded")}}}
			d.refused(d.post("/status-page/change/create", body), "InvalidParameter", "operational, under_maintenance")
		},
		"it closes after it starts": func(d *desk) {
			d.refused(d.post("/status-page/change/create", d.with(m{"start_at_seconds": d.seconds(), "close_at_seconds": d.seconds()})), "InvalidParameter", "/close_at_seconds")
			d.refused(d.post("/status-page/change/create", d.with(m{"start_at_seconds": int64(1) << 62})), "InvalidParameter", "/start_at_seconds")
		},
		"a title of 255 characters, of 256, and a change without text": func(d *desk) {
			d.ok(d.post("/status-page/change/create", d.with(m{"title": strings.Repeat("x", 255)})))
			d.refused(d.post("/status-page/change/create", d.with(m{"title": strings.Repeat("x", 256)})), "InvalidParameter", "/title")
			d.refused(d.post("/status-page/change/create", d.with(m{"description": ""})), "InvalidParameter", "/description")
		},
		"title and responders are changed without an update": func(d *desk) {
			id := d.change()
			d.ok(d.post("/status-page/change/update", m{"page_id": d.page, "change_id": id, "title": "Slow carts", "responders": l{7}}))
			d.ok(d.post("/status-page/change/update", m{"page_id": d.page, "change_id": id, "title": nil}))
			info := d.changeInfo(id)
			if info.at("title") != "Slow carts" || info.at("responder_ids/0") != int64(7) || info.at("linked_change_ids/0") != "82" || info.at("updates/1") != nil {
				d.t.Errorf("the change is %v", info)
			}
		},
		"an update is said better, and deleted": func(d *desk) {
			id := d.change()
			update := d.ok(d.updates(id, "monitoring")).at("update_id")
			body := m{"page_id": d.page, "change_id": id, "update_id": update, "description": "better", "at_seconds": d.seconds() - 5}
			d.ok(d.post("/status-page/change/timeline/update", body))
			if info := d.changeInfo(id); info.at("updates/1/description") != "better" || info.at("updates/1/at_seconds") != body["at_seconds"] {
				d.t.Errorf("the change is %v", info)
			}
			d.ok(d.post("/status-page/change/timeline/delete", body))
			if info := d.changeInfo(id); info.at("status") != "investigating" || info.at("updates/1") != nil {
				d.t.Errorf("the change is %v", info)
			}
			d.refused(d.post("/status-page/change/timeline/delete", body), "ResourceNotFound", fmt.Sprint(update))
			body["update_id"] = d.update(id, 0)
			d.refused(d.post("/status-page/change/timeline/delete", body), "InvalidParameter", "first")
		},
		"a change is deleted, and its components work": func(d *desk) {
			id := d.change()
			d.wants("degraded", "operational", "operational")
			d.ok(d.post("/status-page/change/delete", m{"page_id": d.page, "change_id": id}))
			d.wants("operational", "operational", "operational")
			d.refused(d.post("/status-page/change/delete", m{"page_id": d.page, "change_id": id}), "ResourceNotFound", fmt.Sprint(id))
		},
		"what is not there": func(d *desk) {
			id := d.change()
			for _, body := range []m{{"page_id": 12, "change_id": id}, {"page_id": d.page, "change_id": 12}} {
				maps.Copy(body, m{"status": "identified", "description": "x", "update_id": "01X"})
				for _, path := range []string{"/update", "/delete", "/timeline/create", "/timeline/update", "/timeline/delete"} {
					d.refused(d.post("/status-page/change"+path, body), "ResourceNotFound", " 12")
				}
			}
			d.refused(d.post("/status-page/change/create", d.with(m{"page_id": 12})), "ResourceNotFound", "page 12")
			for _, path := range []string{
				"/status-page/info?page_id=12", "/status-page/info?page_id=none", "/status-page/change/active/list?page_id=12&type=incident",
				"/status-page/change/list?page_id=12&type=incident&status=resolved", fmt.Sprintf("/status-page/change/info?page_id=%d&change_id=12", d.page),
			} {
				d.refused(d.get(path), "ResourceNotFound", "")
			}
			d.refused(d.get(fmt.Sprintf("/status-page/change/list?page_id=%d&type=incident&status=ongoing", d.page)), "InvalidParameter", "?status")
		},
		"lists: by type, status and start; the active ones": func(d *desk) {
			first := d.change()
			d.pass(time.Hour)
			second := d.change()
			body := d.with(maintenance)
			body["updates"] = l{m{"component_changes": l{d.sets(2, "under_maintenance")}}}
			third, _ := d.ok(d.post("/status-page/change/create", body)).at("change_id").(int64)
			d.ok(d.updates(first, "resolved", d.sets(0, "operational")))
			d.wants("degraded", "operational", "under_maintenance")
			page := fmt.Sprintf("page_id=%d", d.page)
			hour := fmt.Sprint(d.seconds() - 1800)
			for query, want := range map[string][]int64{
				"active/list?" + page + "&type=incident":                                       {second},
				"active/list?" + page + "&type=maintenance":                                    {third},
				"list?" + page + "&type=incident&status=resolved":                              {first},
				"list?" + page + "&type=incident&status=investigating":                         {second},
				"list?" + page + "&type=incident&status=monitoring":                            nil,
				"list?" + page + "&type=incident&status=resolved&start_at_seconds=" + hour:     nil,
				"list?" + page + "&type=incident&status=resolved&end_at_seconds=" + hour:       {first},
				"list?" + page + "&type=incident&status=investigating&end_at_seconds=" + hour:  nil,
				"list?" + page + "&type=maintenance&status=scheduled&start_at_seconds=" + hour: {third},
			} {
				r := d.ok(d.get("/status-page/change/" + query))
				var got []int64
				for n := range r.at("items").([]any) {
					id, _ := r.at(fmt.Sprintf("items/%d/change_id", n)).(int64)
					got = append(got, id)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					d.t.Errorf("%s mismatch (-want +got):\n%s", query, diff)
				}
			}
		},
		"what happened is on the timeline": func(d *desk) {
			before := newest(d.console)
			id := d.change()
			d.ok(d.updates(id, "resolved", d.sets(0, "operational")))
			var got []string
			for _, e := range d.console.Timeline(console.Match{After: before}) {
				got = append(got, fmt.Sprint(e.What, " ", e.Field, " ", e.Text, " ", e.Status))
				if e.Detail["event"] != fmt.Sprint(id) || e.Detail["page"] != d.pages.ID {
					d.t.Errorf("the entry is of %v", e.Detail)
				}
			}
			want := []string{"page_opened investigating Carts are slow 200", "page_updated resolved so it is 200"}
			if diff := cmp.Diff(want, got); diff != "" {
				d.t.Errorf("timeline mismatch (-want +got):\n%s", diff)
			}
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { test(flashduty(t)) })
	}
}

// wants fails the test unless the page's components stand so.
func (d *desk) wants(statuses ...string) {
	d.t.Helper()
	if diff := cmp.Diff(statuses, d.components()); diff != "" {
		d.t.Errorf("components mismatch (-want +got):\n%s", diff)
	}
}

// last0 is when the newest update of the page's first event was.
func (d *desk) last0() int64 {
	updates := d.console.Pages()[0].Events[0].Updates
	return updates[len(updates)-1].At.Unix()
}
