package console_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hookdrill/hookdrill/sender"
	"github.com/hookdrill/hookdrill/sender/console"
)

func TestFlashdutyPressesForReal(t *testing.T) {
	d := flashduty(t)
	r := d.ok(d.post("/incident/custom-action/do", m{"incident_id": d.id, "integration_id": d.restart}))
	if diff := cmp.Diff(any(map[string]any{}), r.Data); diff != "" {
		t.Errorf("data of a press that was delivered (-want +got):\n%s", diff)
	}
	if d.pushed.Load() != 1 {
		t.Fatalf("%d pushes", d.pushed.Load())
	}
	var got []console.What
	for _, e := range d.console.Timeline(console.Match{Incident: d.id}) {
		got = append(got, e.What)
	}
	if diff := cmp.Diff([]console.What{console.Created, console.Pressed, console.Delivered}, got); diff != "" {
		t.Errorf("timeline mismatch (-want +got):\n%s", diff)
	}
	pressed := d.console.Timeline(console.Match{What: console.Pressed})[0]
	if pressed.Call != "POST /incident/custom-action/do" || pressed.Status != http.StatusOK || pressed.Field != "restart" {
		t.Errorf("the entry is %+v", pressed)
	}
}

// TestFlashdutyPressIsThatOfTheSender: with the same seed and time, a press by
// the API sends byte for byte what a press without a console sends.
func TestFlashdutyPressIsThatOfTheSender(t *testing.T) {
	by := func(press func(d *desk)) []byte {
		d := flashduty(t)
		press(d)
		return d.body.Load().([]byte)
	}
	api := by(func(d *desk) {
		d.ok(d.post("/incident/custom-action/do", m{"incident_id": d.id, "integration_id": d.restart}))
	})
	alone := by(func(d *desk) {
		i, _ := d.console.Incident(d.id)
		d.pass(100 * time.Millisecond)
		if _, err := d.sender.Press(context.Background(), sender.Press{Action: "restart", Incident: sender.Incident{Values: i.Values}}); err != nil {
			t.Fatal(err)
		}
	})
	if !bytes.Equal(api, alone) {
		t.Errorf("by the API:\n%s\nalone:\n%s", api, alone)
	}
}

func TestFlashdutyPressThatFails(t *testing.T) {
	tests := map[string]struct {
		endpoint http.HandlerFunc
		message  string
	}{
		"a status":            {func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(500) }, "status 500 Internal Server Error"},
		"a status of success": {func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(202) }, "status 202 Accepted"},
		"no answer": {func(w http.ResponseWriter, r *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				conn.Close()
			}
		}, "EOF"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			d := flashduty(t)
			endpoint := httptest.NewServer(test.endpoint)
			t.Cleanup(endpoint.Close)
			if err := d.sender.Registry().Add(sender.Action{Name: "fails", URL: endpoint.URL, Channels: []string{"checkout"}}); err != nil {
				t.Fatal(err)
			}
			r := d.ok(d.post("/incident/custom-action/do", m{"incident_id": d.id, "integration_id": d.integration("fails")}))
			if message, _ := r.at("message").(string); !strings.Contains(message, test.message) {
				t.Errorf("message is %q, want %q", message, test.message)
			}
			if e := d.console.Timeline(console.Match{What: console.NotDelivered}); len(e) != 1 {
				t.Errorf("the timeline says %+v", e)
			}
		})
	}
}

func TestFlashdutyPressGoesOnWithoutItsCaller(t *testing.T) {
	d := flashduty(t)
	ctx, leave := context.WithCancel(t.Context())
	gone := make(chan struct{})
	endpoint := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { leave(); <-gone }))
	t.Cleanup(endpoint.Close)
	if err := d.sender.Registry().Add(sender.Action{Name: "slow", URL: endpoint.URL, Channels: []string{"checkout"}}); err != nil {
		t.Fatal(err)
	}
	body := fmt.Sprintf(`{"incident_id": %q, "integration_id": %d}`, d.id, d.integration("slow"))
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/incident/custom-action/do?app_key="+d.console.Key(), strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	d.console.ServeHTTP(httptest.NewRecorder(), r)
	close(gone)
	if err := d.console.Idle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if refused := d.console.Timeline(console.Match{What: console.Refused}); len(refused) > 0 {
		t.Errorf("a call that nobody waits for is no refusal: %+v", refused)
	}
	if pressed := d.console.Timeline(console.Match{What: console.Pressed}); len(pressed) != 1 {
		t.Errorf("the presses are %+v", pressed)
	}
}

func TestFlashdutyRefusesButtonsThatAreNotThere(t *testing.T) {
	d := flashduty(t)
	d.refused(d.post("/incident/custom-action/do", m{"incident_id": d.id, "integration_id": d.other}), "InvalidParameter", `the incident is in "checkout", the action is on billing`)
	d.refused(d.post("/incident/custom-action/do", m{"incident_id": d.id, "integration_id": 12}), "InvalidParameter", "/integration_id: 12")
	if d.pushed.Load() != 0 {
		t.Errorf("%d pushes", d.pushed.Load())
	}
	if d.restart == d.other || d.restart != flashduty(t).restart {
		t.Error("an integration's id is not its own, or another in another run with the same seed")
	}
}

