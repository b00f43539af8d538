package console_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
	"github.com/hookdrill/hookdrill/sender/console"
)

// desk is a console of Flashduty with an incident, two actions and an endpoint
// that they push to, and a client that knows nothing but HTTP.
type desk struct {
	t       testing.TB
	console *console.Console
	sender  *sender.Sender
	now     *atomic.Int64 // nanoseconds of platform time
	id      string        // of the incident
	restart int64         // integration of the action on the incident's channel
	other   int64         // and of the one that is on another
	page    int64
	pages   console.Page
	answer  atomic.Int64 // what the endpoint answers
	pushed  atomic.Int64
	body    atomic.Value // of the newest push
}

// morning is when every desk opens.
var morning = time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC)

// deskClock is a clock that stands still unless it is moved.
type deskClock struct {
	sender.WallClock
	now *atomic.Int64
}

func (c deskClock) Now() time.Time { return time.Unix(0, c.now.Load()) }

func flashduty(t testing.TB, options ...console.Option) *desk {
	t.Helper()
	return flashdutyOf(t, "flashduty@2024-11-20", options...)
}

func flashdutyOf(t testing.TB, ref string, options ...console.Option) *desk {
	t.Helper()
	profile, err := schema.Open(ref)
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{t: t, now: new(atomic.Int64)}
	d.now.Store(morning.UnixNano())
	d.answer.Store(http.StatusOK)
	endpoint := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		d.body.Store(body)
		d.pushed.Add(1)
		w.WriteHeader(int(d.answer.Load()))
	}))
	t.Cleanup(endpoint.Close)
	registry := sender.NewRegistry(profile)
	for _, a := range []sender.Action{
		{Name: "restart", Label: "Restart the host", URL: endpoint.URL, Channels: []string{"checkout"}},
		{Name: "drain", Label: "Drain the queue", URL: endpoint.URL, Channels: []string{"billing"}},
	} {
		if err := registry.Add(a); err != nil {
			t.Fatal(err)
		}
	}
	d.sender = sender.New(registry, sender.WithSeed(11), sender.WithClock(deskClock{now: d.now}), sender.WithRepeats(0))
	options = append([]console.Option{console.WithFields(deskFields...)}, options...)
	if d.console, err = console.New(d.sender, options...); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.console.Close)
	d.id = d.add(nil, "checkout")
	d.pages = d.console.Pages()[0]
	d.page, _ = strconv.ParseInt(d.pages.ID, 10, 64)
	d.restart, d.other = d.integration("restart"), d.integration("drain")
	return d
}

// deskFields are what the desk's account defines.
var deskFields = []console.Field{
	{Name: "trace_url", Label: "Trace"},
	{Name: "rolled_back", Type: "checkbox"},
	{Name: "tier", Type: "single_select", Options: []string{"gold", "tin"}},
	{Name: "shops", Type: "multi_select", Options: []string{"north", "south"}},
}

func (d *desk) integration(action string) int64 {
	d.t.Helper()
	text, err := d.console.ActionID(action)
	if err != nil {
		d.t.Fatal(err)
	}
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		d.t.Fatal(err)
	}
	return id
}

// add puts a new incident into a channel.
func (d *desk) add(values schema.Values, channel string) string {
	d.t.Helper()
	made, err := d.sender.NewIncident(values)
	if err != nil {
		d.t.Fatal(err)
	}
	i, err := d.console.Add(made, channel)
	if err != nil {
		d.t.Fatal(err)
	}
	return i.ID
}

// pass moves the platform's time.
func (d *desk) pass(by time.Duration) { d.now.Add(int64(by)) }

func (d *desk) seconds() int64 { return time.Unix(0, d.now.Load()).Unix() }

// reply is one answer of the API.
type reply struct {
	Status int
	Header http.Header
	Raw    []byte
	ID     string
	Data   any
	Code   string
	Text   string // the error's message
}

