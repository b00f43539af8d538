package inspector_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hookdrill/hookdrill/receiver"
	"github.com/hookdrill/hookdrill/receiver/inspector"
	"github.com/hookdrill/hookdrill/schema"
	"github.com/santhosh-tekuri/jsonschema/v5"
)

// desk is a receiver and its admin API, each on a port of its own.
type desk struct {
	*testing.T
	receivers *receiver.Namespaces
	inspector *inspector.Inspector
	hook, api string // base URLs
}

func newDesk(t *testing.T, opts ...inspector.Option) *desk {
	t.Helper()
	p, err := schema.Open("flashduty")
	if err != nil {
		t.Fatal(err)
	}
	n := receiver.NewNamespaces(3, func(string) *receiver.Receiver {
		return receiver.New(p, receiver.WithRecordOnly(), receiver.WithSecretHeaders("X-Mine"))
	})
	hook := receiver.NewServer(n)
	if err := hook.Start(); err != nil {
		t.Fatal(err)
	}
	i := inspector.New(n, opts...)
	api, err := i.Serve("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := api.Close(); err != nil {
			t.Error(err)
		}
		if err := hook.Close(); err != nil {
			t.Error(err)
		}
	})
	return &desk{t, n, i, hook.URL(), api.URL()}
}

func (d *desk) push(path, body string) {
	d.Helper()
	resp, err := http.Post(d.hook+path, "application/json", strings.NewReader(body))
	if err != nil {
		d.Fatal(err)
	}
	resp.Body.Close()
}

type answer struct {
	code   int
	header http.Header
	raw    string
	value  map[string]any
}

func (d *desk) ask(method, path, body string, change ...func(*http.Request)) answer {
	d.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, d.api+path, strings.NewReader(body))
	if err != nil {
		d.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for _, f := range change {
		f(req)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		d.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		d.Fatal(err)
	}
	a := answer{code: resp.StatusCode, header: resp.Header, raw: string(raw)}
	if len(raw) > 0 {
		decoder := json.NewDecoder(bytes.NewReader(raw))
		decoder.UseNumber()
		if err := decoder.Decode(&a.value); err != nil {
			d.Fatalf("%s %s: %v in %s", method, path, err, raw)
		}
	}
	return a
}

// A test in another language: behave, press, wait, look, clean up.
func TestATestInAnotherLanguage(t *testing.T) {
	d := newDesk(t)
	if a := d.ask("PUT", "/s/mine/behavior", `{"behavior": "first 1 status 503 then status 200"}`); a.code != 200 || a.value["behavior"] != "first 1 status 503 then status 200" {
		t.Fatalf("PUT behavior: %d %s", a.code, a.raw)
	}
	d.push("/s/mine/restart", `{"event_id":"x"}`)
	d.push("/s/mine/restart", `{"event_id":"x"}`)
	d.push("/elsewhere", `{}`)
	a := d.ask("GET", "/s/mine/wait?count=2&within=10s&then_quiet=50ms", "")
	if a.value["met"] != true || fmt.Sprint(a.value["count"]) != "2" {
		t.Fatalf("wait: %s", a.raw)
	}
	entries := d.ask("GET", "/s/mine/entries", "").value["entries"].([]any)
	var got []string
	for _, e := range entries {
		e := e.(map[string]any)
		got = append(got, fmt.Sprint(e["seq"], " ", e["attempt"], " ", e["done"].(map[string]any)["status"], " ", e["request"].(map[string]any)["body"]))
	}
	want := []string{`1 1 503 {"event_id":"x"}`, `2 2 200 {"event_id":"x"}`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("entries mismatch (-want +got):\n%s", diff)
	}
	if a := d.ask("GET", "/entries", ""); fmt.Sprint(a.value["total"]) != "1" {
		t.Errorf("the root has %s", a.raw)
	}
	if a := d.ask("DELETE", "/s/mine/entries", ""); a.code != 204 {
		t.Errorf("DELETE entries: %d", a.code)
	}
	if a := d.ask("GET", "/s/mine/entries", ""); len(a.value["entries"].([]any)) != 0 {
		t.Errorf("after DELETE: %s", a.raw)
	}
	if a := d.ask("DELETE", "/s/mine", ""); a.code != 204 {
		t.Errorf("DELETE the namespace: %d", a.code)
	}
}

