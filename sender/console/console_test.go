package console_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
	"github.com/hookdrill/hookdrill/sender/console"
)

// TestEveryFrontDoorRefuses asks what must be refused on every platform: in the
// platform's envelope, and on the timeline with its reason.
func TestEveryFrontDoorRefuses(t *testing.T) {
	onEach(t, func(t *testing.T, w ways) {
		commenting := func(s *seat) *http.Request { return s.request(w.comment(s.incident, "hello")) }
		for name, one := range map[string]struct {
			request func(*seat) *http.Request
			refused string // what for
			says    string
		}{
			"a path that is none": {func(s *seat) *http.Request { return s.request("GET", "/no/such/thing", "") }, "route", "/no/such/thing"},
			"a path that is //":   {func(s *seat) *http.Request { return s.request("GET", "//", "") }, "route", "//"},
			"a method that is none": {func(s *seat) *http.Request {
				_, path, _ := w.comment(s.incident, "")
				return s.request("DELETE", path, "")
			}, "method", "DELETE"},
			"no key": {func(s *seat) *http.Request {
				r := commenting(s)
				r.URL.RawQuery = ""
				r.Header.Del("Authorization")
				return r
			}, "key", "no key"},
			"another key": {func(s *seat) *http.Request {
				r := commenting(s)
				w.key(r, "stolen")
				return r
			}, "key", "another key"},
			"no JSON": {func(s *seat) *http.Request {
				method, path, _ := w.comment(s.incident, "")
				return s.request(method, path, `{"a": `)
			}, "input", "JSON"},
			"nesting without end": {func(s *seat) *http.Request {
				method, path, _ := w.comment(s.incident, "")
				return s.request(method, path, strings.Repeat(`{"note":`, 100_000))
			}, "input", "deep"},
			"a body that is too large": {func(s *seat) *http.Request {
				method, path, _ := w.comment(s.incident, "")
				most, _ := s.api.Int("largest_body")
				return s.request(method, path, `"`+strings.Repeat("x", most)+`"`)
			}, "size", "bytes"},
			"a query that cannot be read": {func(s *seat) *http.Request {
				r := commenting(s)
				r.URL.RawQuery += "&a=%zz"
				return r
			}, "input", "query"},
		} {
			t.Run(name, func(t *testing.T) {
				s := sit(t, w, setting{})
				answered := asked(s.console, one.request(s))
				if answered.Code != w.refuses[one.refused] {
					t.Errorf("answered %d, want %d: %s", answered.Code, w.refuses[one.refused], answered.Body)
				}
				var envelope struct{ Error map[string]any }
				if err := json.Unmarshal(answered.Body.Bytes(), &envelope); err != nil || envelope.Error["code"] == nil || envelope.Error["message"] == nil {
					t.Errorf("the answer is no refusal of the platform's: %s", answered.Body)
				}
				entries := s.console.Timeline(console.Match{What: console.Refused})
				if len(entries) != 1 {
					t.Fatalf("%d refusals on the timeline", len(entries))
				}
				if e := entries[0]; !strings.Contains(e.Reason, one.says) || e.Status != answered.Code || e.Call == "" {
					t.Errorf("the timeline has %d %q: %q, want it to say %q", e.Status, e.Call, e.Reason, one.says)
				}
				if i, _ := s.console.Incident(s.incident); len(i.Comments) != 0 {
					t.Error("what was refused was done")
				}
			})
		}
	})
}

func TestWhatIsNotDocumentedIsAcceptedAndNoted(t *testing.T) {
	onEach(t, func(t *testing.T, w ways) {
		s := sit(t, w, setting{})
		method, path, body := w.comment(s.incident, "hello")
		s.must(s.call(method, path, strings.TrimSuffix(body, "}")+`, "mood": "calm"}`))
		entries := s.console.Timeline(console.Match{What: console.Commented})
		if len(entries) != 1 || !strings.Contains(strings.Join(entries[0].Notes, "\n"), "mood") {
			t.Errorf("the timeline has %+v", entries)
		}
	})
}

// TestAllRatesHoldOnThePlatformsClock fills the window of each rate, evenly, so
// that no shorter one is full before it.
func TestAllRatesHoldOnThePlatformsClock(t *testing.T) {
	onEach(t, func(t *testing.T, w ways) {
		s := sit(t, w, setting{})
		method, path, body := w.list()
		refused := 0
		refuse := func(when string) {
			t.Helper()
			if a := s.call(method, path, body); a.Code != w.refuses["rate"] {
				t.Errorf("%s a call is answered %d", when, a.Code)
			}
			refused++
		}
		for _, rate := range s.api.Rates {
			s.clock.move(time.Hour) // all windows have ended
			start, pace := s.clock.Now(), rate.Per*2/3/time.Duration(rate.Requests)
			for n := range rate.Requests {
				if a := s.call(method, path, body); a.Code/100 != 2 {
					t.Fatalf("call %d in %s is answered %d: %s", n+1, rate.Per, a.Code, a.Body)
				}
				s.clock.move(pace)
			}
			refuse("when the window is full")
			s.clock.move(rate.Per - 1 - s.clock.Now().Sub(start))
			refuse("a nanosecond before the window ends")
			s.clock.move(1)
			s.must(s.call(method, path, body))
		}
		if got := len(s.console.Timeline(console.Match{What: console.Refused})); got != refused || refused == 0 {
			t.Errorf("%d refusals on the timeline, want %d", got, refused)
		}
	})
}

