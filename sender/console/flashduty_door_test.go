package console_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender/console"
)

// TestFlashdutyRefusesWithItsEnvelope: what is refused before an operation
// begins, with documented code and status, in the envelope (every reply is held
// to it), and on the timeline with its reason.
func TestFlashdutyRefusesWithItsEnvelope(t *testing.T) {
	key := "?app_key=" + console.DefaultKey
	tests := map[string]struct {
		method, target, contentType string
		body                        any
		status                      int
		code, reason                string
	}{
		"no key":                        {"POST", "/incident/info", "application/json", m{}, 401, "Unauthorized", "no key"},
		"an empty key":                  {"POST", "/incident/info?app_key=", "application/json", m{}, 401, "Unauthorized", "no key"},
		"another key":                   {"POST", "/incident/info?app_key=guess", "application/json", m{}, 401, "Unauthorized", "another key"},
		"a key in another parameter":    {"POST", "/incident/info?appkey=" + console.DefaultKey, "application/json", m{}, 401, "Unauthorized", "no key"},
		"a key that is right, then not": {"POST", "/incident/info" + key + "x", "application/json", m{}, 401, "Unauthorized", "another key"},
		"an unknown route":              {"POST", "/incident/label/add" + key, "application/json", m{}, 404, "RouteNotFound", "/incident/label/add"},
		"an unknown route, no key":      {"POST", "/", "application/json", m{}, 404, "RouteNotFound", "/"},
		"a route with a slash too many": {"POST", "/incident//info" + key, "application/json", m{}, 404, "RouteNotFound", "/incident//info"},
		"a route in other letters":      {"POST", "/Incident/Info" + key, "application/json", m{}, 404, "RouteNotFound", "/Incident/Info"},
		"GET where POST is":             {"GET", "/incident/info" + key, "", nil, 405, "MethodNotAllowed", "GET"},
		"POST where GET is":             {"POST", "/status-page/list" + key, "application/json", m{}, 405, "MethodNotAllowed", "POST"},
		"a form":                        {"POST", "/incident/info" + key, "application/x-www-form-urlencoded", "incident_id=1", 400, "InvalidContentType", "application/json"},
		"no content type":               {"POST", "/incident/info" + key, "", m{}, 400, "InvalidContentType", "application/json"},
		"text":                          {"POST", "/incident/info" + key, "text/plain", m{}, 400, "InvalidContentType", "text/plain"},
		"a body of a MiB and a byte":    {"POST", "/incident/info" + key, "application/json", strings.Repeat(" ", 1<<20+1), 413, "EntityTooLarge", "1048576 bytes"},
		"no body":                       {"POST", "/incident/info" + key, "application/json", "", 400, "InvalidParameter", "JSON"},
		"a body of white space":         {"POST", "/incident/info" + key, "application/json", strings.Repeat(" ", 1<<20), 400, "InvalidParameter", "JSON"},
		"half a body":                   {"POST", "/incident/info" + key, "application/json", `{"incident_id":`, 400, "InvalidParameter", "JSON"},
		"two bodies":                    {"POST", "/incident/info" + key, "application/json", `{}{}`, 400, "InvalidParameter", ""},
		"a list":                        {"POST", "/incident/info" + key, "application/json", `[]`, 400, "InvalidParameter", "array of 0"},
		"null":                          {"POST", "/incident/info" + key, "application/json", `null`, 400, "InvalidParameter", "null"},
		"a member twice":                {"POST", "/incident/info" + key, "application/json", `{"num":"1","num":"2"}`, 400, "InvalidParameter", "num"},
		"10,000 lists in each other":    {"POST", "/incident/info" + key, "application/json", strings.Repeat("[", 10000) + strings.Repeat("]", 10000), 400, "InvalidParameter", ""},
		"10,000 objects in each other":  {"POST", "/incident/info" + key, "application/json", strings.Repeat(`{"num":`, 10000) + "1" + strings.Repeat("}", 10000), 400, "InvalidParameter", ""},
		"a number of 10,000 digits":     {"POST", "/incident/snooze" + key, "application/json", `{"incident_ids":[],"minutes":1` + strings.Repeat("0", 10000) + `}`, 400, "InvalidParameter", ""},
		"a number beyond any":           {"POST", "/incident/snooze" + key, "application/json", `{"incident_ids":[],"minutes":1e1000001}`, 400, "InvalidParameter", ""},
		"no UTF-8":                      {"POST", "/incident/info" + key, "application/json", "{\"num\":\"\xff\"}", 400, "InvalidParameter", ""},
		"a query that cannot be read":   {"GET", "/status-page/list" + key + "&page=%zz", "", nil, 400, "InvalidParameter", "query"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			d := flashduty(t)
			before := newest(d.console)
			r := d.call(test.method, test.target, test.contentType, test.body)
			if r.Status != test.status || r.Code != test.code {
				t.Fatalf("answered %v\nwant %d %s", r, test.status, test.code)
			}
			entries := d.console.Timeline(console.Match{After: before})
			if len(entries) != 1 || entries[0].What != console.Refused || entries[0].Status != test.status || !strings.Contains(entries[0].Reason, test.reason) {
				t.Errorf("the timeline says %+v\nwant one refusal that says %q", entries, test.reason)
			}
		})
	}
}