func TestWait(t *testing.T) {
	tests := map[string]struct {
		query  string
		before int    // requests before the wait
		after  int    // requests once it waits
		met    bool   //
		reason string //
	}{
		"for what is there":                  {"count=2", 2, 0, true, ""},
		"for what comes":                     {"count=2&within=15s", 1, 1, true, ""},
		"for what does not come":             {"count=2&within=100ms", 1, 0, false, "1 of 2 requests within 100ms"},
		"counts after an entry":              {"count=1&after=2&within=100ms", 2, 0, false, "0 of 1"},
		"then quiet":                         {"count=1&then_quiet=50ms", 1, 0, true, ""},
		"then not quiet":                     {"count=1&then_quiet=15s", 1, 1, false, "2 requests, want 1"},
		"for nothing, and nothing comes":     {"count=0&then_quiet=50ms", 0, 0, true, ""},
		"for nothing, and something comes":   {"count=0&then_quiet=15s", 0, 1, false, "1 requests, want 0"},
		"a namespace that is not there yet":  {"within=15s", 0, 1, true, ""},
		"a namespace that never comes about": {"within=100ms", 0, 0, false, "no request reached"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			for range test.before {
				d.push("/s/a/x", "{}")
			}
			got := make(chan answer, 1)
			go func() { got <- d.ask("GET", "/s/a/wait?"+test.query, "") }()
			for range test.after {
				d.push("/s/a/x", "{}")
			}
			a := <-got
			reason, _ := a.value["reason"].(string)
			if a.value["met"] != test.met || !strings.Contains(reason, test.reason) {
				t.Errorf("wait?%s: %s", test.query, a.raw)
			}
		})
	}
}

func TestWaitCountsWhatWasPushedOut(t *testing.T) {
	n := receiver.NewNamespaces(1, func(string) *receiver.Receiver { return receiver.New(nil, receiver.WithJournalLimits(2, 1<<20)) })
	defer n.Close()
	i := inspector.New(n)
	api, err := i.Serve("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer api.Close()
	d := &desk{t, n, i, "", api.URL()}
	push := func() {
		n.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("POST", "/", nil))
	}
	for range 5 {
		push()
	}
	tests := map[string]struct {
		query, want string
	}{
		"all of them":              {"count=5&within=50ms&then_quiet=1ms", "true 5 "},
		"one that did not come":    {"count=6&within=50ms", "false 5 5 of 6 requests within 50ms"},
		"those after one":          {"count=4&after=1&within=50ms&then_quiet=1ms", "true 4 "},
		"more than are to be seen": {"count=4&within=50ms&then_quiet=15s", "false 5 5 requests, want 4"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			a := d.ask("GET", "/wait?"+test.query, "")
			reason, _ := a.value["reason"].(string)
			if got := fmt.Sprint(a.value["met"], " ", a.value["count"], " ", reason); !strings.HasPrefix(got, test.want) {
				t.Errorf("wait?%s: %s, want %s", test.query, got, test.want)
			}
		})
	}
}

func TestAWaitThatIsEndedDoesNotSayThatItsTimeIsOver(t *testing.T) {
	d := newDesk(t)
	d.push("/s/a/x", "{}")
	got := make(chan answer, 1)
	go func() { got <- d.ask("GET", "/s/a/wait?count=2&within=5m", "") }()
	d.receivers.Remove("a") // before the wait or during it
	d.inspector.Close()
	a := <-got
	if reason, _ := a.value["reason"].(string); a.value["met"] != false || !strings.Contains(reason, "of 2 requests, then the wait was ended") {
		t.Errorf("wait: %s", a.raw)
	}
}