// TestAPanicIsAnAnswer lets the clock panic in the middle of a call.
func TestAPanicIsAnAnswer(t *testing.T) {
	onEach(t, func(t *testing.T, w ways) {
		clock := &brittleClock{handClock: handClock{at: began}}
		s := sit(t, w, setting{sender: []sender.Option{sender.WithClock(clock), sender.WithRepeats(0)}})
		clock.brittle.Store(true)
		if a := s.call(w.comment(s.incident, "hello")); a.Code != w.refuses["failure"] {
			t.Errorf("answered %d: %s", a.Code, a.Body)
		}
		entries := s.console.Timeline(console.Match{What: console.Refused})
		if len(entries) != 1 || !strings.Contains(entries[0].Reason, "panic: the clock broke") {
			t.Errorf("the timeline has %+v", entries)
		}
		s.must(s.call(w.comment(s.incident, "hello")))
	})
}

// brittleClock panics when it is asked once.
type brittleClock struct {
	handClock
	brittle atomic.Bool
}

func (c *brittleClock) Now() time.Time {
	if c.brittle.Swap(false) {
		panic("the clock broke")
	}
	return c.handClock.Now()
}

func TestWithKey(t *testing.T) {
	onEach(t, func(t *testing.T, w ways) {
		s := sit(t, w, setting{console: []console.Option{console.WithKey("another")}})
		if s.console.Key() != "another" {
			t.Errorf("the key is %q", s.console.Key())
		}
		s.must(s.call(w.comment(s.incident, "hello")))
		r := s.request(w.comment(s.incident, "hello"))
		w.key(r, console.DefaultKey)
		if a := asked(s.console, r); a.Code != w.refuses["key"] {
			t.Errorf("the default key is answered %d", a.Code)
		}
	})
}

func TestAnIncidentThatIsNamedTwiceIsChangedOnce(t *testing.T) {
	s := sit(t, platforms["flashduty"], setting{})
	s.must(s.call("POST", "/incident/comment", fmt.Sprintf(`{"incident_ids": [%q, %[1]q], "comment": "hello"}`, s.incident)))
	i, _ := s.console.Incident(s.incident)
	if entries := s.console.Timeline(console.Match{What: console.Commented}); len(i.Comments) != 1 || len(entries) != 1 {
		t.Errorf("%d comments, %d entries", len(i.Comments), len(entries))
	}
}

// TestWhatIsShownIsWhatIs lists before and after each change: nothing that was
// shown before is shown again.
func TestWhatIsShownIsWhatIs(t *testing.T) {
	onEach(t, func(t *testing.T, w ways) {
		s := sit(t, w, setting{})
		first, again := s.call(w.list()).Body.String(), s.call(w.list()).Body.String()
		if !strings.Contains(again, s.incident) || withoutIDs(first) != withoutIDs(again) {
			t.Errorf("two lists differ, or lack the incident:\n%s\n%s", first, again)
		}
		s.must(s.call(w.resolve(s.incident)))
		if after := s.call(w.list()).Body.String(); withoutIDs(after) == withoutIDs(again) {
			t.Errorf("the list is what it was before the incident was resolved:\n%s", after)
		}
	})
}

// withoutIDs leaves out what differs in each answer.
func withoutIDs(body string) string {
	before, _, _ := strings.Cut(body, `"request_id"`)
	return before
}

func TestAnIncidentIsAddedOnce(t *testing.T) {
	s := sit(t, platforms["flashduty"], setting{})
	i, _ := s.console.Incident(s.incident)
	if _, err := s.console.Add(sender.Incident{Values: i.Values}, "shop"); !errors.Is(err, console.ErrExists) || !strings.Contains(err.Error(), s.incident) {
		t.Errorf("added again: %v", err)
	}
	if _, err := s.console.Add(sender.Incident{}, "shop"); err == nil {
		t.Error("an incident without an id was added")
	}
	if _, err := s.console.Add(sender.Incident{Values: schema.Values{"incident": "aaaaaaaaaaaaaaaaaaaaaaaa", "nonsense": 1}}, ""); err == nil {
		t.Error("an incident that no press could send was added")
	}
	if n := len(s.console.Timeline(console.Match{})); n != 1 {
		t.Errorf("the timeline has %d entries", n)
	}
}

// TestCopiesAreApart changes what the console gave away.
func TestCopiesAreApart(t *testing.T) {
	onEach(t, func(t *testing.T, w ways) {
		s := sit(t, w, setting{})
		s.must(s.call(w.comment(s.incident, "hello")))
		i, _ := s.console.Incident(s.incident)
		for name, value := range i.Values {
			spoil(value)
			i.Values[name] = "spoilt"
		}
		i.Comments[0].Text = "spoilt"
		i.Fields["spoilt"] = true
		for _, page := range s.console.Pages() {
			page.Components[0].Name = "spoilt"
		}
		for _, e := range s.console.Timeline(console.Match{}) {
			spoil(e.Detail)
		}
		snapshot, err := s.console.State()
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(snapshot), "spoilt") {
			t.Error("the console was changed by its copies")
		}
	})
}

// spoil writes into all that can be written into.
func spoil(value any) {
	switch v := value.(type) {
	case map[string]any:
		for name := range v {
			spoil(v[name])
			v[name] = "spoilt"
		}
	case []any:
		for n := range v {
			spoil(v[n])
			v[n] = "spoilt"
		}
	}
}
