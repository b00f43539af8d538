package sender_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
	"github.com/rs/zerolog"
)

// recorded is an endpoint that keeps every request as its bytes and answers with
// text.
type recorded struct {
	*endpoint
	raw chan string
}

func record(t testing.TB, text string) *recorded {
	r := &recorded{raw: make(chan string, 16)}
	r.endpoint = serve(t, func(e *endpoint, conn net.Conn) {
		var raw bytes.Buffer
		for {
			request, err := http.ReadRequest(bufio.NewReader(io.TeeReader(conn, &raw)))
			if err != nil {
				return
			}
			io.Copy(io.Discard, request.Body)
			e.requests.Add(1)
			r.raw <- raw.String()
			raw.Reset()
			io.WriteString(conn, text)
		}
	})
	return r
}

// next returns the newest request's head, split into lines, and its body.
func (r *recorded) next(t testing.TB) (head []string, body string) {
	t.Helper()
	select {
	case raw := <-r.raw:
		text, body, _ := strings.Cut(raw, "\r\n\r\n")
		return strings.Split(text, "\r\n"), body
	case <-time.After(10 * time.Second):
		t.Fatal("no request came")
		return nil, ""
	}
}

func TestPressWritesThePush(t *testing.T) {
	tests := map[string]struct {
		ref  string
		want []string // after the request line, Host and Content-Length
	}{
		"Flashduty": {"flashduty@2024-11-20", []string{"Content-Type: application/json", "X-Order: 1", "X-Order: 2", "X-Token: geheim"}},
		"PagerDuty": {"pagerduty@2026-08-19", []string{"User-Agent: PagerDuty-Webhook/V2.0", "Accept: application/json", "Content-Type: application/json",
			"X-Order: 1", "X-Order: 2", "X-Token: geheim", "X-Webhook-Id: 00000000-0000-0000-0000-000000000001"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			e := record(t, ok)
			s := senderOn(t, tt.ref, sender.Action{Name: "restart", URL: e.url() + "?a=b&c", Headers: []sender.Header{
				{Name: "X-Order", Value: "1"}, {Name: "X-Token", Value: "geheim"}, {Name: "x-order", Value: "2"},
			}})
			d, err := s.Press(t.Context(), sender.Press{Action: "restart", EventID: "00000000-0000-0000-0000-000000000001"})
			if err != nil {
				t.Fatal(err)
			}
			head, body := e.next(t)
			if want := "POST /hook?a=b&c HTTP/1.1"; head[0] != want {
				t.Errorf("request line %q, want %q", head[0], want)
			}
			var rest []string
			for _, line := range head[1:] {
				if !strings.HasPrefix(line, "Host: ") && !strings.HasPrefix(line, "Content-Length: ") {
					rest = append(rest, line)
				}
			}
			if diff := cmp.Diff(tt.want, rest); diff != "" {
				t.Errorf("header lines mismatch (-want +got):\n%s", diff)
			}
			if body != string(d.Push.Body) {
				t.Errorf("the body on the wire is not Push.Body:\n%s", cmp.Diff(string(d.Push.Body), body))
			}
			if d.EventID != "00000000-0000-0000-0000-000000000001" || !d.Delivered || d.Profile != tt.ref || d.Action != "restart" {
				t.Errorf("delivery %+v", d)
			}
			if vs := schemaOf(t, tt.ref).Validate([]byte(body), schema.Strict); len(vs) > 0 {
				t.Errorf("the push breaks its own schema: %v", vs)
			}
		})
	}
}

