package receiver_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hookdrill/hookdrill/receiver"
	"github.com/hookdrill/hookdrill/schema"
	"github.com/rs/zerolog"
)

func platforms() []string { return []string{"flashduty", "pagerduty"} }

// found joins the names of the checks that found something.
func found(e receiver.Entry) string {
	var names []string
	for _, f := range e.Findings {
		names = append(names, f.Check)
	}
	return strings.Join(names, " ")
}

func TestDefaultsRefuseWhatNoPlatformSends(t *testing.T) {
	tests := map[string]struct {
		change func(*http.Request)
		want   int
		found  string
	}{
		"a push as it should be":            {func(*http.Request) {}, 200, ""},
		"another method":                    {func(r *http.Request) { r.Method = "PUT" }, 405, "method"},
		"no content type":                   {func(r *http.Request) { r.Header.Del("Content-Type") }, 415, "content_type"},
		"two content types":                 {func(r *http.Request) { r.Header.Add("Content-Type", "application/json") }, 415, "content_type"},
		"another content type":              {func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }, 415, "content_type"},
		"another charset":                   {func(r *http.Request) { r.Header.Set("Content-Type", "application/json; charset=latin1") }, 415, "content_type"},
		"a content type in capitals":        {func(r *http.Request) { r.Header.Set("Content-Type", "Application/JSON; Charset=UTF-8") }, 200, ""},
		"a content type that is none":       {func(r *http.Request) { r.Header.Set("Content-Type", "application/json; ;;=") }, 415, "content_type"},
		"no body":                           {func(r *http.Request) { setBody(r, "") }, 400, "schema"},
		"a body that is no JSON":            {func(r *http.Request) { setBody(r, "{") }, 400, "schema"},
		"a body that is JSON and no push":   {func(r *http.Request) { setBody(r, "{}") }, 400, "schema"},
		"an encoded body":                   {func(r *http.Request) { r.Header.Set("Content-Encoding", "gzip") }, 415, "encoding"},
		"more than one thing: method first": {func(r *http.Request) { r.Method = "GET"; setBody(r, "") }, 405, "method"},
	}
	for _, ref := range platforms() {
		p := open(t, ref)
		for name, test := range tests {
			t.Run(ref+": "+name, func(t *testing.T) {
				r := receiver.New(p)
				req := request(t, p, schema.Values{"host": "drill-01"}, "127.0.0.1:9")
				test.change(req)
				w := serve(r, req)
				e := newest(t, r)
				if w.Code != test.want || found(e) != test.found || e.Done.Status != test.want || e.Completed.IsZero() {
					t.Errorf("answered %d, found %q, Done %+v; want %d, %q", w.Code, found(e), e.Done, test.want, test.found)
				}
				if test.found == "" {
					return
				}
				var body struct {
					Check      string
					Status     int
					Violations []schema.Violation
				}
				if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || body.Check != test.found || body.Status != test.want || len(body.Violations) == 0 {
					t.Errorf("the answer tells %+v, %v:\n%s", body, err, w.Body)
				}
				if got := w.Header().Get("Allow"); (got == "POST") != (w.Code == 405) {
					t.Errorf("Allow: %q with a %d", got, w.Code)
				}
			})
		}
	}
}

func setBody(r *http.Request, text string) {
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
}

func TestRecordOnlyAnswersAndKeepsTheFindings(t *testing.T) {
	p := open(t, "flashduty")
	r := receiver.New(p, receiver.WithRecordOnly(), receiver.WithChecks(
		receiver.CheckMethod(405), receiver.CheckSource(prefixes(t, "192.0.2.0/24"), 403), receiver.CheckHeader("X-Token", "t", 401),
		receiver.CheckContentType(415), receiver.CheckSchema(schema.Lenient, 400), receiver.CheckSeen(200)))
	req := request(t, p, nil, "127.0.0.1:9")
	req.Method = "PATCH"
	req.Header.Set("Content-Type", "text/plain")
	req.Header.Set("Content-Encoding", "gzip")
	setBody(req, "not JSON")
	w := serve(r, req)
	if e := newest(t, r); w.Code != 200 || found(e) != "encoding method source header content_type schema" || string(e.Request.Body) != "not JSON" {
		t.Errorf("answered %d, found %q, body %q", w.Code, found(e), e.Request.Body)
	}
}

