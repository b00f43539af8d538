package console_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
	"github.com/hookdrill/hookdrill/sender/console"
)

// wrongValues stand in the place of every member of every body.
var wrongValues = []string{
	`null`, `true`, `-1`, `1e400`, `98765432109876543210`, `""`, `"\u0000"`, `[]`, `[null]`, `{}`, `{"id":7}`,
	strings.Repeat(`[`, 900) + strings.Repeat(`]`, 900), strings.Repeat(`{"a":`, 1100) + `1` + strings.Repeat(`}`, 1100),
}

// TestPagerDutyAnswersWrongTypesItself puts wrong values into every member of
// every body: the platform's own error comes, or the value was right after all.
func TestPagerDutyAnswersWrongTypesItself(t *testing.T) {
	for name, row := range pagerDutySucceeds {
		if row.body == "" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newPagerDuty(t, pagerDutyRefs[0])
			names := a.names(strings.Contains(row.path+row.body, "{post}"))
			var whole any
			if err := json.Unmarshal([]byte(names.Replace(row.body)), &whole); err != nil {
				t.Fatal(err)
			}
			for _, body := range spoiled(t, whole) {
				got := a.call(row.method, names.Replace(row.path), body)
				if got.status == http.StatusTooManyRequests {
					a = newPagerDuty(t, pagerDutyRefs[0]) // the same ids: the same seed
					got = a.call(row.method, names.Replace(row.path), body)
				}
				checkEnvelope(t, row.method+" "+row.path+" "+body, got)
			}
		})
	}
}

// spoiled is the value with each of its members, and itself, replaced by each of
// the wrong values.
func spoiled(t *testing.T, whole any) []string {
	const hole = "HOLE"
	var out []string
	fill := func() {
		text, err := json.Marshal(whole)
		if err != nil {
			t.Fatal(err)
		}
		for _, wrong := range wrongValues {
			out = append(out, strings.Replace(string(text), `"`+hole+`"`, wrong, 1))
		}
	}
	var walk func(v any, set func(any))
	walk = func(v any, set func(any)) {
		set(hole)
		fill()
		set(v)
		switch v := v.(type) {
		case map[string]any:
			for name, one := range v {
				walk(one, func(to any) { v[name] = to })
			}
		case []any:
			for n, one := range v {
				walk(one, func(to any) { v[n] = to })
			}
		}
	}
	walk(whole, func(to any) { whole = to })
	return out
}

// checkEnvelope asks for success, or for the platform's refusal in its envelope,
// and never for our own fault.
func checkEnvelope(t *testing.T, call string, got pdAnswer) {
	t.Helper()
	if got.status/100 == 2 {
		return
	}
	code, _ := got.at("error", "code").(json.Number)
	if got.status >= 500 || got.status/100 == 3 || got.word("error", "message") == "" || code == "" {
		t.Errorf("%.400s\nanswers %d %s", call, got.status, got.text)
	}
}

func FuzzPagerDuty(f *testing.F) {
	a := fuzzed(f)
	i := a.incident.ID
	f.Add("GET", "/incidents?statuses[]=triggered&limit=1&offset=0&since=2026-01-01", "", "")
	f.Add("GET", "/incidents?limit=-1&limit=99999999999999999999&%zz", "", "")
	f.Add("PUT", "/incidents/"+i, a.user.Email, `{"incident":{"type":"incident","status":"acknowledged","assignments":[{"assignee":{"id":"x","type":"y"}}]}}`)
	f.Add("PUT", "/incidents", a.user.Email, `{"incidents":[{"id":"`+i+`","type":"incident","title":"\ud800"}]}`)
	f.Add("POST", "/incidents/"+i+"/notes", a.user.Email, `{"note":{"content":"x","user":[]}}`)
	f.Add("POST", "/incidents/"+i+"/status_updates", "nobody", `{"message":"x"}`)
	f.Add("POST", "/extensions", "", `{"extension":{"name":"x","endpoint_url":"http://[","extension_schema":{"id":"PEXOUT1","type":"x"},"extension_objects":[]}}`)
	f.Add("GET", "/log_entries/R0000000000000000000000001?include[]=channels", "", "")
	f.Add("GET", "/log_entries/R0000000000002O00000000001", "", "") // of a number that is no int
	f.Add("GET", "//users/..%2f..", "", "")
	f.Add("POST", "/status_pages/x/posts", "", strings.Repeat("[", 2000))
	f.Fuzz(func(t *testing.T, method, target, from, body string) {
		r := &http.Request{Method: method, Header: http.Header{}, Body: http.NoBody, ProtoMajor: 1, ProtoMinor: 1}
		var err error
		if r.URL, err = httptest.NewRequest(http.MethodGet, "/", nil).URL.Parse("/" + strings.TrimPrefix(target, "/")); err != nil {
			t.Skip()
		}
		built := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.Body, r.ContentLength = built.Body, built.ContentLength
		r.Header.Set("Authorization", "Bearer "+a.console.Key())
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("From", from)
		w := httptest.NewRecorder()
		a.console.ServeHTTP(w, r)
		a.minutes.pass()
		checkEnvelope(t, fmt.Sprintf("%q %q %q", method, target, body), readAnswer(t, w))
	})
}

// fuzzed is an account whose minutes pass with every call, so that no rate is
// met.
func fuzzed(f *testing.F) *fuzzedAccount {
	f.Helper()
	profile, err := schema.Open(pagerDutyRefs[1])
	if err != nil {
		f.Fatal(err)
	}
	registry := sender.NewRegistry(profile)
	if err := registry.Add(sender.Action{Label: "Restart", URL: "http://127.0.0.1:1/", Channels: []string{"shop"}}); err != nil {
		f.Fatal(err)
	}
	a := &fuzzedAccount{minutes: &minutes{}}
	s := sender.New(registry, sender.WithSeed(41), sender.WithClock(a.minutes), sender.WithRepeats(0))
	if a.console, err = console.New(s, console.WithBounds(console.Bounds{Incidents: 50, Entries: 500, EntryBytes: 1 << 20})); err != nil {
		f.Fatal(err)
	}
	f.Cleanup(a.console.Close)
	made, err := s.NewIncident(schema.Values{"channel": "shop"})
	if err != nil {
		f.Fatal(err)
	}
	if a.incident, err = a.console.Add(made, "shop"); err != nil {
		f.Fatal(err)
	}
	a.user = a.console.User()
	return a
}

type fuzzedAccount struct {
	console  *console.Console
	incident console.Incident
	user     sender.Person
	minutes  *minutes
}

// minutes is a platform's time of which a minute passes when it is told.
type minutes struct {
	sender.WallClock
	passed atomic.Int64
}

func (m *minutes) pass() { m.passed.Add(1) }

// Now implements sender.Clock.
func (m *minutes) Now() time.Time {
	return noon{}.Now().Add(time.Duration(m.passed.Load()) * time.Minute)
}