func schemaOf(t testing.TB, ref string) *schema.Profile {
	t.Helper()
	p, err := schema.Open(ref)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestRedeliverRepeatsTheBytes(t *testing.T) {
	e := record(t, "HTTP/1.1 500 Oops\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n")
	s := newSender(t, e.url())
	first, err := s.Press(t.Context(), sender.Press{Action: "restart", Header: []sender.Header{{Name: "X-Only", Value: "here"}}})
	if err != nil {
		t.Fatal(err)
	}
	second, err := s.Redeliver(t.Context(), first)
	if err != nil {
		t.Fatal(err)
	}
	headOne, bodyOne := e.next(t)
	headTwo, bodyTwo := e.next(t)
	if diff := cmp.Diff(headOne, headTwo); diff != "" || bodyOne != bodyTwo {
		t.Errorf("the second attempt differs from the first:\n%s%s", diff, cmp.Diff(bodyOne, bodyTwo))
	}
	if len(first.Attempts) != 1 || len(second.Attempts) != 2 || second.Last().Number != 2 {
		t.Errorf("attempts: %d, then %d", len(first.Attempts), len(second.Attempts))
	}
	if second.EventID != first.EventID || first.Last().Local == second.Last().Local {
		t.Errorf("event ids %s, %s; local addresses %s, %s", first.EventID, second.EventID, first.Last().Local, second.Last().Local)
	}
	if got := e.connections.Load(); got != 2 {
		t.Errorf("%d connections, want 2", got)
	}
}

// TestOneRequestPerAttempt counts on a raw listener: nothing is repeated, followed
// or opened behind the attempt's back.
func TestOneRequestPerAttempt(t *testing.T) {
	tests := map[string]func(*endpoint, net.Conn){
		"a good answer":                answering(ok, stall),
		"a second answer nobody asked": answering(ok+ok, stall),
		"a redirect to itself":         answering("HTTP/1.1 307 Temporary Redirect\r\nLocation: /hook\r\nContent-Length: 0\r\n\r\n", stall),
		"a close without an answer":    answering("", closeNow),
		"a reset without an answer":    answering("", reset),
		"a challenge":                  answering("HTTP/1.1 401 Unauthorized\r\nWww-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n", stall),
		"an answer that asks for more": answering("HTTP/1.1 503 Busy\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n", stall),
	}
	for name, handle := range tests {
		t.Run(name, func(t *testing.T) {
			e := serve(t, handle)
			s := newSender(t, e.url())
			if _, err := s.Press(t.Context(), sender.Press{Action: "restart", Header: []sender.Header{{Name: "Idempotency-Key", Value: "1"}}}); err != nil {
				t.Fatal(err)
			}
			if c, r := e.connections.Load(), e.requests.Load(); c != 1 || r != 1 {
				t.Errorf("%d connections and %d requests, want 1 and 1", c, r)
			}
		})
	}
}

func TestAnswers(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	tests := map[string]struct {
		answer    string
		status    int
		delivered bool
		body      int   // kept
		bytes     int64 // came
		note      string
	}{
		"200":                         {answer: ok, status: 200, delivered: true, body: 2, bytes: 2},
		"202 is not 200":              {answer: "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n", status: 202},
		"204 with bytes behind it":    {answer: "HTTP/1.1 204 No Content\r\n\r\nsurprise", status: 204},
		"304 with a length":           {answer: "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", status: 304},
		"101 is a failure":            {answer: "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n", status: 101},
		"a redirect is the answer":    {answer: "HTTP/1.1 302 Found\r\nLocation: https://u:p@ops.example/?token=t\r\nContent-Length: 0\r\n\r\n", status: 302, note: `the redirect to "https://[redacted]@ops.example/?token=[redacted]" was not followed`},
		"a long body is cut":          {answer: "HTTP/1.1 200 OK\r\nContent-Length: 1048576\r\n\r\n" + long, status: 200, delivered: true, body: sender.KeptBody, bytes: 1 << 20},
		"a body of just what is kept": {answer: "HTTP/1.1 200 OK\r\nContent-Length: 65536\r\n\r\n" + long[:sender.KeptBody], status: 200, delivered: true, body: sender.KeptBody, bytes: sender.KeptBody},
		"gzip stays as it is":         {answer: "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc", status: 200, delivered: true, body: 3, bytes: 3},
		"HTTP/1.0":                    {answer: "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", status: 200, delivered: true, body: 2, bytes: 2},
		"informational answers first": {answer: "HTTP/1.1 103 Early Hints\r\n\r\n" + ok, status: 200, delivered: true, body: 2, bytes: 2, note: "1 informational answers (1xx) came first"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			d := mustPress(t, serve(t, answering(tt.answer, stall)).url(), nil, sender.WithDeadline(20*time.Second))
			a := d.Last()
			if a.Outcome.Kind != sender.Answered || a.Status != tt.status || a.Delivered != tt.delivered {
				t.Errorf("%v %d, delivered %v; want answered %d, %v", a.Outcome, a.Status, a.Delivered, tt.status, tt.delivered)
			}
			if len(a.Body) != tt.body || a.BodyBytes != tt.bytes {
				t.Errorf("kept %d of %d bytes, want %d of %d", len(a.Body), a.BodyBytes, tt.body, tt.bytes)
			}
			if tt.note != "" && !slices.Contains(a.Notes, tt.note) {
				t.Errorf("notes %q, want %q among them", a.Notes, tt.note)
			}
			if a.FirstByte <= 0 || a.LastByte < a.FirstByte || a.Took < a.LastByte {
				t.Errorf("first byte %v, last %v, took %v", a.FirstByte, a.LastByte, a.Took)
			}
			if a.BytesIn < tt.bytes || a.BytesOut < int64(len(d.Push.Body)) || !a.Local.IsValid() || !a.Remote.IsValid() {
				t.Errorf("bytes in %d, out %d, from %s to %s", a.BytesIn, a.BytesOut, a.Local, a.Remote)
			}
		})
	}
}

