package console_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
	"github.com/hookdrill/hookdrill/sender/console"
)

// TestPagerDutyPressIsThePressOfTheCommand: with the same seed, time and API URL
// a press by the API of an incident that nobody touched has the bytes of a press
// without a console.
func TestPagerDutyPressIsThePressOfTheCommand(t *testing.T) {
	for _, ref := range pagerDutyRefs {
		for _, from := range []string{"", "user"} {
			t.Run(ref+" "+from, func(t *testing.T) {
				a := newPagerDuty(t, ref)
				if from != "" {
					from = a.user.Email
				}
				a.pressByAPI(a.extension("Restart"), "From", from)
				byAPI := a.endpoint.received()

				keeper := a.endpoint
				registry := sender.NewRegistry(a.sender.Profile())
				if err := registry.Add(sender.Action{Label: "Restart", URL: keeper.URL + "/restart", Channels: []string{"shop"}}); err != nil {
					t.Fatal(err)
				}
				alone := sender.New(registry, sender.WithAPIURL(a.url), sender.WithSeed(41), sender.WithClock(noon{}))
				made, err := alone.NewIncident(schema.Values{
					"title": "The shop answers slowly", "host": "shop-7.example.com", "responder": "Kim Example", "channel": "shop",
				})
				if err != nil {
					t.Fatal(err)
				}
				if _, err := alone.Press(t.Context(), sender.Press{Action: "Restart", Incident: made}); err != nil {
					t.Fatal(err)
				}
				bodies := keeper.received()
				if len(byAPI) != 1 || len(bodies) != 2 {
					t.Fatalf("%d and %d bodies came; want 1 and 2", len(byAPI), len(bodies))
				}
				if diff := cmp.Diff(string(bodies[1]), string(byAPI[0])); diff != "" {
					t.Errorf("the API's press differs (-press +API):\n%s", diff)
				}
			})
		}
	}
}

// extension is the id of the extension of that name.
func (a *pagerDutyAccount) extension(name string) string {
	a.t.Helper()
	id := a.must(a.call("GET", "/extensions?query="+strings.ReplaceAll(name, " ", "+"), "")).word("extensions", 0, "id")
	if id == "" {
		a.t.Fatalf("there is no extension %s", name)
	}
	return id
}

// pressByAPI presses a button by the API and waits for its end.
func (a *pagerDutyAccount) pressByAPI(extension string, header ...string) console.Entry {
	a.t.Helper()
	ended := a.ended()
	a.must(a.call("POST", "/incidents/"+a.incident.ID+"/custom_action", `{"custom_action":{"webhook":{"id":"`+extension+`","type":"webhook_reference"}}}`, header...))
	return <-ended
}

// ended receives the entry of how the next press ended.
func (a *pagerDutyAccount) ended() <-chan console.Entry {
	ended := make(chan console.Entry, 10)
	stop := a.console.Subscribe(func(e console.Entry) {
		if e.What == console.Delivered || e.What == console.NotDelivered {
			ended <- e
		}
	})
	a.t.Cleanup(stop)
	return ended
}

// TestPagerDutyPressDoesNotWait: the answer comes while the endpoint still thinks,
// and the timeline tells who pressed, and how it ended.
func TestPagerDutyPressDoesNotWait(t *testing.T) {
	a := newPagerDuty(t, pagerDutyRefs[0])
	think := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-think }))
	defer slow.Close()
	names := a.names(false)
	made := a.must(a.call("POST", "/extensions", names.Replace(strings.Replace(newExtension("Think", ""), "https://hooks.example.com/x", slow.URL, 1))))
	ended := a.ended()
	got := a.must(a.call("POST", "/incidents/"+a.incident.ID+"/custom_action",
		`{"custom_action":{"webhook":{"id":"`+made.word("extension", "id")+`","type":"webhook_reference"}}}`, "From", "kim.example@example.com"))
	if id := got.word("custom_action", "webhook", "id"); id != made.word("extension", "id") {
		t.Errorf("answered %s", got.text)
	}
	pressed := a.console.Timeline(console.Match{What: console.Pressed})
	if len(pressed) != 1 || pressed[0].By.Name != "Kim Example" || pressed[0].Field != "Think" || pressed[0].Call != "POST /incidents/"+a.incident.ID+"/custom_action" {
		t.Errorf("the timeline says %+v; want Kim Example's press of Think", pressed)
	}
	select {
	case e := <-ended:
		t.Errorf("it ended while the endpoint thought: %+v", e)
	default:
	}
	close(think)
	if e := <-ended; e.What != console.Delivered {
		t.Errorf("it ended as %+v; want delivered", e)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := a.console.Idle(ctx); err != nil {
		t.Error(err)
	}
}