// newest is the number of the timeline's newest entry.
func newest(c *console.Console) uint64 {
	entries := c.Timeline(console.Match{})
	if len(entries) == 0 {
		return 0
	}
	return entries[len(entries)-1].Number
}

func TestFlashdutyAcceptsAsDocumented(t *testing.T) {
	d := flashduty(t)
	key := "?app_key=" + d.console.Key()
	tests := map[string]struct {
		target, contentType, body, note string
	}{
		"a charset":                         {"/incident/info" + key, "application/json; charset=utf-8", `{"incident_id":"` + d.id + `"}`, ""},
		"a content type in capitals":        {"/incident/info" + key, "Application/JSON", `{"incident_id":"` + d.id + `"}`, ""},
		"an id in capitals":                 {"/incident/info" + key, "application/json", `{"incident_id":"` + strings.ToUpper(d.id) + `"}`, ""},
		"a whole number with an exponent":   {"/incident/snooze" + key, "application/json", `{"incident_ids":["` + d.id + `"],"minutes":1e1}`, ""},
		"a member that nobody documents":    {"/incident/ack" + key, "application/json", `{"incident_ids":["` + d.id + `"],"summary":"mine"}`, "summary"},
		"a parameter that nobody documents": {"/incident/info" + key + "&trace=1", "application/json", `{"incident_id":"` + d.id + `"}`, "trace"},
		"a filter that is not played":       {"/incident/list" + key, "application/json", fmt.Sprintf(`{"start_time":%d,"end_time":%d,"is_my_team":true}`, d.seconds(), d.seconds()+1), "is_my_team"},
		"no body where none is needed":      {"/field/list" + key, "application/json", ``, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			before := newest(d.console)
			d.pass(time.Second)
			d.ok(d.call("POST", test.target, test.contentType, test.body))
			entries := d.console.Timeline(console.Match{After: before})
			if len(entries) != 1 || strings.Contains(strings.Join(entries[0].Notes, "\n"), test.note) != true || (test.note == "") != (len(entries[0].Notes) == 0) {
				t.Errorf("the timeline says %+v\nwant one entry with a note on %q", entries, test.note)
			}
		})
	}
}

func TestFlashdutyRatesAreOfTheAccount(t *testing.T) {
	tests := map[string]struct {
		calls int           // that are answered
		apart time.Duration // from one to the next
		wait  time.Duration // until there are more
	}{
		"50 a second":    {50, 0, time.Second},
		"1,000 a minute": {1000, 50 * time.Millisecond, 10 * time.Second},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			d := flashduty(t)
			d.pass(time.Minute) // what the desk called is past
			info := func() reply {
				return d.call("POST", "/incident/info?app_key="+d.console.Key(), "application/json", m{"incident_id": d.id})
			}
			for n := range test.calls {
				if r := info(); r.Status != http.StatusOK {
					t.Fatalf("call %d answered %v", n+1, r)
				}
				d.pass(test.apart)
			}
			if r := info(); r.Status != http.StatusTooManyRequests || r.Code != "RequestTooFrequently" {
				t.Errorf("call %d answered %v\nwant 429 RequestTooFrequently", test.calls+1, r)
			}
			d.pass(test.wait)
			if r := info(); r.Status != http.StatusOK {
				t.Errorf("%s later: answered %v\nwant 200", test.wait, r)
			}
		})
	}
}