func TestAQueryIsReadAsItIsMeantOrRefused(t *testing.T) {
	d := newDesk(t)
	tests := map[string]struct {
		path, want string
	}{
		"a misspelled parameter":       {"/wait?count=0&quiet=1s", `unknown parameter "quiet"; there are after, count, within, then_quiet`},
		"one of another call":          {"/entries?count=1", `unknown parameter "count"; there are after, limit`},
		"a parameter that comes twice": {"/wait?count=0&count=5", "count is given 2 times"},
		"a query that cannot be read":  {"/wait?count=0;within=1s", "the query cannot be read"},
		"an escape that is none":       {"/entries?after=%zz", "the query cannot be read"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			a := d.ask("GET", test.path, "")
			if problem, _ := a.value["error"].(string); a.code != 400 || !strings.Contains(problem, test.want) {
				t.Errorf("GET %s: %d %s", test.path, a.code, a.raw)
			}
		})
	}
}

func TestANameThatNoNamespaceCanHaveIsRefused(t *testing.T) {
	d := newDesk(t)
	for _, call := range []string{
		"GET /wait?within=15s", "GET /entries", "GET /entries/1", "DELETE /entries", "GET /behavior", "PUT /behavior", "DELETE ",
	} {
		method, path, _ := strings.Cut(call, " ")
		body := ""
		if method == "PUT" {
			body = `{"behavior": "status 200"}`
		}
		a := d.ask(method, "/s/test[one]"+path, body)
		if problem, _ := a.value["error"].(string); a.code != 400 || !strings.Contains(problem, `namespace "test[one]": a namespace's name is`) {
			t.Errorf("%s: %d %s", call, a.code, a.raw)
		}
	}
}