func TestHeaderCheckTellsNoValue(t *testing.T) {
	p := open(t, "flashduty")
	r := receiver.New(p, receiver.WithChecks(receiver.CheckHeader("x-token", "squeamish", 401)))
	for name, test := range map[string]struct {
		values []string
		want   int
	}{
		"the value":          {[]string{"squeamish"}, 200},
		"none":               {nil, 401},
		"another":            {[]string{"ossifrage"}, 401},
		"the value twice":    {[]string{"squeamish", "squeamish"}, 401},
		"the value and more": {[]string{"squeamish "}, 401},
	} {
		t.Run(name, func(t *testing.T) {
			req := request(t, p, nil, "127.0.0.1:9")
			if test.values != nil {
				req.Header["X-Token"] = test.values
			}
			w := serve(r, req)
			if w.Code != test.want || strings.Contains(w.Body.String(), "squeamish") || strings.Contains(w.Body.String(), "ossifrage") {
				t.Errorf("answered %d: %s", w.Code, w.Body)
			}
		})
	}
	if got := r.SecretHeaders(); len(got) != 1 || got[0] != "X-Token" {
		t.Errorf("SecretHeaders() = %v", got)
	}
}

// eventID is an event id in the platform's own form.
func eventID(t testing.TB, p *schema.Profile, seed uint64) string {
	t.Helper()
	push, err := p.Compose(nil, schema.Seed(seed))
	if err != nil {
		t.Fatal(err)
	}
	return push.Value("event_id").(string)
}

func TestSameEventIsKnownAgain(t *testing.T) {
	for _, ref := range platforms() {
		t.Run(ref, func(t *testing.T) {
			p := open(t, ref)
			agent := receiver.New(nil)
			s := start(t, agent)
			r := receiver.New(p, receiver.WithChecks(append(receiver.DefaultChecks(), receiver.CheckSeen(200))...),
				receiver.WithReactions(receiver.Reaction{Call: "POST " + s.URL() + "/act"}))
			defer r.Close()
			a, b := eventID(t, p, 1), eventID(t, p, 2)
			for _, id := range []string{a, a, b, a} {
				if w := serve(r, request(t, p, schema.Values{"event_id": id}, "127.0.0.1:9")); w.Code != 200 {
					t.Fatalf("answered %d: %s", w.Code, w.Body)
				}
			}
			if err := r.Journal().Idle(soon(t)); err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, e := range r.Journal().Entries() {
				name := map[any]string{a: "event-a", b: "event-b"}[e.Request.Values["event_id"]]
				got += fmt.Sprintf("%s attempt %d of %d [%s] %d reactions\n", name, e.Attempt, e.DuplicateOf, found(e), len(e.Reactions))
			}
			want := "event-a attempt 1 of 0 [] 1 reactions\nevent-a attempt 2 of 1 [seen] 0 reactions\n" +
				"event-b attempt 1 of 0 [] 1 reactions\nevent-a attempt 3 of 1 [seen] 0 reactions\n"
			if got != want {
				t.Errorf("got\n%swant\n%s", got, want)
			}
			if n := agent.Journal().Total(); n != 2 {
				t.Errorf("%d calls, want 2", n)
			}
		})
	}
}

// Whoever may not send must not be able to use up an event id.
func TestRefusedRequestDoesNotMakeAnEventSeen(t *testing.T) {
	p := open(t, "flashduty")
	r := receiver.New(p, receiver.WithChecks(receiver.CheckSource(prefixes(t, "192.0.2.0/24"), 403), receiver.CheckSeen(409)))
	for i, test := range []struct {
		peer string
		want int
	}{{"203.0.113.1:9", 403}, {"192.0.2.1:9", 200}, {"192.0.2.1:9", 409}} {
		if w := serve(r, request(t, p, schema.Values{"event_id": "x"}, test.peer)); w.Code != test.want {
			t.Errorf("request %d was answered %d, want %d", i+1, w.Code, test.want)
		}
		if e := newest(t, r); e.Attempt != i+1 {
			t.Errorf("request %d is attempt %d", i+1, e.Attempt)
		}
	}
}

