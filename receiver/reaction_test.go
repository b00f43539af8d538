package receiver_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hookdrill/hookdrill/receiver"
	"github.com/hookdrill/hookdrill/schema"
)

// calls is a handler that notes what it was asked.
type calls struct{ came chan string }

func newCalls() *calls { return &calls{make(chan string, 1000)} }

func (c *calls) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	c.came <- fmt.Sprintf("%s %s [%s] %s", r.Method, r.RequestURI, r.Header.Get("X-Host"), body)
	switch {
	case strings.HasPrefix(r.URL.Path, "/redirect"):
		http.Redirect(w, r, "/followed", http.StatusFound)
	case strings.HasPrefix(r.URL.Path, "/hang"):
		<-r.Context().Done()
	default:
		w.WriteHeader(http.StatusAccepted)
	}
}

func (c *calls) all() (out []string) {
	for {
		select {
		case one := <-c.came:
			out = append(out, one)
		default:
			return out
		}
	}
}

func TestReactionsSayWhatTheRequestSaid(t *testing.T) {
	evil := `a"b\..?x=1&y/` + "\u00e9"
	tests := map[string]struct {
		reaction receiver.Reaction
		values   schema.Values
		want     string
		errs     string // text in the entry's error
	}{
		"in the path":                    {receiver.Reaction{Call: "POST $A/hosts/${request.host}/restart"}, schema.Values{"host": "drill-01"}, "POST /hosts/drill-01/restart [] ", ""},
		"a value stays one segment":      {receiver.Reaction{Call: "POST $A/hosts/${request.host}/restart"}, schema.Values{"host": evil}, "POST /hosts/a%22b%5C..%3Fx=1&y%2F%C3%A9/restart [] ", ""},
		"a value does not climb":         {receiver.Reaction{Call: "POST $A/hosts/${request.host}/restart"}, schema.Values{"host": ".."}, "POST /hosts/%2E%2E/restart [] ", ""},
		"a value stays one parameter":    {receiver.Reaction{Call: "PUT $A/x?h=${request.host}&z=1"}, schema.Values{"host": "a&b=c d"}, "PUT /x?h=a%26b%3Dc+d&z=1 [] ", ""},
		"in a JSON body":                 {receiver.Reaction{Call: "POST $A/x", Body: `{"t":"${request.title}"}`}, schema.Values{"title": "a \"b\"\n"}, `POST /x [] {"t":"a \"b\"\n"}`, ""},
		"in a text body":                 {receiver.Reaction{Call: "POST $A/x", Body: `title ${request.title}`}, schema.Values{"title": `a "b"`}, `POST /x [] title a "b"`, ""},
		"in a header":                    {receiver.Reaction{Call: "POST $A/x", Headers: map[string]string{"X-Host": "h ${request.host}"}}, schema.Values{"host": "drill-01"}, "POST /x [h drill-01] ", ""},
		"no line breaks into a header":   {receiver.Reaction{Call: "POST $A/x", Headers: map[string]string{"X-Host": "${request.title}"}}, schema.Values{"title": "a\r\nX-Evil: b"}, "", "control character"},
		"a name that the request lacks":  {receiver.Reaction{Call: "POST $A/${request.nothing}"}, nil, "", "the request has no nothing"},
		"nothing else is expanded":       {receiver.Reaction{Call: "POST $A/x", Body: "${env.HOME}"}, nil, "", "only ${request.NAME}"},
		"a member of the body":           {receiver.Reaction{Call: "POST $A/${request.body./event_type}?t=${request.body./incident/alerts/0/title}"}, schema.Values{"/incident/alerts/0/title": "a&b"}, "POST /i_custom?t=a%26b [] ", ""},
		"a link is followed as it is":    {receiver.Reaction{Call: "GET ${request.body./incident/detail_url}?include[]=channels"}, schema.Values{"link": "$A/incidents/a%2Fb"}, "GET /incidents/a%2Fb?include[]=channels [] ", ""},
		"a link is no scheme of its own": {receiver.Reaction{Call: "GET ${request.body./incident/detail_url}"}, schema.Values{"link": "file:///etc/passwd"}, "", "unsupported protocol"},
		"a pointer to nowhere":           {receiver.Reaction{Call: "GET ${request.body./incident/titel}"}, nil, "", `nothing at /incident/titel of the request's body`},
		"a number stays a number":        {receiver.Reaction{Call: "POST $A/x", Body: `{"n":"${request.presser_id}","t":"n ${request.presser_id}"}`}, schema.Values{"presser_id": json.Number("9007199254740993")}, `POST /x [] {"n":9007199254740993,"t":"n 9007199254740993"}`, ""},
		"a list stays a list":            {receiver.Reaction{Call: "POST $A/x", Body: `{"l":"${request.body./incident/fields}"}`}, schema.Values{"/incident/fields": map[string]any{"a": []any{json.Number("1")}}}, `POST /x [] {"l":{"a":[1]}}`, ""},
		"a text stays a text":            {receiver.Reaction{Call: "POST $A/x", Body: `{"n":"${request.title}"}`}, schema.Values{"title": "7"}, `POST /x [] {"n":"7"}`, ""},
		"a name stays a name":            {receiver.Reaction{Call: "POST $A/x", Body: `{"${request.presser_id}" : 1, "\"${request.presser_id}":2}`}, schema.Values{"presser_id": json.Number("7")}, `POST /x [] {"7" : 1, "\"7":2}`, ""},
		"an answer that nobody gave":     {receiver.Reaction{Call: "POST $A/${answer./id}"}, nil, "", "no reaction before this one has an answer"},
		"an address nobody listens on":   {receiver.Reaction{Call: "POST http://127.0.0.1:1/x?token=squeamish"}, nil, "", "refused"},
		"a redirect is not followed":     {receiver.Reaction{Call: "GET $A/redirect"}, nil, "GET /redirect [] ", ""},
		"an answer that stays away":      {receiver.Reaction{Call: "POST $A/hang"}, nil, "POST /hang [] ", "no answer within 300ms"},
		"once per what the request has":  {receiver.Reaction{Call: "POST $A/x", OncePer: receiver.OncePerIncident}, nil, "POST /x [] ", ""},
		"a call without a URL":           {receiver.Reaction{Call: "POST"}, nil, "", "a method and a URL"},
		"a scheme that is not ours":      {receiver.Reaction{Call: "POST file:///etc/passwd"}, nil, "", "unsupported protocol"},
		"a once_per that there is not":   {receiver.Reaction{Call: "POST $A/x", OncePer: "title"}, nil, "", "event_id or incident"},
		"a text that grows without end":  {receiver.Reaction{Call: "POST $A/x", Body: strings.Repeat("${request.title}", 30)}, schema.Values{"title": strings.Repeat("x", 50_000)}, "", "longer than"},
		"a header name that there isn't": {receiver.Reaction{Call: "POST $A/x", Headers: map[string]string{"A:": "b"}}, nil, "", "no name of a header"},
	}
	p := open(t, "flashduty")
	for name, test := range tests {
		for _, when := range []string{receiver.Before, receiver.After} {
			t.Run(name+", "+when, func(t *testing.T) {
				t.Parallel()
				c := newCalls()
				agent := httptest.NewServer(c)
				defer agent.Close()
				reaction := test.reaction
				reaction.When = when
				reaction.Call = strings.Replace(reaction.Call, "$A", agent.URL, 1)
				values := maps.Clone(test.values)
				if link, ok := values["link"].(string); ok {
					values["link"] = strings.Replace(link, "$A", agent.URL, 1)
				}
				r := receiver.New(p, receiver.WithReactions(reaction), receiver.WithReactionTimeout(brief))
				defer r.Close()
				serve(r, request(t, p, values, "127.0.0.1:9"))
				if err := r.Journal().Idle(soon(t)); err != nil {
					t.Fatal(err)
				}
				got := strings.Join(c.all(), "\n")
				if got != test.want {
					t.Errorf("called %q, want %q", got, test.want)
				}
				e := newest(t, r)
				if len(e.Reactions) != 1 {
					t.Fatalf("reactions: %+v", e.Reactions)
				}
				done := e.Reactions[0]
				if !strings.Contains(done.Error, test.errs) || (test.errs == "") != (done.Error == "") || strings.Contains(done.Call+done.Error, "squeamish") {
					t.Errorf("recorded %+v, want an error with %q", done, test.errs)
				}
				if test.errs == "" && (done.Status == 0 || !strings.Contains(done.Call, agent.URL)) {
					t.Errorf("recorded %+v", done)
				}
			})
		}
	}
}