// TestSeed holds equal seeds, times and orders of presses to equal bytes.
func TestSeed(t *testing.T) {
	e := serve(t, answering(ok, stall))
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	run := func(ref string, seed uint64) []string {
		s := senderOn(t, ref, sender.Action{Name: "restart", URL: "http://ops.example/hook", Channels: []string{"production"}},
			sender.WithSeed(seed), sender.WithNow(func() time.Time { return now }), sender.WithConnectTo("ops.example:80", e.Addr().String()))
		incident, err := s.NewIncident(nil)
		if err != nil {
			t.Fatal(err)
		}
		var bodies []string
		for _, press := range []sender.Press{{}, {Incident: incident}, {Incident: incident}} {
			press.Action = "restart"
			d, err := s.Press(t.Context(), press)
			if err != nil {
				t.Fatal(err)
			}
			bodies = append(bodies, d.EventID+" "+string(d.Push.Body))
		}
		return bodies
	}
	for _, ref := range []string{"flashduty@2026-05-27", "pagerduty@2026-08-19"} {
		t.Run(ref, func(t *testing.T) {
			one := run(ref, 71)
			if diff := cmp.Diff(one, run(ref, 71)); diff != "" {
				t.Errorf("the same seed gives other presses:\n%s", diff)
			}
			if one[0] == one[1] || one[1] == one[2] {
				t.Error("two presses are the same")
			}
			if other := run(ref, 72); other[0] == one[0] {
				t.Error("another seed gives the same press")
			}
		})
	}
}

// TestIncidentStays asks that presses of one incident share what is the
// incident's, and nothing else.
func TestIncidentStays(t *testing.T) {
	e := serve(t, answering(ok, stall))
	for _, ref := range []string{"flashduty@2024-11-20", "pagerduty@2020-10-09"} {
		t.Run(ref, func(t *testing.T) {
			s := senderOn(t, ref, sender.Action{Name: "restart", URL: e.url()})
			incident, err := s.NewIncident(schema.Values{"host": "drill-01"})
			if err != nil {
				t.Fatal(err)
			}
			p := schemaOf(t, ref)
			var seen []schema.Values
			for range 2 {
				d, err := s.Press(t.Context(), sender.Press{Action: "restart", Incident: incident, By: sender.Person{Name: "Ada"}})
				if err != nil {
					t.Fatal(err)
				}
				values, _ := p.Read(d.Push.Header, d.Push.Body)
				seen = append(seen, values)
			}
			for _, scope := range []schema.Scope{schema.ScopeIncident, schema.ScopeAction} {
				if diff := cmp.Diff(p.Only(scope, seen[0]), p.Only(scope, seen[1])); diff != "" {
					t.Errorf("what is the %s's differs between two presses:\n%s", scope, diff)
				}
			}
			if seen[0]["event_id"] == seen[1]["event_id"] {
				t.Error("two presses have one event id")
			}
			if seen[0]["host"] != "drill-01" || seen[0]["presser"] != "Ada" {
				t.Errorf("host %v, presser %v", seen[0]["host"], seen[0]["presser"])
			}
		})
	}
}