type panicking struct{ with any }

func (p panicking) Respond(http.ResponseWriter, *http.Request) receiver.Done { panic(p.with) }
func (p panicking) String() string                                           { return "panic" }

func TestPanicIsOneRequestsMisfortune(t *testing.T) {
	var log lines
	inCheck := receiver.Check{Name: "bad", Status: 400, Func: func(*schema.Profile, *receiver.Request) []schema.Violation { panic("in check\x1b[31m") }}
	for name, opts := range map[string][]receiver.Option{
		"in a behavior": {receiver.WithBehavior(panicking{"in behavior\x1b[31m"})},
		"in a check":    {receiver.WithChecks(inCheck)},
	} {
		t.Run(name, func(t *testing.T) {
			r := plain(append(opts, receiver.WithLogger(zerolog.New(&log)))...)
			s := start(t, r)
			for range 2 {
				resp, err := http.Post(s.URL(), "text/plain", strings.NewReader("x"))
				if err != nil {
					t.Fatal(err)
				}
				resp.Body.Close()
				if resp.StatusCode != 500 {
					t.Errorf("answered %d, want 500", resp.StatusCode)
				}
			}
			if err := r.Journal().Idle(soon(t)); err != nil {
				t.Fatal(err)
			}
			entries := r.Journal().Entries()
			if len(entries) != 2 || !strings.Contains(entries[0].Panic, "in "+strings.TrimPrefix(strings.TrimPrefix(name, "in a "), "in ")) || entries[0].Done.Status != 500 {
				t.Errorf("journal: %+v", entries)
			}
			if strings.Contains(entries[0].Panic, "\x1b") {
				t.Errorf("Panic = %q", entries[0].Panic)
			}
		})
	}
	if strings.ContainsAny(log.String(), "\x1b") {
		t.Errorf("the log holds control characters: %q", log.String())
	}
}

func TestAbortedHandlerIsCompleted(t *testing.T) {
	r := plain(receiver.WithBehavior(panicking{http.ErrAbortHandler}))
	s := start(t, r)
	if _, err := http.Post(s.URL(), "text/plain", nil); err == nil {
		t.Error("answered")
	}
	if err := r.Journal().Idle(soon(t)); err != nil {
		t.Fatal(err)
	}
	if d := newest(t, r).Done; d.Ended != receiver.EndedClosed || d.Status != 0 {
		t.Errorf("Done = %+v", d)
	}
}

func TestEntryIsInTheJournalBeforeItsAnswerLeaves(t *testing.T) {
	p := open(t, "flashduty")
	r := receiver.New(p)
	s := start(t, r)
	push := compose(t, p, nil)
	const clients, each = 20, 100
	before := r.Journal().Total()
	var all sync.WaitGroup
	for range clients {
		all.Add(1)
		go func() {
			defer all.Done()
			client := http.Client{Transport: &http.Transport{}}
			defer client.CloseIdleConnections()
			for range each {
				at := r.Journal().Total()
				resp, err := client.Post(s.URL(), "application/json", bytes.NewReader(push.Body))
				if err != nil {
					t.Error(err)
					return
				}
				resp.Body.Close()
				if now := r.Journal().Total(); now <= at {
					t.Errorf("answered, and the journal has %d entries as before", now)
				}
			}
		}()
	}
	all.Wait()
	if got := r.Journal().Total() - before; got != clients*each {
		t.Errorf("the journal rose by %d, want %d", got, clients*each)
	}
}