// TestPagerDutyActionOfTheAPIIsTheSenders: what the API configures is pushed.
func TestPagerDutyActionOfTheAPIIsTheSenders(t *testing.T) {
	a := newPagerDuty(t, pagerDutyRefs[1])
	headers := make(chan http.Header, 3)
	own := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { headers <- r.Header }))
	defer own.Close()
	names := a.names(false)
	body := names.Replace(strings.Replace(newExtension("Roll back", `,"config":{"headers":[{"name":"X-Token","value":"drill-7"}]}`), "https://hooks.example.com/x", own.URL, 1))
	id := a.must(a.call("POST", "/extensions", body)).word("extension", "id")
	if e := a.pressByAPI(id); e.What != console.Delivered {
		t.Fatalf("ended as %+v", e)
	}
	if got := (<-headers).Get("X-Token"); got != "drill-7" {
		t.Errorf("the header is %q; want drill-7", got)
	}
	// What an answer shows of a value, sent back, keeps the value.
	shown := strings.Replace(body, "drill-7", a.must(a.call("GET", "/extensions/"+id, "")).word("extension", "config", "headers", 0, "value"), 1)
	a.must(a.call("PUT", "/extensions/"+id, shown))
	if e := a.pressByAPI(id); e.What != console.Delivered || e.Delivery.Push.Value("action_id") != id {
		t.Fatalf("ended as %+v", e)
	}
	if got := (<-headers).Get("X-Token"); got != "drill-7" {
		t.Errorf("after an update the header is %q; want drill-7", got)
	}
	// Two of the same label are two.
	other := a.must(a.call("POST", "/extensions", body)).word("extension", "id")
	if other == id {
		t.Errorf("a second extension has the id of the first: %s", id)
	}
	a.must(a.call("DELETE", "/extensions/"+id, ""))
	if got := a.call("GET", "/extensions/"+id, ""); got.status != http.StatusNotFound {
		t.Errorf("after deletion it answers %d %s", got.status, got.text)
	}
	if e := a.pressByAPI(other); e.What != console.Delivered {
		t.Errorf("the one that is left ended as %+v", e)
	}
	if strings.Contains(a.told(), "drill-7") {
		t.Error("the timeline tells the header's value")
	}
}

// told is all texts of the timeline.
func (a *pagerDutyAccount) told() string {
	var out []string
	for _, e := range a.console.Timeline(console.Match{}) {
		out = append(out, e.Text, e.Reason, e.Field, strings.Join(e.Notes, " "))
	}
	return strings.Join(out, "\n")
}

// TestPagerDutyDisabledExtensionIsShownAndEnabled: three drops in a row disable an
// extension, which the API shows where it is asked for, and enables.
func TestPagerDutyDisabledExtensionIsShownAndEnabled(t *testing.T) {
	a := newPagerDuty(t, "pagerduty@2026-08-19")
	refuses := httptest.NewServer(http.NotFoundHandler())
	defer refuses.Close()
	names := a.names(false)
	id := a.must(a.call("POST", "/extensions", names.Replace(strings.Replace(newExtension("Doomed", ""), "https://hooks.example.com/x", refuses.URL, 1)))).word("extension", "id")
	shown := func() any {
		return a.must(a.call("GET", "/extensions/"+id+"?include[]=temporarily_disabled", "")).at("extension", "temporarily_disabled")
	}
	for range 3 {
		if shown() != false {
			t.Fatal("disabled too early")
		}
		a.pressByAPI(id)
	}
	if shown() != true {
		t.Error("three drops do not disable it")
	}
	if e := a.pressByAPI(id); e.Delivery == nil || e.Delivery.Ended != sender.EndedDisabled {
		t.Errorf("a press of a disabled extension ends as %+v", e)
	}
	if got := a.must(a.call("POST", "/extensions/"+id+"/enable", "")); got.at("extension", "temporarily_disabled") != false || shown() != false {
		t.Errorf("enabling answers %s", got.text)
	}
	if e := a.last(); len(a.console.Timeline(console.Match{What: console.ActionEnabled})) != 1 {
		t.Errorf("the timeline does not tell of enabling; it ends with %+v", e)
	}
}

// TestPagerDutyCallsAtOnce: calls of many at once lose nothing, and the room on a
// service is given once.
func TestPagerDutyCallsAtOnce(t *testing.T) {
	a := newPagerDuty(t, pagerDutyRefs[1])
	names := a.names(false)
	paths := []struct{ method, path, body string }{
		{"POST", "/incidents/{incident}/notes", `{"note":{"content":"x"}}`},
		{"PUT", "/incidents/{incident}", `{"incident":{"type":"incident","status":"acknowledged","title":"y"}}`},
		{"PUT", "/incidents", `{"incidents":[{"id":"{incident}","type":"incident","status":"triggered"}]}`},
		{"POST", "/extensions", newExtension("Same", "")},
		{"POST", "/incidents/{incident}/custom_action", `{"custom_action":{"webhook":{"id":"{extension}","type":"webhook_reference"}}}`},
		{"GET", "/incidents?user_ids[]={user}", ""},
		{"GET", "/incidents/{incident}/log_entries?include[]=channels", ""},
		{"GET", "/extensions", ""},
	}
	const rounds = 12
	var group sync.WaitGroup
	answers := make(chan int, rounds*len(paths))
	for n := range rounds * len(paths) {
		group.Add(1)
		go func() {
			defer group.Done()
			one := paths[n%len(paths)]
			got := a.call(one.method, names.Replace(one.path), names.Replace(one.body))
			answers <- got.status
		}()
	}
	group.Wait()
	close(answers)
	refused := 0
	for status := range answers {
		if status >= 500 {
			t.Errorf("a call answers %d", status)
		}
		if status/100 == 4 {
			refused++
		}
	}
	if err := a.console.Idle(t.Context()); err != nil {
		t.Fatal(err)
	}
	most, _ := a.sender.Profile().Cap()
	i, _ := a.console.Incident(a.incident.ID)
	if len(i.Comments) != rounds || len(a.console.Actions("shop")) != most || refused != rounds-(most-1) || len(a.endpoint.received()) != rounds {
		t.Errorf("%d notes, %d actions, %d refusals, %d pushes; want %d, %d, %d, %d",
			len(i.Comments), len(a.console.Actions("shop")), refused, len(a.endpoint.received()), rounds, most, rounds-(most-1), rounds)
	}
}