// send calls the API with the console's key and moves the time on, so that no
// rate is met.
func (d *desk) send(method, path string, body any) reply {
	d.t.Helper()
	d.pass(100 * time.Millisecond)
	query := "?app_key=" + d.console.Key()
	if strings.Contains(path, "?") {
		query = "&app_key=" + d.console.Key()
	}
	return d.call(method, path+query, "application/json", body)
}

func (d *desk) post(path string, body any) reply {
	d.t.Helper()
	return d.send(http.MethodPost, path, body)
}
func (d *desk) get(path string) reply { d.t.Helper(); return d.send(http.MethodGet, path, nil) }

// call sends a request as it is. Every answer must be the envelope.
func (d *desk) call(method, target, contentType string, body any) reply {
	d.t.Helper()
	var content []byte
	switch body := body.(type) {
	case nil:
	case string:
		content = []byte(body)
	default:
		var err error
		if content, err = json.Marshal(body); err != nil {
			d.t.Fatal(err)
		}
	}
	r := httptest.NewRequest(method, target, bytes.NewReader(content))
	if contentType != "" && content != nil {
		r.Header.Set("Content-Type", contentType)
	}
	w := httptest.NewRecorder()
	d.console.ServeHTTP(w, r)
	return readReply(d.t, w)
}

// readReply holds an answer to the envelope.
func readReply(t testing.TB, w *httptest.ResponseRecorder) reply {
	t.Helper()
	out := reply{Status: w.Code, Header: w.Header(), Raw: w.Body.Bytes()}
	var envelope struct {
		RequestID *string `json:"request_id"`
		Data      *any
		Error     *struct{ Code, Message *string }
	}
	decoder := json.NewDecoder(bytes.NewReader(out.Raw))
	decoder.UseNumber()
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&envelope); err != nil {
		t.Fatalf("answer %d is no envelope: %v\n%s", w.Code, err, out.Raw)
	}
	if envelope.RequestID == nil || *envelope.RequestID == "" || w.Header().Get("Flashcat-Request-Id") != *envelope.RequestID {
		t.Fatalf("request_id is not that of header Flashcat-Request-Id %q:\n%s", w.Header().Get("Flashcat-Request-Id"), out.Raw)
	}
	out.ID = *envelope.RequestID
	failed := envelope.Error != nil
	if failed == (w.Code == http.StatusOK) || failed == (envelope.Data != nil) {
		t.Fatalf("answer %d has error %v and data %v:\n%s", w.Code, failed, envelope.Data != nil, out.Raw)
	}
	if failed {
		if envelope.Error.Code == nil || envelope.Error.Message == nil || *envelope.Error.Message == "" {
			t.Fatalf("answer %d has an error without code or message:\n%s", w.Code, out.Raw)
		}
		out.Code, out.Text = *envelope.Error.Code, *envelope.Error.Message
		return out
	}
	out.Data = *envelope.Data
	return out
}

// at is what stands at a place of the answer's data: "items/0/title".
func (r reply) at(path string) any {
	v := r.Data
	for token := range strings.SplitSeq(path, "/") {
		switch holder := v.(type) {
		case map[string]any:
			v = holder[token]
		case []any:
			n, err := strconv.Atoi(token)
			if err != nil || n >= len(holder) {
				return nil
			}
			v = holder[n]
		default:
			return nil
		}
	}
	if n, ok := v.(json.Number); ok {
		whole, err := n.Int64()
		if err == nil {
			return whole
		}
	}
	return v
}

func (r reply) String() string { return fmt.Sprintf("%d %s", r.Status, r.Raw) }

// ok fails the test unless the call succeeded.
func (d *desk) ok(r reply) reply {
	d.t.Helper()
	if r.Status != http.StatusOK {
		d.t.Fatalf("answered %v", r)
	}
	return r
}

func (d *desk) info() reply {
	d.t.Helper()
	return d.ok(d.post("/incident/info", m{"incident_id": d.id}))
}

type m = map[string]any
type l = []any