// What the endpoint finds out with one call it uses in the next.
func TestAReactionKnowsTheAnswerToTheOneBefore(t *testing.T) {
	p := open(t, "pagerduty")
	tests := map[string]struct {
		answers map[string]string // path -> answer
		want    []string          // what the agent was asked, and the error of the second
	}{
		"a member":        {map[string]string{"/log_entries/1": `{"channel":{"name":"a \"b\"","n":7}}`}, []string{"GET /log_entries/1", `POST /a%20%22b%22 {"n":7,"t":"a \"b\""}`, ""}},
		"not there":       {map[string]string{"/log_entries/1": `{"channel":{}}`}, []string{"GET /log_entries/1", `nothing at /channel/name of the answer`}},
		"no JSON":         {map[string]string{"/log_entries/1": `<html>`}, []string{"GET /log_entries/1", "the answer is no JSON"}},
		"longer than one": {map[string]string{"/log_entries/1": `{"x":"` + strings.Repeat("x", 64<<10) + `"}`}, []string{"GET /log_entries/1", "the answer is no JSON"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var asked []string
			agent := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				asked = append(asked, strings.TrimSpace(r.Method+" "+r.RequestURI+" "+string(body)))
				io.WriteString(w, test.answers[r.URL.Path])
			}))
			defer agent.Close()
			r := receiver.New(p)
			defer r.Close()
			r.SetReactions(
				receiver.Reaction{Call: "GET ${request.body./messages/0/incident/first_trigger_log_entry/self}"},
				receiver.Reaction{Call: "POST " + agent.URL + "/${answer./channel/name}", Body: `{"n":"${answer./channel/n}","t":"${answer./channel/name}"}`},
			)
			serve(r, request(t, p, schema.Values{"/messages/0/incident/first_trigger_log_entry/self": agent.URL + "/log_entries/1"}, "127.0.0.1:9"))
			if err := r.Journal().Idle(soon(t)); err != nil {
				t.Fatal(err)
			}
			done := newest(t, r).Reactions
			if len(done) != 2 {
				t.Fatalf("reactions: %+v", done)
			}
			last := len(test.want) - 1
			if diff := cmp.Diff(test.want[:last], asked); diff != "" || !strings.Contains(done[1].Error, test.want[last]) || (test.want[last] == "") != (done[1].Error == "") {
				t.Errorf("asked mismatch (-want +got):\n%s%+v", diff, done)
			}
		})
	}
}