func TestFlashdutyPressesAtOnce(t *testing.T) {
	d := flashduty(t)
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Go(func() {
			body, _ := json.Marshal(m{"incident_id": d.id, "integration_id": d.restart})
			path := "/incident/custom-action/do"
			if n%2 == 1 {
				path, body = "/incident/comment", []byte(fmt.Sprintf(`{"incident_ids":[%q],"comment":"%d"}`, d.id, n))
			}
			r := httptest.NewRequest("POST", path+"?app_key="+d.console.Key(), bytes.NewReader(body))
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			d.console.ServeHTTP(w, r)
			if w.Code != http.StatusOK {
				t.Errorf("answered %d %s", w.Code, w.Body)
			}
		})
	}
	wg.Wait()
	i, _ := d.console.Incident(d.id)
	if d.pushed.Load() != 4 || len(i.Comments) != 4 {
		t.Errorf("%d pushes, %d comments", d.pushed.Load(), len(i.Comments))
	}
}

func TestFlashdutyHistory(t *testing.T) {
	d := flashduty(t)
	start := d.seconds()*1000 - 1
	do := func(id string, integration int64) {
		t.Helper()
		d.ok(d.post("/incident/custom-action/do", m{"incident_id": id, "integration_id": integration}))
	}
	do(d.id, d.restart)
	d.answer.Store(503)
	do(d.id, d.restart)
	d.answer.Store(200)
	second := d.add(nil, "billing")
	do(second, d.other)
	window := func(more m) m {
		body := m{"limit": 10, "start_time": start, "end_time": d.seconds()*1000 + 1000}
		for name, value := range more {
			body[name] = value
		}
		return body
	}
	tests := map[string]struct {
		body m
		want []string
	}{
		"all, the newest first": {m{}, []string{"success 200", "failed 503", "success 200"}},
		"all, the oldest first": {m{"asc": true, "limit": 2}, []string{"success 200", "failed 503"}},
		"those that failed":     {m{"status": "failed"}, []string{"failed 503"}},
		"of an incident":        {m{"ref_id": second}, []string{"success 200"}},
		"of an integration":     {m{"integration_id": d.restart}, []string{"failed 503", "success 200"}},
		"of custom actions":     {m{"event_types": l{"i_custom"}}, []string{"success 200", "failed 503", "success 200"}},
		"of others":             {m{"event_types": l{"i_new"}}, nil},
		"before there was any":  {m{"start_time": start - 10, "end_time": start}, nil},
		"a page":                {m{"limit": 1}, []string{"success 200"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := d.ok(d.post("/webhook/history/list", window(test.body)))
			var got []string
			for n := range r.at("items").([]any) {
				item := fmt.Sprintf("items/%d/", n)
				got = append(got, fmt.Sprint(r.at(item+"status"), " ", r.at(item+"status_code")))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("history mismatch (-want +got):\n%s", diff)
			}
		})
	}
	page := d.ok(d.post("/webhook/history/list", window(m{"limit": 2})))
	next := d.ok(d.post("/webhook/history/list", window(m{"limit": 2, "search_after_ctx": page.at("search_after_ctx")})))
	if page.at("total") != int64(3) || len(next.at("items").([]any)) != 1 || next.at("search_after_ctx") != "" {
		t.Errorf("a page of two is %v\nwhat follows is %v", page, next)
	}
	when := fmt.Sprint(page.at("items/0/event_time"))
	if at, err := time.Parse(time.RFC3339Nano, when); err != nil || !strings.HasSuffix(when, "+08:00") || at.UnixMilli() < start {
		t.Errorf("event_time is %s", when)
	}
	d.refused(d.post("/webhook/history/list", window(m{"search_after_ctx": "elsewhere"})), "InvalidParameter", "/search_after_ctx")
	d.refused(d.post("/webhook/history/list", window(m{"end_time": start})), "InvalidParameter", "/end_time")
	d.refused(d.post("/webhook/history/list", window(m{"end_time": d.seconds()})), "InvalidParameter", "/end_time") // in seconds

	detail := d.ok(d.post("/webhook/history/detail", m{"event_id": page.at("items/0/event_id"), "integration_id": d.other}))
	body := d.body.Load().([]byte)
	if detail.at("request_body") != string(body) || detail.at("ref_id") != second || detail.at("channel_name") != "billing" {
		t.Errorf("the detail is %v", detail)
	}
	d.refused(d.post("/webhook/history/detail", m{"event_id": page.at("items/0/event_id"), "integration_id": d.restart}), "ResourceNotFound", "")
}
