package console_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
	"github.com/hookdrill/hookdrill/sender/console"
)

// pagerDutyRefs are the profiles whose API this front door speaks.
var pagerDutyRefs = []string{"pagerduty@2020-10-09", "pagerduty@2026-08-19"}

// pagerDutyAccount is a console behind a server, an incident in it with one
// button, and the endpoint that the button pushes to.
type pagerDutyAccount struct {
	t        *testing.T
	console  *console.Console
	sender   *sender.Sender
	url      string
	endpoint *keeper
	incident console.Incident
	user     sender.Person
}

// keeper is an endpoint that keeps the bodies that come.
type keeper struct {
	*httptest.Server
	mu     sync.Mutex
	bodies [][]byte
}

func newKeeper(t *testing.T) *keeper {
	e := &keeper{}
	e.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		e.mu.Lock()
		e.bodies = append(e.bodies, body)
		e.mu.Unlock()
	}))
	t.Cleanup(e.Close)
	return e
}

func (e *keeper) received() [][]byte {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.bodies
}

// noon is a platform's time that stands still.
type noon struct{ sender.WallClock }

// Now implements sender.Clock.
func (noon) Now() time.Time { return time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC) }

func newPagerDuty(t *testing.T, ref string, opts ...console.Option) *pagerDutyAccount {
	t.Helper()
	return newPagerDutyAt(t, ref, noon{}, opts...)
}

func newPagerDutyAt(t *testing.T, ref string, clock sender.Clock, opts ...console.Option) *pagerDutyAccount {
	t.Helper()
	profile, err := schema.Open(ref)
	if err != nil {
		t.Fatal(err)
	}
	a := &pagerDutyAccount{t: t, endpoint: newKeeper(t)}
	registry := sender.NewRegistry(profile)
	if err := registry.Add(sender.Action{Label: "Restart", URL: a.endpoint.URL + "/restart", Channels: []string{"shop"}}); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(nil)
	a.url = "http://" + server.Listener.Addr().String()
	a.sender = sender.New(registry, sender.WithAPIURL(a.url), sender.WithSeed(41), sender.WithClock(clock))
	if a.console, err = console.New(a.sender, opts...); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.console.Close)
	server.Config.Handler = a.console
	server.Start()
	t.Cleanup(server.Close)
	a.incident = a.add(schema.Values{"title": "The shop answers slowly", "host": "shop-7.example.com", "responder": "Kim Example"})
	a.user = a.console.User()
	return a
}

func (a *pagerDutyAccount) add(v schema.Values) console.Incident {
	a.t.Helper()
	v["channel"] = "shop"
	made, err := a.sender.NewIncident(v)
	if err != nil {
		a.t.Fatal(err)
	}
	i, err := a.console.Add(made, "shop")
	if err != nil {
		a.t.Fatal(err)
	}
	return i
}

// pdAnswer is what a call answered.
type pdAnswer struct {
	status int
	header http.Header
	text   string
	value  any
}

// at is what stands at the members of path, lists by their index.
func (a pdAnswer) at(path ...any) any {
	v := a.value
	for _, step := range path {
		switch step := step.(type) {
		case string:
			o, _ := v.(map[string]any)
			v = o[step]
		case int:
			l, _ := v.([]any)
			if step >= len(l) {
				return nil
			}
			v = l[step]
		}
	}
	return v
}

func (a pdAnswer) word(path ...any) string {
	s, _ := a.at(path...).(string)
	return s
}

// call calls the API as a person of the account with a good key. A header whose
// value is "" is left out.
func (a *pagerDutyAccount) call(method, path, body string, header ...string) pdAnswer {
	a.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Token token="+a.console.Key())
	r.Header.Set("Accept", "application/vnd.pagerduty+json;version=2")
	r.Header.Set("From", a.user.Email)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Del(header[i])
		if header[i+1] != "" {
			r.Header.Set(header[i], header[i+1])
		}
	}
	w := httptest.NewRecorder()
	a.console.ServeHTTP(w, r)
	return readAnswer(a.t, w)
}

