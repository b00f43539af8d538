package console_test

import (
	"context"
	"fmt"
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

// began is the time at which the tests' platforms begin.
var began = time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC)

// seat is one platform's console with an incident, a button and an endpoint.
type seat struct {
	t        *testing.T
	api      *schema.API
	registry *sender.Registry
	sender   *sender.Sender
	console  *console.Console
	incident string
	clock    *handClock
	ways     ways
}

// ways is how one platform's API is called.
type ways struct {
	ref     string
	key     func(r *http.Request, key string)
	comment func(incident, text string) (method, path, body string)
	resolve func(incident string) (method, path, body string)
	press   func(incident, action string) (method, path, body string)
	list    func() (method, path, body string)
	waits   bool // press answers after the first attempt
	refuses map[string]int
}

// platforms are all that have a front door.
var platforms = map[string]ways{
	"flashduty": {
		ref: "flashduty@2026-05-27", waits: true,
		key: func(r *http.Request, key string) {
			q := r.URL.Query()
			q.Set("app_key", key)
			r.URL.RawQuery = q.Encode()
		},
		comment: func(incident, text string) (string, string, string) {
			return "POST", "/incident/comment", fmt.Sprintf(`{"incident_ids": [%q], "comment": %q}`, incident, text)
		},
		resolve: func(incident string) (string, string, string) {
			return "POST", "/incident/resolve", fmt.Sprintf(`{"incident_ids": [%q]}`, incident)
		},
		press: func(incident, action string) (string, string, string) {
			return "POST", "/incident/custom-action/do", fmt.Sprintf(`{"incident_id": %q, "integration_id": %s}`, incident, action)
		},
		list: func() (string, string, string) {
			return "POST", "/incident/list", fmt.Sprintf(`{"start_time": %d, "end_time": %d, "limit": 100}`, began.Add(-24*time.Hour).Unix(), began.Add(24*time.Hour).Unix())
		},
		refuses: map[string]int{"route": 404, "method": 405, "key": 401, "size": 413, "input": 400, "rate": 429, "failure": 500},
	},
	"pagerduty": {
		ref: "pagerduty@2026-08-19",
		key: func(r *http.Request, key string) {
			if key != "" {
				r.Header.Set("Authorization", "Token token="+key)
			}
		},
		comment: func(incident, text string) (string, string, string) {
			return "POST", "/incidents/" + incident + "/notes", fmt.Sprintf(`{"note": {"content": %q}}`, text)
		},
		resolve: func(incident string) (string, string, string) {
			return "PUT", "/incidents/" + incident, `{"incident": {"type": "incident_reference", "status": "resolved"}}`
		},
		press: func(incident, action string) (string, string, string) {
			return "POST", "/incidents/" + incident + "/custom_action", fmt.Sprintf(`{"custom_action": {"webhook": {"id": %q, "type": "webhook_reference"}}}`, action)
		},
		list:    func() (string, string, string) { return "GET", "/incidents?limit=100&date_range=all", "" },
		refuses: map[string]int{"route": 404, "method": 404, "key": 401, "size": 413, "input": 400, "rate": 429, "failure": 500},
	},
}

// onEach runs a test on each platform that has a front door.
func onEach(t *testing.T, test func(t *testing.T, w ways)) {
	for name, w := range platforms {
		t.Run(name, func(t *testing.T) { test(t, w) })
	}
}

// setting is what a test changes of a seat.
type setting struct {
	url     string // of the endpoint; "": nobody listens
	sender  []sender.Option
	console []console.Option
	real    bool // time that passes
}

// sit opens a console with an incident in the channel of its one button.
func sit(t *testing.T, w ways, s setting) *seat {
	t.Helper()
	profile, err := schema.Open(w.ref)
	if err != nil {
		t.Fatal(err)
	}
	api, ok := profile.API()
	if !ok {
		t.Fatalf("%s has no API", w.ref)
	}
	seat := &seat{t: t, api: api, registry: sender.NewRegistry(profile), clock: &handClock{at: began}, ways: w}
	if s.url == "" {
		s.url = "http://127.0.0.1:1/"
	}
	if err := seat.registry.Add(sender.Action{Name: "restart", Label: "Restart", URL: s.url, Channels: []string{"shop"}}); err != nil {
		t.Fatal(err)
	}
	options := []sender.Option{sender.WithSeed(7), sender.WithRepeats(0), sender.WithDeadline(time.Minute)}
	if !s.real {
		options = append(options, sender.WithClock(seat.clock), sender.WithRepeats(0))
	}
	seat.sender = sender.New(seat.registry, append(options, s.sender...)...)
	if seat.console, err = console.New(seat.sender, s.console...); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(seat.console.Close)
	seat.incident = seat.add("shop")
	return seat
}

// add puts a new incident into channel.
func (s *seat) add(channel string) string {
	s.t.Helper()
	made, err := s.sender.NewIncident(schema.Values{"channel": channel})
	if err != nil {
		s.t.Fatal(err)
	}
	i, err := s.console.Add(made, channel)
	if err != nil {
		s.t.Fatal(err)
	}
	return i.ID
}

// request is a call with the console's key, and with From where that is asked
// for.
func (s *seat) request(method, path, body string) *http.Request {
	r := httptest.NewRequestWithContext(context.Background(), method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("From", "robin.example@example.com")
	s.ways.key(r, s.console.Key())
	return r
}

// call calls the API.
func (s *seat) call(method, path, body string) *httptest.ResponseRecorder {
	return asked(s.console, s.request(method, path, body))
}

func asked(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// must fails the test where an answer is none of success.
func (s *seat) must(w *httptest.ResponseRecorder) {
	s.t.Helper()
	if w.Code/100 != 2 {
		s.t.Fatalf("answered %d: %s", w.Code, w.Body)
	}
}

// action is the id of the button.
func (s *seat) action() string {
	s.t.Helper()
	id, err := s.console.ActionID("restart")
	if err != nil {
		s.t.Fatal(err)
	}
	return id
}

// whats are what entries tell, in order.
func whats(entries []console.Entry) []console.What {
	var out []console.What
	for _, e := range entries {
		out = append(out, e.What)
	}
	return out
}

// handClock is a clock that only a test moves.
type handClock struct {
	mu sync.Mutex
	at time.Time
}

func (c *handClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *handClock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func (c *handClock) Sleep(ctx context.Context, _ time.Duration) error {
	<-ctx.Done()
	return ctx.Err()
}

func (c *handClock) Hold(ctx context.Context) (context.Context, func()) { return ctx, func() {} }

// listening is the URL of an endpoint that answers presses as f does.
func listening(t *testing.T, f http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	return server.URL
}