// TestFlashdutyEveryCallIsOnTheTimeline: each call leaves an entry of its own
// before its answer, one, unless it is a button's, whose press ends too.
func TestFlashdutyEveryCallIsOnTheTimeline(t *testing.T) {
	api := flashdutyAPI(t)
	several := map[string]int{"incidentReset": 6, "incidentCustomActionDo": 2}
	reads := []string{
		"field-read-info", "field-read-list", "incidentAlertList", "incidentFeed", "incidentInfo", "incidentList", "incidentListByIds",
		"status-page-read-page-list", "statusPageChangeActiveList", "statusPageChangeInfo", "statusPageChangeList", "statusPageInfo",
		"webhookHistoryDetail", "webhookHistoryList",
	}
	for _, name := range slices.Sorted(maps.Keys(api.Operations)) {
		o := api.Operations[name]
		t.Run(name, func(t *testing.T) {
			d := flashduty(t)
			with := fitting[name](d)
			before := newest(d.console)
			var told []console.Entry
			stop := d.console.Subscribe(func(e console.Entry) { told = append(told, e) })
			d.ok(d.do(o.Method, o.Path, with))
			stop()
			want := max(1, several[name])
			entries := d.console.Timeline(console.Match{After: before})
			if len(entries) != want || len(told) != want {
				t.Fatalf("%d entries, %d told; want %d: %+v", len(entries), len(told), want, entries)
			}
			first := entries[0]
			if first.Call != o.Method+" "+o.Path || first.Status != 200 {
				t.Errorf("the entry is of %q, answered %d", first.Call, first.Status)
			}
			if read := slices.Contains(reads, name); read != (first.What == console.Read) {
				t.Errorf("the entry says %s", first.What)
			}
			text, _ := json.Marshal(entries)
			if strings.Contains(string(text), d.console.Key()) {
				t.Errorf("the timeline holds the key: %s", text)
			}
		})
	}
}