func readAnswer(t *testing.T, w *httptest.ResponseRecorder) pdAnswer {
	t.Helper()
	got := pdAnswer{status: w.Code, header: w.Header(), text: w.Body.String()}
	if got.text == "" {
		return got
	}
	decoder := json.NewDecoder(bytes.NewReader(w.Body.Bytes()))
	decoder.UseNumber()
	if err := decoder.Decode(&got.value); err != nil {
		t.Fatalf("the answer is no JSON: %v\n%s", err, got.text)
	}
	return got
}

// last is the newest entry of the timeline.
func (a *pagerDutyAccount) last() console.Entry {
	a.t.Helper()
	all := a.console.Timeline(console.Match{})
	if len(all) == 0 {
		a.t.Fatal("the timeline is empty")
	}
	return all[len(all)-1]
}
func (a *pagerDutyAccount) must(got pdAnswer) pdAnswer {
	a.t.Helper()
	if got.status/100 != 2 {
		a.t.Fatalf("answered %d %s", got.status, got.text)
	}
	return got
}

func (a *pagerDutyAccount) setStatus(status string) {
	a.t.Helper()
	a.must(a.call("PUT", "/incidents/"+a.incident.ID, `{"incident":{"type":"incident","status":"`+status+`"}}`))
}

func (a *pagerDutyAccount) resolve()     { a.setStatus("resolved") }
func (a *pagerDutyAccount) acknowledge() { a.setStatus("acknowledged") }

func (a *pagerDutyAccount) write() {
	a.t.Helper()
	a.must(a.call("POST", "/incidents/"+a.incident.ID+"/notes", `{"note":{"content":"The disk was full."}}`))
}

// addOther adds an action on another service.
func (a *pagerDutyAccount) addOther() {
	a.t.Helper()
	if err := a.sender.Registry().Add(sender.Action{Label: "Elsewhere", URL: "https://hooks.example.com/else", Channels: []string{"search"}}); err != nil {
		a.t.Fatal(err)
	}
}

// fill brings the service to its documented number of actions.
func (a *pagerDutyAccount) fill() {
	a.t.Helper()
	most, _ := a.sender.Profile().Cap()
	for n := 1; n < most; n++ {
		names := a.names(false)
		a.must(a.call("POST", "/extensions", names.Replace(newExtension("Button "+strings.Repeat("I", n), ""))))
	}
}

// names are the ids of what is in the account, as the API tells them, in braces
// in the tables; with a post on the status page or without.
func (a *pagerDutyAccount) names(post bool) *strings.Replacer {
	a.t.Helper()
	read := func(path string) pdAnswer { return a.must(a.call("GET", path, "")) }
	incident := read("/incidents/" + a.incident.ID)
	services, extensions, pages := read("/services"), read("/extensions"), read("/status_pages")
	page := pages.word("status_pages", 0, "id")
	known := []string{
		"{url}", a.url, "{key}", a.console.Key(), "{incident}", a.incident.ID, "{user}", a.user.ID, "{page}", page,
		"{responder}", incident.word("incident", "assignments", 0, "assignee", "id"),
		"{trigger}", incident.word("incident", "first_trigger_log_entry", "id"),
		"{policy}", incident.word("incident", "escalation_policy", "id"),
		"{service}", services.word("services", 0, "id"), "{elsewhere}", services.word("services", 1, "id"),
		"{extension}", extensions.word("extensions", 0, "id"), "{other}", extensions.word("extensions", 1, "id"),
		"{schema}", read("/extension_schemas").word("extension_schemas", 0, "id"),
		"{priority}", read("/priorities").word("priorities", 0, "id"),
		"{alert}", read("/incidents/"+a.incident.ID+"/alerts").word("alerts", 0, "id"),
		"{impact}", read("/status_pages/"+page+"/impacts").word("impacts", 0, "id"),
		"{severity}", read("/status_pages/"+page+"/severities").word("severities", 0, "id"),
		"{status}", read("/status_pages/"+page+"/statuses").word("statuses", 0, "id"),
		"{component}", read("/status_pages/"+page+"/services").word("services", 0, "id"),
	}
	if post {
		made := a.must(a.call("POST", "/status_pages/"+page+"/posts", strings.NewReplacer(known...).Replace(newPost("Slow"))))
		known = append(known, "{post}", made.word("post", "id"), "{update}", made.word("post", "updates", 0, "id"))
	}
	return strings.NewReplacer(known...)
}