func TestWaitIsEndedByClose(t *testing.T) {
	n := receiver.NewNamespaces(1, func(string) *receiver.Receiver { return receiver.New(nil) })
	defer n.Close()
	i := inspector.New(n)
	api, err := i.Serve("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", api.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET /wait?within=5m HTTP/1.1\r\nHost: %s\r\n\r\nGET /health HTTP/1.1\r\nHost: %s\r\n\r\n", conn.RemoteAddr(), conn.RemoteAddr())
	begun := time.Now()
	if err := api.Close(); err != nil {
		t.Errorf("Close() = %v", err)
	}
	if took := time.Since(begun); took > 9*time.Second {
		t.Errorf("Close() took %s", took)
	}
}

func TestWebPagesGetNowhere(t *testing.T) {
	d := newDesk(t, inspector.WithHosts("desk.test"))
	port := d.api[strings.LastIndex(d.api, ":"):]
	host := func(h string) func(*http.Request) { return func(r *http.Request) { r.Host = h } }
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	const put = `{"behavior":"status 201"}`
	tests := map[string]struct {
		method, path, body string
		change             []func(*http.Request)
		want               int
	}{
		"localhost":                            {"GET", "/health", "", []func(*http.Request){host("localhost" + port)}, 200},
		"the address":                          {"GET", "/health", "", []func(*http.Request){host("127.0.0.1" + port)}, 200},
		"another address of the loopback":      {"GET", "/health", "", []func(*http.Request){host("[::1]" + port)}, 200},
		"a listed name":                        {"GET", "/health", "", []func(*http.Request){host("desk.test" + port)}, 200},
		"a name that was rebound":              {"GET", "/entries", "", []func(*http.Request){host("evil.example" + port)}, 421},
		"a name that begins like ours":         {"GET", "/entries", "", []func(*http.Request){host("localhost.evil.example" + port)}, 421},
		"an address that is not ours":          {"GET", "/entries", "", []func(*http.Request){host("192.0.2.1" + port)}, 421},
		"another port":                         {"GET", "/entries", "", []func(*http.Request){host("localhost:1")}, 421},
		"no port":                              {"GET", "/entries", "", []func(*http.Request){host("localhost")}, 421},
		"a change from nowhere":                {"PUT", "/behavior", put, nil, 200},
		"a change from our origin":             {"PUT", "/behavior", put, []func(*http.Request){header("Origin", d.api)}, 200},
		"a change from another origin":         {"PUT", "/behavior", put, []func(*http.Request){header("Origin", "http://evil.example")}, 403},
		"a change from another site":           {"DELETE", "/entries", "", []func(*http.Request){header("Sec-Fetch-Site", "cross-site")}, 403},
		"a change from a null origin":          {"DELETE", "/entries", "", []func(*http.Request){header("Origin", "null")}, 403},
		"a removal from another origin":        {"DELETE", "/s/x", "", []func(*http.Request){header("Origin", "http://evil.example")}, 403},
		"a preflight":                          {"OPTIONS", "/behavior", "", []func(*http.Request){header("Origin", "http://evil.example"), header("Access-Control-Request-Method", "PUT")}, 405},
		"a form":                               {"PUT", "/behavior", put, []func(*http.Request){header("Content-Type", "text/plain")}, 415},
		"an encoded path, another origin":      {"DELETE", "/%65ntries", "", []func(*http.Request){header("Origin", "http://evil.example")}, 403},
		"an encoded path is the path":          {"GET", "/%65ntries", "", nil, 200},
		"two slashes are another path":         {"GET", "//entries", "", nil, 404},
		"a dot is another path":                {"GET", "/./entries", "", nil, 404},
		"two slashes, a change, other origin":  {"DELETE", "//entries", "", []func(*http.Request){header("Origin", "http://evil.example")}, 403},
		"a GET never changes":                  {"GET", "/s/new/entries", "", nil, 200},
		"a method that is not there":           {"POST", "/entries", "", nil, 405},
		"a path that is not there":             {"GET", "/debug/pprof/", "", nil, 404},
		"a namespace that cannot be":           {"PUT", "/s/a%20b/behavior", put, nil, 400},
		"a behavior that is none":              {"PUT", "/behavior", `{"behavior":"first 2 rset then status 200"}`, nil, 400},
		"a behavior that reads files":          {"PUT", "/behavior", `{"behavior":"body file /etc/passwd"}`, nil, 400},
		"a key that is not there":              {"PUT", "/behavior", `{"behaviour":"status 200"}`, nil, 400},
		"two values":                           {"PUT", "/behavior", put + put, nil, 400},
		"more than a behavior can be":          {"PUT", "/behavior", `{"behavior":"body ` + strings.Repeat("x", 70<<10) + `"}`, nil, 400},
		"a count that is none":                 {"GET", "/wait?count=many", "", nil, 400},
		"a duration without unit":              {"GET", "/wait?within=10", "", nil, 400},
		"a duration that is too long":          {"GET", "/wait?within=10h", "", nil, 400},
		"an entry that is not there":           {"GET", "/entries/99", "", nil, 404},
		"the behavior of no namespace":         {"GET", "/s/new/behavior", "", nil, 404},
		"the removal of no namespace":          {"DELETE", "/s/new", "", nil, 404},
		"a token where none is wanted":         {"GET", "/health", "", []func(*http.Request){header("Authorization", "Bearer x")}, 200},
		"an absolute target with another host": {"GET", "/entries", "", []func(*http.Request){func(r *http.Request) { r.Host = "evil.example" }}, 421},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			a := d.ask(test.method, test.path, test.body, test.change...)
			if a.code != test.want {
				t.Errorf("answered %d, want %d: %s", a.code, test.want, a.raw)
			}
			for name := range a.header {
				if strings.HasPrefix(name, "Access-Control-") {
					t.Errorf("there is CORS: %s", name)
				}
			}
			if a.header.Get("X-Content-Type-Options") != "nosniff" || a.header.Get("Cache-Control") != "no-store" || !strings.Contains(a.header.Get("Content-Security-Policy"), "'none'") {
				t.Errorf("headers: %v", a.header)
			}
		})
	}
	if names := d.receivers.Names(); len(names) != 0 {
		t.Errorf("asking made namespaces: %v", names)
	}
	a := d.ask("PUT", "/behavior", `{"behavior":"first 2 rset then status 200"}`)
	if fmt.Sprint(a.value["column"]) != "9" || !strings.Contains(fmt.Sprint(a.value["hint"]), "reset") {
		t.Errorf("a wrong behavior: %s", a.raw)
	}
}