func TestLogIsOneCleanLineARequest(t *testing.T) {
	var log lines
	p := open(t, "flashduty")
	r := receiver.New(p, receiver.WithLogger(zerolog.New(&log)), receiver.WithChecks(receiver.CheckHeader("X-Token", "squeamish", 401)))
	req := request(t, p, schema.Values{"event_id": "e\x1b[2J\n\u202e"}, "127.0.0.1:9")
	req.RequestURI = "/restart?token=ossifrage&x=\u202e\x1b"
	req.Header.Set("X-Token", "squeamish")
	req.Header.Set("Authorization", "Bearer ossifrage")
	serve(r, req)
	req.Header.Set("X-Token", "ossifrage")
	setBody(req, "x")
	serve(r, req)
	text := log.String()
	if strings.Count(text, "\n") != 2 || strings.ContainsAny(text, "\x1b\u202e\r") || strings.Contains(text, "squeamish") || strings.Contains(text, "ossifrage") {
		t.Errorf("logged:\n%s", text)
	}
	for _, want := range []string{`"seq":1`, `"status":200`, `"attempt":1`, `"status":401`, `found_header`, `X-Token has another value`} {
		if !strings.Contains(text, want) {
			t.Errorf("the log lacks %s:\n%s", want, text)
		}
	}
}

func TestTrustingEverybodyIsWarnedOf(t *testing.T) {
	var log lines
	receiver.New(nil, receiver.WithLogger(zerolog.New(&log)), receiver.WithTrustedProxies(prefixes(t, "0.0.0.0/0"), ""))
	if !strings.Contains(log.String(), "0.0.0.0/0") {
		t.Errorf("logged %q", log.String())
	}
}

func TestNumbersAreExact(t *testing.T) {
	const big = `{"event_id":"x","n":[9007199254740993,9223372036854775807,12345678901234567890123456789012345678901]}`
	r := receiver.New(open(t, "flashduty"), receiver.WithRecordOnly())
	req := httptest.NewRequest("POST", "/", strings.NewReader(big))
	req.Header.Set("Content-Type", "application/json")
	serve(r, req)
	if got := string(newest(t, r).Request.Body); got != big {
		t.Errorf("kept %s", got)
	}
}

// Under httptest.NewServer nothing of ours tells connections apart, and all else works.
func TestUnderHTTPTest(t *testing.T) {
	p := open(t, "pagerduty")
	r := receiver.New(p)
	s := httptest.NewServer(r)
	defer s.Close()
	push := compose(t, p, schema.Values{"host": "drill-01"})
	req, err := http.NewRequestWithContext(soon(t), push.Method, s.URL+"//hook?x=1", bytes.NewReader(push.Body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = push.Header
	resp, err := s.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	e := newest(t, r)
	if resp.StatusCode != 200 || e.Request.Target != "//hook?x=1" || e.Request.Values["host"] != "drill-01" || !e.Request.Peer.IsValid() || !e.Request.Local.IsValid() {
		t.Errorf("answered %d; %+v", resp.StatusCode, e.Request)
	}
}

func TestWaitersAreEndedByClose(t *testing.T) {
	r := plain()
	ended := make(chan error, 1)
	go func() {
		_, err := r.Journal().Wait(context.Background(), receiver.Match{}, 1)
		ended <- err
	}()
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	select {
	case err := <-ended:
		if err != receiver.ErrJournalClosed {
			t.Errorf("Wait() = %v", err)
		}
	case <-time.After(20 * time.Second):
		t.Error("Wait() goes on")
	}
}

type waiting struct{}

func (waiting) Respond(_ http.ResponseWriter, r *http.Request) receiver.Done {
	<-r.Context().Done()
	return receiver.Done{Ended: receiver.EndedStopped}
}
func (waiting) String() string { return "wait" }

func TestCloseEndsABehaviorThatIsNotOurs(t *testing.T) {
	r := plain(receiver.WithBehavior(waiting{}))
	s := start(t, r)
	fmt.Fprint(dial(t, s), "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
	if _, err := r.Journal().Wait(soon(t), receiver.Match{}, 1); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if e := newest(t, r); e.Done.Ended != receiver.EndedStopped || e.Completed.IsZero() {
		t.Errorf("Done = %+v", e.Done)
	}
}