func TestAReactionKnowsTheAnswersToAllBefore(t *testing.T) {
	p := open(t, "flashduty")
	c := newCalls()
	agent := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		c.came <- r.RequestURI + " " + string(body)
		fmt.Fprintf(w, `{"id":"of%s"}`, strings.ReplaceAll(r.URL.Path, "/", "-"))
	}))
	defer agent.Close()
	call := func(path, when string) receiver.Reaction {
		return receiver.Reaction{Call: "POST " + agent.URL + path, When: when}
	}
	r := receiver.New(p, receiver.WithReactions(
		call("/one", receiver.Before), call("/${answer.1./id}", receiver.After), call("/${answer.1./id}/${answer./id}", receiver.After), call("/${answer.4./id}", receiver.After),
	))
	defer r.Close()
	serve(r, request(t, p, nil, "127.0.0.1:9"))
	if err := r.Journal().Idle(soon(t)); err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(c.all(), ";"), "/one ;/of-one ;/of-one/of-of-one "; got != want {
		t.Errorf("called %q, want %q", got, want)
	}
	if done := newest(t, r).Reactions; len(done) != 4 || !strings.Contains(done[3].Error, "${answer.4./id}: no reaction before this one has an answer") {
		t.Errorf("reactions: %+v", done)
	}
}

func TestOncePer(t *testing.T) {
	p := open(t, "flashduty")
	tests := map[string]int{"": 4, receiver.OncePerEventID: 3, receiver.OncePerIncident: 2}
	for once, want := range tests {
		t.Run("once_per "+once, func(t *testing.T) {
			c := newCalls()
			agent := httptest.NewServer(c)
			defer agent.Close()
			r := receiver.New(p, receiver.WithReactions(receiver.Reaction{Call: "POST " + agent.URL, OncePer: once}))
			defer r.Close()
			one, other := compose(t, p, nil).Value("incident"), "65a00000cccccccccccccccc"
			for _, v := range []schema.Values{
				{"event_id": "a", "incident": one}, {"event_id": "a", "incident": one}, {"event_id": "b", "incident": one}, {"event_id": "c", "incident": other},
			} {
				push, err := p.Compose(v, schema.Seed(3))
				if err != nil {
					t.Fatal(err)
				}
				req := httptest.NewRequest("POST", "/", strings.NewReader(string(push.Body)))
				req.Header = push.Header
				if w := serve(r, req); w.Code != 200 {
					t.Fatal(w.Body)
				}
			}
			if err := r.Journal().Idle(soon(t)); err != nil {
				t.Fatal(err)
			}
			if got := c.all(); len(got) != want {
				t.Errorf("%d calls, want %d", len(got), want)
			}
			r.Journal().Clear()
			serve(r, request(t, p, schema.Values{"event_id": "a", "incident": one}, "127.0.0.1:9"))
			if err := r.Journal().Idle(soon(t)); err != nil {
				t.Fatal(err)
			}
			if got := c.all(); len(got) != 1 {
				t.Errorf("%d calls after Clear, want 1", len(got))
			}
		})
	}
}