func TestTokenIsDemanded(t *testing.T) {
	d := newDesk(t, inspector.WithToken("squeamish"))
	for name, test := range map[string]struct {
		header string
		want   int
	}{
		"the token":        {"Bearer squeamish", 200},
		"in another case":  {"bearer squeamish", 200},
		"none":             {"", 401},
		"another":          {"Bearer ossifrage", 401},
		"another scheme":   {"Basic squeamish", 401},
		"a part of it":     {"Bearer squeam", 401},
		"more than it":     {"Bearer squeamish ", 200}, // net/http trims the header's value
		"the token alone":  {"squeamish", 401},
		"twice separately": {"Bearer squeamish squeamish", 401},
	} {
		t.Run(name, func(t *testing.T) {
			a := d.ask("GET", "/entries", "", func(r *http.Request) {
				if test.header != "" {
					r.Header.Set("Authorization", test.header)
				}
			})
			if a.code != test.want || strings.Contains(a.raw, "squeamish") {
				t.Errorf("answered %d, want %d: %s", a.code, test.want, a.raw)
			}
		})
	}
}

func TestOthersAreKeptOutWithoutAToken(t *testing.T) {
	n := receiver.NewNamespaces(1, func(string) *receiver.Receiver { return receiver.New(nil) })
	defer n.Close()
	for _, addr := range []string{"0.0.0.0:0", ":0", "[::]:0", "192.0.2.1:0", "example.com:0", "nonsense"} {
		if _, err := inspector.New(n).Serve(addr); err == nil || !strings.Contains(err.Error(), "token") || !strings.Contains(err.Error(), addr) {
			t.Errorf("Serve(%s) = %v, want an error that names it and asks for a token", addr, err)
		}
	}
	s, err := inspector.New(n, inspector.WithToken("t")).Serve("0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := inspector.New(n).Serve("127.0.0.1:99999"); err == nil || !strings.Contains(err.Error(), "127.0.0.1:99999") {
		t.Errorf("Serve() on no port = %v", err)
	}
}

func TestWhatLeavesIsExactCleanAndWithoutSecrets(t *testing.T) {
	d := newDesk(t)
	const text = "{\"event_id\":\"x\",\"n\":12345678901234567890123,\"t\":\"\u202e\u009b\u007f\U000e0001\"}"
	req := httptest.NewRequest("POST", d.hook+"/x?token=ossifrage&y=1", strings.NewReader(text))
	req.RequestURI = ""
	req.Header = http.Header{"Authorization": {"Bearer squeamish"}, "X-Mine": {"squeamish"}, "Cookie": {"a=squeamish"}, "X-Seen": {"\u0085\u202e"}, "Content-Type": {"application/json"}}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	binary := string([]byte{0xff, 0x00, 0x1b})
	d.push("/y", binary)
	a := d.ask("GET", "/wait?count=2", "")
	for _, secret := range []string{"squeamish", "ossifrage"} {
		if strings.Contains(a.raw, secret) {
			t.Errorf("%s leaves:\n%s", secret, a.raw)
		}
	}
	if at := strings.IndexFunc(strings.TrimSuffix(a.raw, "\n"), func(r rune) bool {
		return r < ' ' || r >= 0x7f && r <= 0x9f || r == '\u202e' || r == '\U000e0001'
	}); at >= 0 {
		t.Errorf("a raw control character at %d: %q", at, a.raw)
	}
	entries := a.value["entries"].([]any)
	first := entries[0].(map[string]any)["request"].(map[string]any)
	if first["body"] != text {
		t.Errorf("body %q, want %q", first["body"], text)
	}
	second := entries[1].(map[string]any)["request"].(map[string]any)
	if raw, err := base64.StdEncoding.DecodeString(second["body_base64"].(string)); err != nil || string(raw) != binary {
		t.Errorf("body_base64 %v, %v", second["body_base64"], err)
	}
}