// TestFlashdutyCoversTheDocumentedOperations reads the operations of the folder
// that HOOKDRILL_SAMPLES names.
func TestFlashdutyCoversTheDocumentedOperations(t *testing.T) {
	folder := os.Getenv("HOOKDRILL_SAMPLES")
	if folder == "" {
		t.Skip("HOOKDRILL_SAMPLES names no folder: whether every documented operation is covered was not asked")
	}
	data, err := os.ReadFile(filepath.Join(folder, "flashduty-openapi-ops.json"))
	if err != nil {
		t.Fatal(err)
	}
	var documented map[string]struct {
		OperationID string
		Request     *struct {
			Required   []string
			Properties map[string]map[string]any
		}
		Query []struct {
			Name     string
			Required bool
		}
	}
	if err := json.Unmarshal(data, &documented); err != nil {
		t.Fatal(err)
	}
	api := flashdutyAPI(t)
	for route, want := range documented {
		t.Run(want.OperationID, func(t *testing.T) {
			o, ok := api.Operations[want.OperationID]
			if !ok || o.Method+" "+o.Path != route {
				t.Fatalf("api.json has %s %s; documented is %s", o.Method, o.Path, route)
			}
			if fitting[want.OperationID] == nil {
				t.Error("no table has a row for it")
			}
			for _, q := range want.Query {
				if its, ok := o.Query[q.Name]; !ok || (its["required"] == true) != q.Required {
					t.Errorf("parameter %s is %v; documented required: %v", q.Name, its, q.Required)
				}
			}
			if want.Request == nil {
				return
			}
			properties, _ := o.Body["properties"].(map[string]any)
			for name, documented := range want.Request.Properties {
				its, ok := properties[name].(map[string]any)
				if !ok {
					t.Errorf("%s is missing", name)
					continue
				}
				if ref, ok := its["$ref"].(string); ok {
					its = api.Defs[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
				}
				for _, keyword := range []string{"minLength", "maxLength", "pattern", "minItems", "maxItems", "minimum", "maximum", "enum"} {
					if got, limit := fmt.Sprint(its[keyword]), documented[keyword]; limit != nil && got != fmt.Sprint(limit) {
						t.Errorf("%s: %s %s; documented: %v", name, keyword, got, limit)
					}
				}
			}
			for _, name := range want.Request.Required {
				if want.OperationID == "incidentInfo" {
					continue // num may stand in its place since
				}
				if !slices.Contains(words(o.Body["required"]), name) {
					t.Errorf("%s is not required", name)
				}
			}
		})
	}
}

// TestFlashdutyDocumentsWhatWasFound holds api.json to what was read in the
// documents, by hand.
func TestFlashdutyDocumentsWhatWasFound(t *testing.T) {
	api := flashdutyAPI(t)
	limits := map[string]string{ // operation, member, keyword -> value
		"incidentComment comment maxLength":          "1024",
		"incidentResolve root_cause maxLength":       "1024",
		"incidentResolve resolution maxLength":       "1024",
		"incidentReopen reason maxLength":            "1024",
		"incidentReset title minLength":              "3",
		"incidentReset title maxLength":              "200",
		"incidentReset description minLength":        "3",
		"incidentReset description maxLength":        "6144",
		"incidentReset impact maxLength":             "6144",
		"incidentReset root_cause maxLength":         "6144",
		"incidentReset resolution maxLength":         "6144",
		"incidentReset incident_severity enum":       "[Info Warning Critical]",
		"incidentCreate title maxLength":             "512",
		"incidentCreate description maxLength":       "1024",
		"incidentInfo incident_id pattern":           "^[0-9a-fA-F]{24}$",
		"incidentAck incident_ids maxItems":          "100",
		"incidentAck incident_ids minItems":          "1",
		"incidentList limit maximum":                 "100",
		"incidentFeed limit maximum":                 "100",
		"incidentFeed limit minimum":                 "1",
		"incidentAlertList limit maximum":            "1000",
		"incidentSnooze minutes maximum":             "1440",
		"webhookHistoryList limit maximum":           "100",
		"webhookHistoryList start_time minimum":      "1e+12",
		"field-read-info field_id pattern":           "^[a-f0-9]{24}$",
		"statusPageChangeCreate title maxLength":     "255",
		"statusPageChangeUpdate title maxLength":     "255",
		"statusPageChangeCreate type enum":           "[incident maintenance]",
		"statusPageChangeCreate status enum":         "[investigating identified monitoring resolved scheduled ongoing completed]",
		"statusPageChangeTimelineCreate status enum": "[investigating identified monitoring resolved scheduled ongoing completed]",
	}
	for row, want := range limits {
		part := strings.Fields(row)
		s, _ := api.Operations[part[0]].Body["properties"].(map[string]any)[part[1]].(map[string]any)
		if ref, ok := s["$ref"].(string); ok {
			s = api.Defs[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
		}
		if got := fmt.Sprint(s[part[2]]); got != want {
			t.Errorf("%s is %s; documented is %s", row, got, want)
		}
	}
	statuses := map[string]int{
		"InvalidParameter": 400, "BadRequest": 400, "InvalidContentType": 400, "ResourceNotFound": 400, "NoLicense": 400, "ReferenceExist": 400,
		"Unauthorized": 401, "BalanceNotEnough": 402, "AccessDenied": 403, "RouteNotFound": 404, "MethodNotAllowed": 405, "UndonedOrderExist": 409,
		"EntityTooLarge": 413, "RequestLocked": 423, "RequestVerifyRequired": 428, "DangerousOperation": 428, "RequestTooFrequently": 429,
		"InternalError": 500, "ServiceUnavailable": 503,
	}
	for code, status := range statuses {
		if e := api.Errors[code]; e.HTTP != status || e.Code != code {
			t.Errorf("error %s is %d %s; documented is %d", code, e.HTTP, e.Code, status)
		}
	}
	if got := fmt.Sprint(api.Rates); got != "[{1000 1m} {50 1s}]" {
		t.Errorf("rates are %s", got)
	}
	for name, value := range map[string]string{
		"window": `"744h"`, "page_size": "20", "page_depth": "10000", "total_cap": "1000", "field_name": `"^[a-zA-Z_][a-zA-Z0-9_]{0,39}$"`,
	} {
		if got := string(api.Facts[name].Value); got != value {
			t.Errorf("fact %s is %s; documented is %s", name, got, value)
		}
	}
	for _, contested := range []string{"MethodNotAllowed", "ResourceNotFound"} {
		if e := api.Errors[contested]; e.Status != "contested" || e.Note == "" {
			t.Errorf("error %s is %s: %q; the documents contradict each other", contested, e.Status, e.Note)
		}
	}
	if o := api.Operations["incidentComment"]; o.Status != "contested" || !strings.Contains(o.Note, "500") {
		t.Errorf("incidentComment is %s: %q", o.Status, o.Note)
	}
	if f := api.Facts["largest_body"]; f.Status != "unknown" || f.Note == "" {
		t.Errorf("fact largest_body is %s: %q", f.Status, f.Note)
	}
	for name, o := range api.Operations {
		if o.Source == "" || o.Read != "2026-05-06" && o.Read != "2026-07-06" {
			t.Errorf("operation %s was read in %q on %q", name, o.Source, o.Read)
		}
	}
}

// TestFlashdutyHasOneAPIAtBothDates: the newer profile has the older one's file.
func TestFlashdutyHasOneAPIAtBothDates(t *testing.T) {
	for _, ref := range []string{"flashduty@2024-11-20", "flashduty@2026-05-27", "flashduty@strictest"} {
		d := flashdutyOf(t, ref)
		d.info()
		p, err := schema.Open(ref)
		if err != nil {
			t.Fatal(err)
		}
		if api, ok := p.API(); !ok || len(api.Operations) != len(fitting) {
			t.Errorf("%s: API() = %v, %v", ref, api, ok)
		}
	}
}

func FuzzFlashduty(f *testing.F) {
	d := flashduty(f, console.WithBounds(console.Bounds{Entries: 500, EntryBytes: 1 << 20, Incidents: 20, Events: 20}))
	var entries atomic.Int64
	defer d.console.Subscribe(func(console.Entry) { entries.Add(1) })()
	api := flashdutyAPI(f)
	for name, o := range api.Operations {
		with := fitting[name](d)
		query, ok := with.(url.Values)
		body := ""
		if !ok {
			raw, _ := json.Marshal(with)
			body = string(raw)
		}
		f.Add(o.Method, o.Path, query.Encode(), body)
	}
	f.Add("POST", "/incident/field/reset", "", `{"incident_id":"`+d.id+`","field_name":"tier","field_value":[[[{}]]]}`)
	f.Add("PATCH", "//incident", "app_key=%", "{")
	f.Add("POST", "/incident/list", "p=1", `{"start_time":-9223372036854775808,"end_time":9223372036854775807}`)
	f.Fuzz(func(t *testing.T, method, path, query, body string) {
		r := httptest.NewRequest("POST", "/", strings.NewReader(body))
		r.Method, r.URL.Path, r.URL.RawQuery = method, path, "app_key="+d.console.Key()+"&"+query
		r.Header.Set("Content-Type", "application/json")
		d.pass(time.Second)
		before := entries.Load()
		w := httptest.NewRecorder()
		d.console.ServeHTTP(w, r)
		if reply := readReply(t, w); reply.Status == http.StatusInternalServerError {
			t.Errorf("%s %s?%s\n%s\nanswered %v", method, path, query, body, reply)
		}
		if entries.Load() == before {
			t.Errorf("%s %s?%s\n%s\nis not on the timeline", method, path, query, body)
		}
	})
}