func TestRefusedRequestHasNoReaction(t *testing.T) {
	c := newCalls()
	agent := httptest.NewServer(c)
	defer agent.Close()
	p := open(t, "flashduty")
	reaction := receiver.Reaction{Call: "POST " + agent.URL}
	for name, test := range map[string]struct {
		opts []receiver.Option
		want int
	}{
		"refused":     {nil, 0},
		"record only": {[]receiver.Option{receiver.WithRecordOnly()}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			r := receiver.New(p, append(test.opts, receiver.WithReactions(reaction))...)
			defer r.Close()
			req := request(t, p, nil, "127.0.0.1:9")
			setBody(req, "no push")
			serve(r, req)
			if err := r.Journal().Idle(soon(t)); err != nil {
				t.Fatal(err)
			}
			if got := c.all(); len(got) != test.want {
				t.Errorf("%d calls, want %d", len(got), test.want)
			}
		})
	}
}

func TestBeforeAndAfterTheAnswer(t *testing.T) {
	gate, c := make(chan struct{}), newCalls()
	agent := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/after" {
			<-gate
		}
		c.ServeHTTP(w, r)
	}))
	defer agent.Close()
	p := open(t, "flashduty")
	r := receiver.New(p, receiver.WithReactions(
		receiver.Reaction{Call: "POST " + agent.URL + "/after"},
		receiver.Reaction{Call: "POST " + agent.URL + "/before", When: receiver.Before}))
	s := start(t, r)
	push := compose(t, p, nil)
	resp, err := http.Post(s.URL(), "application/json", strings.NewReader(string(push.Body)))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if got := strings.Join(c.all(), "; "); got != "POST /before [] " {
		t.Errorf("before the answer was out: %q", got)
	}
	short, cancel := context.WithTimeout(context.Background(), brief)
	defer cancel()
	if err := r.Journal().Idle(short); err != context.DeadlineExceeded {
		t.Errorf("Idle() = %v while a reaction is in flight", err)
	}
	close(gate)
	if err := r.Journal().Idle(soon(t)); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(c.all(), "; "); got != "POST /after [] " {
		t.Errorf("after the answer: %q", got)
	}
	var got []string
	for _, done := range newest(t, r).Reactions {
		got = append(got, strings.TrimPrefix(done.Call, "POST "+agent.URL), fmt.Sprint(done.Status))
	}
	if diff := cmp.Diff([]string{"/before", "202", "/after", "202"}, got); diff != "" {
		t.Errorf("reactions mismatch (-want +got):\n%s", diff)
	}
}

func TestCloseEndsReactions(t *testing.T) {
	c := newCalls()
	agent := httptest.NewServer(c)
	defer agent.Close()
	p := open(t, "flashduty")
	r := receiver.New(p, receiver.WithReactions(receiver.Reaction{Call: "POST " + agent.URL + "/hang"}))
	serve(r, request(t, p, nil, "127.0.0.1:9"))
	<-c.came
	begun := time.Now()
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("Close() took %s", took)
	}
	if done := newest(t, r).Reactions; len(done) != 1 || !strings.Contains(done[0].Error, "closed") {
		t.Errorf("reactions: %+v", done)
	}
}

// A body that a stranger shaped stays valid JSON around what we insert.
func FuzzReactionBody(f *testing.F) {
	f.Add(`a"b`)
	f.Add("\x00\u2028</script>\\")
	p := open(f, "flashduty")
	f.Fuzz(func(t *testing.T, title string) {
		var got string
		agent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			raw, _ := io.ReadAll(r.Body)
			got = string(raw)
		}))
		defer agent.Close()
		push, err := p.Compose(schema.Values{"title": title}, schema.Seed(1))
		if err != nil {
			return
		}
		r := receiver.New(p, receiver.WithRecordOnly(), receiver.WithReactions(receiver.Reaction{Call: "POST " + agent.URL, Body: `{"t":"${request.title}"}`}))
		defer r.Close()
		req := httptest.NewRequest("POST", "/", strings.NewReader(string(push.Body)))
		serve(r, req)
		if err := r.Journal().Idle(soon(t)); err != nil {
			t.Fatal(err)
		}
		if newest(t, r).Request.Values["title"] != nil && !json.Valid([]byte(got)) {
			t.Fatalf("title %q makes %q", title, got)
		}
	})
}