func TestReady(t *testing.T) {
	ready := false
	d := newDesk(t, inspector.WithReady(func() bool { return ready }))
	for _, want := range []int{503, 200} {
		if a := d.ask("GET", "/ready", ""); a.code != want {
			t.Errorf("answered %d, want %d", a.code, want)
		}
		ready = true
	}
}

// operation is what the test reads of one operation in openapi.json.
type operation struct {
	Responses map[string]struct {
		Content map[string]struct {
			Schema map[string]any `json:"schema"`
		} `json:"content"`
	} `json:"responses"`
	RequestBody *struct{} `json:"requestBody"`
	Parameters  []struct {
		Name string `json:"name"`
		In   string `json:"in"`
	} `json:"parameters"`
}

func TestOpenAPIAndHandlersAgree(t *testing.T) {
	var file struct {
		OpenAPI string                                `json:"openapi"`
		Paths   map[string]map[string]json.RawMessage `json:"paths"`
	}
	if err := json.Unmarshal(inspector.OpenAPI(), &file); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(file.OpenAPI, "3.1.") {
		t.Errorf("openapi: %q", file.OpenAPI)
	}
	compiler := jsonschema.NewCompiler()
	compiler.LoadURL = func(url string) (io.ReadCloser, error) { return nil, fmt.Errorf("nothing is loaded: %s", url) }
	if err := compiler.AddResource("https://hookdrill.invalid/openapi.json", bytes.NewReader(inspector.OpenAPI())); err != nil {
		t.Fatal(err)
	}

	d := newDesk(t)
	full := compose(t)
	var described []string
	for path, methods := range file.Paths {
		for method, raw := range methods {
			if method == "parameters" {
				continue
			}
			described = append(described, strings.ToUpper(method)+" "+path)
			var op operation
			if err := json.Unmarshal(raw, &op); err != nil {
				t.Fatal(err)
			}
			t.Run(method+" "+path, func(t *testing.T) {
				d.push("/s/a/x", full)
				d.push("/x", full)
				d.ask("GET", "/wait", "")
				check(t, d, compiler, op, strings.ToUpper(method), path)
			})
		}
	}
	handled, err := d.inspector.Routes()
	if err != nil {
		t.Fatal(err)
	}
	for i, route := range handled {
		handled[i] = strings.ReplaceAll(route, ":[0-9]{1,19}", "") // the pattern of a number
	}
	slices.Sort(described)
	slices.Sort(handled)
	if diff := cmp.Diff(described, handled); diff != "" {
		t.Errorf("openapi.json and the handlers differ (-described +handled):\n%s", diff)
	}
}

func compose(t *testing.T) string {
	t.Helper()
	p, err := schema.Open("flashduty")
	if err != nil {
		t.Fatal(err)
	}
	push, err := p.Compose(schema.Values{"host": "drill-01"}, schema.Seed(1))
	if err != nil {
		t.Fatal(err)
	}
	return string(push.Body)
}