func TestWhatAPressSetsBringsAlongWhatFollowsFromIt(t *testing.T) {
	for ref, follows := range map[string]string{"flashduty@2024-11-20": "number", "pagerduty@2020-10-09": "description"} {
		t.Run(ref, func(t *testing.T) {
			s := senderOn(t, ref, sender.Action{Name: "restart", URL: record(t, ok).url()})
			incident, err := s.NewIncident(schema.Values{"title": "old"})
			if err != nil {
				t.Fatal(err)
			}
			set := schema.Values{"title": "new", "incident": "6b01e61d2948e2c706abcdef"}
			d, err := s.Press(t.Context(), sender.Press{Action: "restart", Incident: incident, Set: set})
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]string{"number": "ABCDEF", "description": "new"}[follows]
			if got := d.Push.Value(follows); got != want {
				t.Errorf("%s is %v, want %s", follows, got, want)
			}
		})
	}
}

func TestOverridesAreSaid(t *testing.T) {
	e := record(t, ok)
	s := newSender(t, "https://configured.example/hook?token=geheim", sender.WithDeadline(20*time.Second))
	d, err := s.Press(t.Context(), sender.Press{
		Action: "restart", URL: e.url(), Body: []byte("{}"),
		Header: []sender.Header{{Name: "Content-Type", Value: "text/plain"}, {Name: "X-A", Value: "geheim"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"endpoint " + e.url() + " in place of the configured https://configured.example/hook?token=[redacted]",
		"20 s in place of the documented 1 s",
		"a given body of 2 bytes in place of the composed one",
		"header Content-Type set for this press",
		"header X-A set for this press",
	}
	if diff := cmp.Diff(want, d.Overrides); diff != "" {
		t.Errorf("Overrides mismatch (-want +got):\n%s", diff)
	}
	head, body := e.next(t)
	if body != "{}" || !slices.Contains(head, "Content-Type: text/plain") || slices.Contains(head, "Content-Type: application/json") {
		t.Errorf("sent %q with %q", body, head)
	}
}

func TestNothingIsSent(t *testing.T) {
	tests := map[string]struct {
		press   sender.Press
		options []sender.Option
		want    error
		says    string
	}{
		"no such action":                  {press: sender.Press{Action: "restrat"}, want: sender.ErrUnknownAction, says: "there are restart"},
		"a name that the profile lacks":   {press: sender.Press{Action: "restart", Set: schema.Values{"titel": "x"}}, says: `"titel"`},
		"a pointer that leads nowhere":    {press: sender.Press{Action: "restart", Set: schema.Values{"/incident/titel/x": "x"}}, says: "/incident/titel"},
		"somebody who may not":            {press: sender.Press{Action: "restart", By: sender.Person{Role: "Observer"}}, want: sender.ErrNotAllowed, says: `"Observer"`},
		"a header of the connection":      {press: sender.Press{Action: "restart", Header: []sender.Header{{Name: "Transfer-Encoding", Value: "chunked"}}}, want: sender.ErrBadHeader, says: "Transfer-Encoding"},
		"another URL that is none":        {press: sender.Press{Action: "restart", URL: "ftp://ops.example"}, want: sender.ErrBadURL},
		"roots that are none":             {press: sender.Press{Action: "restart"}, options: []sender.Option{sender.WithRootCAs([]byte("x"))}, says: "BEGIN CERTIFICATE"},
		"a proxy that is none":            {press: sender.Press{Action: "restart"}, options: []sender.Option{sender.WithProxy("socks5://u:geheim@h:1")}, says: "http://HOST:PORT"},
		"a deadline below zero":           {press: sender.Press{Action: "restart"}, options: []sender.Option{sender.WithDeadline(-1)}, says: "below zero"},
		"an address without a port":       {press: sender.Press{Action: "restart"}, options: []sender.Option{sender.WithConnectTo("ops.example", "127.0.0.1:1")}, says: "HOST:PORT"},
		"the metadata service":            {press: sender.Press{Action: "restart", URL: "http://169.254.169.254/latest"}, want: sender.ErrMetadata, says: "169.254.169.254"},
		"the metadata service, mapped":    {press: sender.Press{Action: "restart", URL: "http://[::ffff:169.254.169.254]/"}, want: sender.ErrMetadata},
		"the metadata service over IPv6":  {press: sender.Press{Action: "restart", URL: "http://[fd00:ec2::254]/"}, want: sender.ErrMetadata, says: "AWS"},
		"the metadata service, led there": {press: sender.Press{Action: "restart"}, options: []sender.Option{sender.WithConnectTo("ops.example:443", "169.254.169.254:80")}, want: sender.ErrMetadata},
		"the metadata service behind DNS": {press: sender.Press{Action: "restart"}, options: []sender.Option{sender.WithNetwork(networkFunc(toMetadata))}, want: sender.ErrMetadata},
		"a source that is not ours":       {press: sender.Press{Action: "restart"}, options: []sender.Option{sender.WithSource(addr("192.0.2.7"))}, want: sender.ErrSource, says: "cannot assign 192.0.2.7"},
		"a source of the other family":    {press: sender.Press{Action: "restart", URL: "http://[::1]:1/", Source: addr("127.0.0.1")}, want: sender.ErrSource, says: "127.0.0.1 is IPv4, the endpoint ::1 is IPv6"},
		"a source on an injected network": {press: sender.Press{Action: "restart", Source: addr("127.0.0.1")}, options: []sender.Option{sender.WithNetwork(networkFunc(toMetadata))}, want: sender.ErrSource},
		"an address that cannot be bound": {press: sender.Press{Action: "restart"}, options: []sender.Option{sender.WithNetwork(failing(noAddress))}, says: "ops.example:443"},
		"no descriptor left":              {press: sender.Press{Action: "restart"}, options: []sender.Option{sender.WithNetwork(failing(noDescriptor))}, want: noDescriptor},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := senderOn(t, "pagerduty@2026-08-19", sender.Action{Name: "restart", URL: somewhere}, tt.options...)
			d, err := s.Press(t.Context(), tt.press)
			if err == nil || tt.want != nil && !errors.Is(err, tt.want) {
				t.Fatalf("Press() = %v, want %v", err, tt.want)
			}
			if !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "geheim") {
				t.Errorf("Press() = %q, want it to say %q", err, tt.says)
			}
			if len(d.Attempts) > 0 {
				t.Errorf("there is an attempt: %+v", d.Attempts)
			}
		})
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	e := serve(t, answering("", func(e *endpoint, conn net.Conn) { cancel(); e.stall(conn) }))
	s := newSender(t, e.url(), sender.WithDeadline(time.Minute))
	d, err := s.Press(ctx, sender.Press{Action: "restart"})
	if err != nil {
		t.Fatal(err)
	}
	if want := (sender.Outcome{Kind: sender.Canceled, Phase: sender.PhaseHeaders}); d.Last().Outcome != want || d.Last().CutOff != 0 {
		t.Errorf("outcome %v (%s), want %v", d.Last().Outcome, d.Last().Error, want)
	}
	d, err = s.Press(ctx, sender.Press{Action: "restart"})
	if err != nil || d.Last().Outcome.Kind != sender.Canceled {
		t.Errorf("pressed after the end: %v, %v", d.Last().Outcome, err)
	}
}

func TestLogHasNoSecrets(t *testing.T) {
	e := serve(t, answering("HTTP/1.1 200 OK\r\nSet-Cookie: s=geheim\r\nContent-Length: 6\r\n\r\ngeheim", stall))
	var log bytes.Buffer
	url := strings.Replace(e.url(), "http://", "http://bob:geheim@", 1) + "?api_key=geheim"
	s := senderOn(t, "pagerduty@2026-08-19", sender.Action{Name: "restart", URL: url, Headers: []sender.Header{{Name: "X-Token", Value: "geheim"}}},
		sender.WithLogger(zerolog.New(&log)))
	d, err := s.Press(t.Context(), sender.Press{Action: "restart"})
	if err != nil {
		t.Fatal(err)
	}
	if got := d.Push.Header.Get("Authorization"); got != "Basic Ym9iOmdlaGVpbQ==" {
		t.Errorf("Authorization %q", got)
	}
	if !strings.Contains(log.String(), `"outcome":"answered"`) || strings.Contains(log.String(), "geheim") {
		t.Errorf("log: %s", log.String())
	}
	if strings.Contains(d.Last().URL, "geheim") || strings.Contains(string(d.Push.Body), "bob:geheim") {
		t.Errorf("a secret in %s or the body", d.Last().URL)
	}
}