// check asks in ways that each described status answers, and holds the answer
// to its schema.
func check(t *testing.T, d *desk, compiler *jsonschema.Compiler, op operation, method, path string) {
	seq := "1"
	if entries := d.ask("GET", "/entries", "").value["entries"].([]any); len(entries) > 0 {
		seq = fmt.Sprint(entries[0].(map[string]any)["seq"])
	}
	if strings.HasPrefix(path, "/s/") {
		if entries := d.ask("GET", "/s/a/entries", "").value["entries"].([]any); len(entries) > 0 {
			seq = fmt.Sprint(entries[0].(map[string]any)["seq"])
		}
	}
	body := ""
	if op.RequestBody != nil {
		body = `{"behavior":"status 200"}`
	}
	at := func(name, seq string) string {
		return strings.NewReplacer("{name}", name, "{seq}", seq).Replace(path)
	}
	same := func(*http.Request) {}
	ways := []struct {
		path, body string
		change     func(*http.Request)
	}{
		{at("nobody", "424242") + "?within=50ms", body, same},
		{at("a", seq) + "?count=x&after=x", body, same},
		{at("a", seq), "{", same},
		{at("a", seq), body, func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }},
		{at("a", seq), body, func(r *http.Request) { r.Header.Set("Origin", "http://evil.example") }},
		{at("a", seq), body, func(r *http.Request) { r.Host = "evil.example" }},
		{at("a", seq), body, same},
	}
	seen := map[string]bool{}
	for _, way := range ways {
		if way.body == "{" && body == "" {
			continue
		}
		if strings.HasPrefix(way.path, "/s/nobody") && method == "PUT" {
			continue // that would make it
		}
		a := d.ask(method, way.path, way.body, way.change)
		code := fmt.Sprint(a.code)
		seen[code] = true
		response, ok := op.Responses[code]
		if !ok {
			t.Errorf("%s %s was answered %s, which is not described: %s", method, way.path, code, a.raw)
			continue
		}
		content, described := response.Content["application/json"]
		if described != (a.raw != "") {
			t.Errorf("%s %s, %s: a body is described: %v; got %q", method, way.path, code, described, a.raw)
			continue
		}
		if !described {
			continue
		}
		ref, _ := content.Schema["$ref"].(string)
		if ref == "" {
			continue // the description itself
		}
		s, err := compiler.Compile("https://hookdrill.invalid/openapi.json" + ref)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(map[string]any(a.value)); err != nil {
			t.Errorf("%s %s, %s: %#v\n%s", method, way.path, code, err, a.raw)
		}
	}
	for code := range op.Responses {
		// a token, an unready receiver and full namespaces have tests of their own
		if code != "401" && code != "503" && !seen[code] {
			t.Errorf("%s %s describes %s, which no way of asking gave; got %v", method, path, code, seen)
		}
	}
}

func TestNoMoreNamespacesIsSaid(t *testing.T) {
	d := newDesk(t)
	for _, name := range []string{"a", "b", "c"} {
		d.ask("PUT", "/s/"+name+"/behavior", `{"behavior":"status 200"}`)
	}
	if a := d.ask("PUT", "/s/d/behavior", `{"behavior":"status 200"}`); a.code != 503 || !strings.Contains(a.raw, "remove one") {
		t.Errorf("answered %d %s", a.code, a.raw)
	}
	if a := d.ask("GET", "/namespaces", ""); a.raw != `{"namespaces":["a","b","c"]}`+"\n" {
		t.Errorf("namespaces: %s", a.raw)
	}
}

func TestConnectionsWithoutARequestAreListedApart(t *testing.T) {
	d := newDesk(t)
	d.ask("PUT", "/behavior", `{"behavior":"accept + close then status 200"}`)
	conn, err := net.Dial("tcp", strings.TrimPrefix(d.hook, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.ReadAll(conn)
	conn.Close()
	if err != nil {
		t.Fatal(err)
	}
	d.push("/", "{}")
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	over := receiver.Match{NoRequest: true, Func: func(e receiver.Entry) bool { return !e.Completed.IsZero() }}
	if _, err := d.receivers.Root().Journal().Wait(ctx, over, 1); err != nil {
		t.Fatal(err)
	}
	a := d.ask("GET", "/entries", "")
	connections := a.value["connections"].([]any)
	if len(connections) != 1 || len(a.value["entries"].([]any)) != 1 || fmt.Sprint(a.value["total"]) != "1" {
		t.Fatalf("answered %s", a.raw)
	}
	one := connections[0].(map[string]any)
	if done := one["done"].(map[string]any); done["asked"] != "accept + close" || done["ended"] != "closed" || one["peer"] != conn.LocalAddr().String() {
		t.Errorf("answered %s", a.raw)
	}
}
