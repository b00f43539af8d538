package schema_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/hookdrill/hookdrill/schema"
)

func TestTheFourProfiles(t *testing.T) {
	for ref, want := range map[string]struct {
		title           string
		deadline        time.Duration
		cap             int
		scope           string
		succeeds, fails []int
		perAction       int
		basicAuth       bool
		create, press   []string
		sources         map[string]int
		retry           schema.Retry
	}{
		"flashduty@2024-11-20": {
			title: "Flashduty", deadline: time.Second, cap: 3, scope: "channel",
			succeeds: []int{200}, fails: []int{199, 201, 202, 204, 301, 404, 500}, sources: map[string]int{"": 4},
		},
		"flashduty@2026-05-27": {
			title: "Flashduty", deadline: time.Second, cap: 5, scope: "channel",
			succeeds: []int{200}, fails: []int{201, 202, 204, 302, 500}, sources: map[string]int{"": 4},
			retry: schema.Retry{Max: 1, On: []schema.RetryCase{
				{Kind: "timeout", Phase: "body"}, {Kind: "closed", Phase: "headers", Says: ": EOF"},
				{Kind: "closed", Phase: "headers", Says: "unexpected EOF", Inferred: `"unexpected EOF" counts as "eof" only if its ending is looked at`},
				{Kind: "closed", Phase: "body", Inferred: `"unexpected EOF" counts as "eof" only if its ending is looked at`},
				{Kind: "timeout", By: schema.ByDialTimeout},
			}},
		},
		"pagerduty@2020-10-09": {
			title: "PagerDuty", deadline: 16 * time.Second, cap: 3, scope: "service", perAction: 1, basicAuth: true,
			succeeds: []int{200, 202, 204, 299}, fails: []int{100, 300, 302, 400, 500},
			create: []string{"Observer", "Responder", "Manager", "Global Admin", "Account Owner"}, press: []string{"assigned"},
			sources: map[string]int{"us": 13, "eu": 12},
			retry:   schema.Retry{Max: 4, Within: 20 * time.Minute, On: pagerDutyRepeats},
		},
		"pagerduty@2026-08-19": {
			title: "PagerDuty", deadline: 16 * time.Second, cap: 3, scope: "service", perAction: 1, basicAuth: true,
			succeeds: []int{200, 202, 204, 299}, fails: []int{100, 300, 302, 400, 500},
			create: []string{"Manager", "Global Admin", "Account Owner"},
			press:  []string{"Responder", "Manager", "Global Admin", "Account Owner", "assigned"}, sources: map[string]int{"us": 13, "eu": 12},
			retry: schema.Retry{Max: -1, Within: 48 * time.Hour, On: pagerDutyRepeats},
		},
	} {
		t.Run(ref, func(t *testing.T) {
			p := open(t, ref)
			n, scope := p.Cap()
			if p.Ref() != ref || p.Title() != want.title || p.Deadline() != want.deadline || n != want.cap || scope != want.scope ||
				p.ChannelsPerAction() != want.perAction || p.BasicAuth() != want.basicAuth {
				t.Errorf("%s: %s, deadline %s, cap %d per %s, %d a %s, basic auth %t; want %+v",
					p.Ref(), p.Title(), p.Deadline(), n, scope, p.ChannelsPerAction(), scope, p.BasicAuth(), want)
			}
			for _, status := range want.succeeds {
				if !p.Succeeds(status) {
					t.Errorf("Succeeds(%d) = false", status)
				}
			}
			for _, status := range want.fails {
				if p.Succeeds(status) {
					t.Errorf("Succeeds(%d) = true", status)
				}
			}
			sources := make(map[string]int)
			for region, list := range p.Sources() {
				sources[region] = len(list)
			}
			for what, diff := range map[string]string{
				"MayCreate": cmp.Diff(want.create, nonEmpty(p.MayCreate())), "MayPress": cmp.Diff(want.press, nonEmpty(p.MayPress())),
				"Sources": cmp.Diff(want.sources, sources), "Retry": cmp.Diff(want.retry, p.Retry()),
			} {
				if diff != "" {
					t.Errorf("%s() mismatch (-want +got):\n%s", what, diff)
				}
			}
		})
	}
}

var pagerDutyRepeats = []schema.RetryCase{
	{Kind: "timeout"}, {Status: "500-599"}, {Status: "429"}, {Kind: "refused"}, {Kind: "unreachable"}, {Kind: "reset"}, {Kind: "closed"},
	{Kind: "not_found", Phase: "dns"}, {Kind: "cert_expired"},
}

func nonEmpty(list []string) []string {
	if len(list) == 0 {
		return nil
	}
	return list
}

// TestEveryFactIsSourced holds each profile of the catalog, whichever there
// are, to what every verdict relies on.
func TestEveryFactIsSourced(t *testing.T) {
	names := make(map[string][]string)
	for _, ref := range schema.List() {
		p := open(t, ref.String())
		for _, f := range p.Facts() {
			names[f.Name] = append(names[f.Name], ref.String())
			if _, err := time.Parse(time.DateOnly, f.Read); err != nil {
				t.Errorf("%s: %s: read %q is no date", ref, f.Name, f.Read)
			}
			if f.Source == "" && (f.Status != schema.Unknown || f.Note == "") {
				t.Errorf("%s: %s: %s without a source, or without a note that says what is not known", ref, f.Name, f.Status)
			}
			if f.Status == schema.Contested && len(f.Alternatives) < 2 {
				t.Errorf("%s: %s: contested by nobody", ref, f.Name)
			}
			if got, ok := p.Fact(f.Name); !ok || !cmp.Equal(got, f) {
				t.Errorf("%s: Fact(%q) = %v, %t; Facts() has %v", ref, f.Name, got, ok, f)
			}
		}
	}
	for _, name := range []string{"deadline", "success", "cap", "cap_scope", "channels_per_action", "method", "headers", "basic_auth",
		"roles_create", "roles_press", "source_addresses", "redirects", "tls_verify", "tls_verify_switch", "retry", "failure_seen",
		"success_seen", "event", "recognize", "signature"} {
		if len(names[name]) != len(schema.List()) {
			t.Errorf("fact %s is stated by %v alone", name, names[name])
		}
	}
}

// TestProfilesKeepTheirSchema validates every profile.json as it stands.
func TestProfilesKeepTheirSchema(t *testing.T) {
	sch, err := jsonschema.CompileString("profile.schema.json", string(schema.ProfileSchema()))
	if err != nil {
		t.Fatal(err)
	}
	for _, pattern := range []string{"profiles/*/*/profile.json", "testdata/profiles/*/*/profile.json"} {
		files, err := fs.Glob(os.DirFS("."), pattern)
		if err != nil || len(files) < 3 {
			t.Fatalf("%s: %v, %v", pattern, files, err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var doc any
			if err := json.Unmarshal(data, &doc); err != nil {
				t.Fatal(err)
			}
			if err := sch.Validate(doc); err != nil {
				t.Errorf("%s: %#v", file, err)
			}
		}
	}
}

func TestOpen(t *testing.T) {
	for name, tc := range map[string]struct{ ref, want string }{
		"the newest":     {"flashduty", "flashduty@2026-05-27"},
		"a date":         {"pagerduty@2020-10-09", "pagerduty@2020-10-09"},
		"the strictest":  {"pagerduty@strictest", "pagerduty@strictest"},
		"the other name": {"pagerduty", "pagerduty@2026-08-19"},
	} {
		if p := open(t, tc.ref); p.Ref() != tc.want {
			t.Errorf("%s: Open(%q) = %s, want %s", name, tc.ref, p.Ref(), tc.want)
		}
	}
	if a, b := open(t, "flashduty"), open(t, "flashduty@2026-05-27"); a != b {
		t.Error("the same embedded profile was built twice")
	}
	for name, tc := range map[string]struct {
		ref  string
		want []string
	}{
		"a platform with a typo": {"flashdutty", []string{`"flashdutty"`, `did you mean "flashduty"?`, "pagerduty@2026-08-19"}},
		"a date that is none":    {"flashduty@2025-01-01", []string{"no such date", "2024-11-20, 2026-05-27 and strictest"}},
		"nothing":                {"", []string{`""`, "no such platform"}},
		"a path":                 {"../flashduty", []string{"no such platform"}},
	} {
		_, err := schema.Open(tc.ref)
		if err == nil {
			t.Errorf("%s: Open(%q) = nil error", name, tc.ref)
			continue
		}
		for _, want := range tc.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: Open(%q) = %q without %q", name, tc.ref, err, want)
			}
		}
	}
}

func TestStrictest(t *testing.T) {
	f := open(t, "flashduty@strictest")
	if n, _ := f.Cap(); n != 3 || f.Deadline() != time.Second || f.Retry().Max != 1 {
		t.Errorf("flashduty@strictest: cap %d, deadline %s, retry %v; want 3, the older cap; 1s; and the newest retry", n, f.Deadline(), f.Retry())
	}
	if fact, _ := f.Fact("cap"); fact.Read != "2024-11-20" {
		t.Errorf("the cap was read %s, want the day of the date that it is from", fact.Read)
	}
	p := open(t, "pagerduty@strictest")
	if diff := cmp.Diff([]string{"assigned"}, p.MayPress()); diff != "" {
		t.Errorf("MayPress() mismatch (-want +got):\n%s", diff)
	}
	if _, ok := p.Fact("queue_limit"); ok {
		t.Error("a fact that the newest date dropped is back")
	}

	user := os.DirFS("testdata/profiles")
	b, err := schema.OpenFS(user, "beacon@strictest")
	if err != nil {
		t.Fatal(err)
	}
	if n, _ := b.Cap(); n != 10 || b.Deadline() != 2*time.Second || b.Succeeds(201) || !b.Succeeds(204) {
		t.Errorf("beacon@strictest: cap %d, deadline %s, 201 %t, 204 %t; want 10, 2s, false, true", n, b.Deadline(), b.Succeeds(201), b.Succeeds(204))
	}
}

func TestAssume(t *testing.T) {
	p := open(t, "flashduty")
	two, err := p.Assume("deadline", "2000ms")
	if err != nil {
		t.Fatal(err)
	}
	if two.Deadline() != 2*time.Second || p.Deadline() != time.Second {
		t.Errorf("deadlines = %s assumed, %s of the original; want 2s and 1s", two.Deadline(), p.Deadline())
	}
	if f, _ := two.Fact("deadline"); f.Text() != "2s" || f.Status != schema.Contested || len(f.Alternatives) != 2 {
		t.Errorf("assumed fact = %+v, want 2s, still contested", f)
	}
	if roles, err := p.Assume("roles_press", `["Responder"]`); err != nil || !slices.Equal(roles.MayPress(), []string{"Responder"}) {
		t.Errorf("Assume(roles_press) = %v, %v", roles, err)
	}
	if followed, err := p.Assume("redirects", "followed"); err != nil {
		t.Error(err)
	} else if f, _ := followed.Fact("redirects"); f.Text() != "followed" {
		t.Errorf("redirects = %s", f.Text())
	}
	for name, tc := range map[string]struct {
		fact, value string
		want        []string
	}{
		"a value that no document has":      {"deadline", "3s", []string{"1s (English page)", "2s (Chinese page)"}},
		"a fact that nobody contests":       {"cap", "9", []string{"documented as 5", "no alternatives"}},
		"a fact with a typo":                {"deadlin", "2s", []string{`did you mean "deadline"?`}},
		"an unknown fact's value of a type": {"roles_press", "7", []string{"any value of its type"}},
		"a contradiction for people":        {"event_id_place", "/incident/event_id", []string{"nothing acts on"}},
		"a word that is not one of two":     {"redirects", "sometimes", []string{"followed or not followed would do"}},
	} {
		_, err := p.Assume(tc.fact, tc.value)
		if err == nil {
			t.Errorf("%s: Assume(%s, %s) = nil error", name, tc.fact, tc.value)
			continue
		}
		for _, want := range tc.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: error %q without %q", name, err, want)
			}
		}
	}
}

func TestDiff(t *testing.T) {
	older, newer := open(t, "flashduty@2024-11-20"), open(t, "flashduty@2026-05-27")
	changes := make(map[string]string)
	for _, c := range schema.Diff(older, newer) {
		changes[c.Name] = stated(c.A) + " -> " + stated(c.B)
	}
	for name, want := range map[string]string{
		"cap":         "3 -> 5",
		"deadline":    "1s -> 1s",
		"custom_body": "- -> true",
	} {
		if changes[name] != want {
			t.Errorf("Diff() has %q for %s, want %q", changes[name], name, want)
		}
	}
	if got, ok := changes["success"]; ok {
		t.Errorf("Diff() has success (%s), which only moved to another page", got)
	}
	if same := schema.Diff(newer, newer); len(same) > 0 {
		t.Errorf("Diff() of a profile with itself = %v", same)
	}
}

func stated(f *schema.Fact) string {
	if f == nil {
		return "-"
	}
	return f.Text()
}

// TestAThirdPlatformNeedsNoGo follows README.md: three files in a folder.
func TestAThirdPlatformNeedsNoGo(t *testing.T) {
	user := os.DirFS("testdata/profiles")
	p, err := schema.OpenFS(user, "beacon@2026-01-15")
	if err != nil {
		t.Fatal(err)
	}
	push, err := p.Compose(schema.Values{"host": "drill-01", "api_url": "http://127.0.0.1:7000"}, schema.Seed(71), schema.At(noon))
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "compose/beacon@2026-01-15/automatic.http", wire(push))
	if vs := p.Validate(push.Body, schema.Strict); len(vs) > 0 {
		t.Errorf("Validate() = %v", vs)
	}
	values, violations := p.Read(push.Header, push.Body)
	if diff := cmp.Diff(push.Values(), values); diff != "" || len(violations) > 0 {
		t.Errorf("Read() = %v, mismatch (-composed +read):\n%s", violations, diff)
	}
	if push.Method != "PUT" || push.Header.Get("X-Beacon-Push") != fmt.Sprint(values["event_id"]) || values["host"] != "drill-01" {
		t.Errorf("push = %s %v %v", push.Method, push.Header, values)
	}

	newest, err := schema.OpenFS(user, "beacon")
	if err != nil {
		t.Fatal(err)
	}
	if newest.Deadline() != 2*time.Second || newest.Ref() != "beacon@2026-06-01" {
		t.Errorf("newest = %s with %s", newest.Ref(), newest.Deadline())
	}
	if _, err := newest.Compose(schema.Values{"host": "drill-01"}); err == nil {
		t.Error("a name that the newer date removed is still taken")
	}
	if five, err := newest.Assume("deadline", "5s"); err != nil || five.Deadline() != 5*time.Second {
		t.Errorf("Assume(deadline, 5s) = %v", err)
	}
}

func TestAUsersProfileExtendsOurs(t *testing.T) {
	user := os.DirFS("testdata/profiles")
	p, err := schema.OpenFS(user, "flashduty")
	if err != nil {
		t.Fatal(err)
	}
	n, scope := p.Cap()
	if p.Ref() != "flashduty@2026-11-01" || n != 50 || scope != "channel" || p.Title() != "Flashduty" {
		t.Errorf("Open = %s, cap %d per %s", p.Ref(), n, scope)
	}
	if _, err := p.Compose(nil); err != nil {
		t.Error(err)
	}
	refs, err := schema.ListFS(user)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range refs {
		got = append(got, r.String())
	}
	want := []string{"beacon@2026-01-15", "beacon@2026-06-01", "flashduty@2024-11-20", "flashduty@2026-05-27", "flashduty@2026-11-01",
		"pagerduty@2020-10-09", "pagerduty@2026-08-19"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("ListFS() mismatch (-want +got):\n%s", diff)
	}
	if ours, err := schema.OpenFS(user, "pagerduty@2020-10-09"); err != nil || ours.Title() != "PagerDuty" {
		t.Errorf("OpenFS(ours) = %v, %v", ours, err)
	}

	// One that stands in for ours and extends it.
	same := fstest.MapFS{"flashduty/2026-05-27/profile.json": {Data: []byte(`{"extends": "flashduty@2026-05-27", "title": "Ours"}`)}}
	if p, err := schema.OpenFS(same, "flashduty"); err != nil || p.Title() != "Ours" || p.Deadline() != time.Second {
		t.Errorf("OpenFS(same name) = %v, %v", p, err)
	}
}

// A pipe would never open, and a device may have no end.
func TestFilesOfAProfileAreRegularAndBounded(t *testing.T) {
	for _, name := range []string{"profile.json", "push.schema.json", "push.prototype.json", "api.json"} {
		for what, file := range map[string]struct {
			file *fstest.MapFile
			says string
		}{
			"a pipe":   {&fstest.MapFile{Mode: fs.ModeNamedPipe}, "not a regular file"},
			"too much": {&fstest.MapFile{Data: make([]byte, 16<<20+1)}, "larger than 16 MiB"},
		} {
			t.Run(name+", "+what, func(t *testing.T) {
				own := fstest.MapFS{"acme/2026-01-01/profile.json": {Data: []byte(`{"extends": "flashduty@2026-05-27"}`)}}
				own["acme/2026-01-01/"+name] = file.file
				if _, err := schema.OpenFS(own, "acme@2026-01-01"); err == nil || !strings.Contains(err.Error(), "acme/2026-01-01/"+name+": "+file.says) {
					t.Errorf("OpenFS() = %v, want an error with %q", err, file.says)
				}
			})
		}
	}
}

func TestAUsersMistakeIsNamedByFileAndPointer(t *testing.T) {
	fact := func(value, rest string) string {
		return `{"value": ` + value + `, "source": "https://example.com", "read": "2026-01-01", "status": "documented"` + rest + `}`
	}
	for name, tc := range map[string]struct {
		profile string
		want    []string
	}{
		"no JSON":                                   {`{"title": }`, []string{"line 1"}},
		"an empty file":                             {``, []string{"unexpected EOF"}},
		"two documents":                             {`{} {}`, []string{"more than one JSON value"}},
		"a name twice":                              {`{"title": "a", "title": "b"}`, []string{"/title", "twice"}},
		"an unknown key":                            {`{"titel": "x"}`, []string{"titel", "not allowed"}},
		"an unknown key of a fact":                  {`{"facts": {"cap": ` + fact("3", `, "vaule": 1`) + `}}`, []string{"/facts/cap", "vaule"}},
		"a fact without a source":                   {`{"facts": {"cap": {"value": 3, "source": "", "read": "2026-01-01", "status": "documented"}}}`, []string{"/facts/cap/source"}},
		"a fact without a status":                   {`{"facts": {"cap": {"value": 3, "source": "https://x.example", "read": "2026-01-01"}}}`, []string{"/facts/cap", "status"}},
		"a fact that nothing acts on":               {`{"extends": "flashduty@2026-05-27", "facts": {"deadlin": ` + fact(`"1s"`, "") + `}}`, []string{"deadlin", `did you mean "deadline"?`}},
		"a deadline without a unit":                 {`{"extends": "flashduty@2026-05-27", "facts": {"deadline": ` + fact(`"1"`, "") + `}}`, []string{"/facts/deadline", "missing unit"}},
		"a success that is a word":                  {`{"extends": "flashduty@2026-05-27", "facts": {"success": ` + fact(`["2xx"]`, "") + `}}`, []string{"/facts/success", `"200-299" would do`}},
		"alternatives without a dispute":            {`{"extends": "flashduty@2026-05-27", "facts": {"cap": ` + fact("3", `, "alternatives": [{"value":3,"label":"a","source":"https://a.example","read":"2026-01-01"},{"value":4,"label":"b","source":"https://b.example","read":"2026-01-01"}]`) + `}}`, []string{"/facts/cap", "contested"}},
		"a pointer that leads nowhere":              {`{"extends": "flashduty@2026-05-27", "names": {"title": {"scope": "incident", "pointers": ["/incident/titel"]}}}`, []string{"/names/title", "/incident/titel", "leads nowhere"}},
		"a scope that is none":                      {`{"extends": "flashduty@2026-05-27", "names": {"title": {"scope": "always", "pointers": ["/incident/title"]}}}`, []string{"/names/title/scope"}},
		"a map that cannot be read back":            {`{"extends": "flashduty@2026-05-27", "names": {"severity": {"scope": "incident", "pointers": ["/incident/incident_severity"], "map": {"a": "X", "b": "X"}}}}`, []string{"reads_as"}},
		"a mint that is none":                       {`{"extends": "flashduty@2026-05-27", "names": {"event_id": {"scope": "press", "pointers": ["/event_id"], "mint": {"func": "uuid7"}}}}`, []string{"/names/event_id/mint/func"}},
		"a pattern that is none":                    {`{"extends": "flashduty@2026-05-27", "names": {"event_id": {"scope": "press", "pointers": ["/event_id"], "mint": {"func": "pattern", "pattern": "{hexx:3}"}}}}`, []string{"/names/event_id", "{hex:16}"}},
		"a derived function that is none":           {`{"extends": "flashduty@2026-05-27", "derived": [{"func": "kopy", "members": ["/incident/num"]}]}`, []string{"/derived/0/func"}},
		"a text for a number":                       {`{"extends": "flashduty@2026-05-27", "derived": [{"func": "text", "members": ["/incident/alert_cnt"], "text": "x"}]}`, []string{"/derived/0", "/incident/alert_cnt is a number"}},
		"letters for a number":                      {`{"extends": "flashduty@2026-05-27", "derived": [{"func": "id", "members": ["/incident/channel_id"], "from": ["channel"], "pattern": "{hex:8}"}]}`, []string{"/derived/0", "{digits:6} would do"}},
		"an event that the prototype does not have": {`{"extends": "flashduty@2026-05-27", "facts": {"event": ` + fact(`{"pointer": "/event_type", "value": "i_new"}`, "") + `}}`, []string{"/facts/event", `no "i_new" at /event_type`}},
		"an event without a place":                  {`{"extends": "flashduty@2026-05-27", "facts": {"event": ` + fact(`{"pointer": "event_type", "value": "i_new"}`, "") + `}}`, []string{"/facts/event", "does not begin with /"}},
		"what recognizes another push":              {`{"extends": "flashduty@2026-05-27", "facts": {"recognize": ` + fact(`["/messages"]`, "") + `}}`, []string{"/facts/recognize", "/messages"}},
		"a header that carries nothing":             {`{"extends": "flashduty@2026-05-27", "facts": {"headers": ` + fact(`[{"name": "X-Id", "value": "{event_ids}"}]`, "") + `}}`, []string{"/facts/headers", `did you mean "event_id"?`}},
		"a header that breaks the request":          {`{"extends": "flashduty@2026-05-27", "facts": {"headers": ` + fact(`[{"name": "X-Id", "value": "a\r\nb"}]`, "") + `}}`, []string{"/facts/headers", "no header"}},
		"a retry that never ends":                   {`{"extends": "pagerduty@2026-08-19", "facts": {"retry_schedule": null}}`, []string{"/facts/retry_schedule", "repeat without end"}},
		"a retry by something else":                 {`{"extends": "flashduty@2026-05-27", "facts": {"retry": ` + fact(`{"max": 1, "on": [{"kind": "timeout", "by": "luck"}]}`, "") + `}}`, []string{"/facts/retry", `"dial_timeout" would do`}},
		"a schedule that shrinks":                   {`{"extends": "flashduty@2026-05-27", "facts": {"retry_schedule": ` + fact(`{"first": "1s", "factor": 0.5, "max": "1m", "jitter": 0}`, "") + `}}`, []string{"/facts/retry_schedule", "factor: 0.5"}},
		"a schedule with a first above all":         {`{"extends": "flashduty@2026-05-27", "facts": {"retry_schedule": ` + fact(`{"first": "1h", "factor": 1, "max": "1m", "jitter": 0}`, "") + `}}`, []string{"/facts/retry_schedule", "max: 1m is shorter than first"}},
		"a jitter that reaches zero":                {`{"extends": "flashduty@2026-05-27", "facts": {"retry_schedule": ` + fact(`{"first": "1s", "factor": 1, "max": "1m", "jitter": 1}`, "") + `}}`, []string{"/facts/retry_schedule", "jitter: 1"}},
		"a wait without a unit":                     {`{"extends": "flashduty@2026-05-27", "facts": {"retry_schedule": ` + fact(`{"first": "1", "factor": 1, "max": "1m", "jitter": 0}`, "") + `}}`, []string{"/facts/retry_schedule", "first:", "missing unit"}},
		"a cap of Retry-After below zero":           {`{"extends": "flashduty@2026-05-27", "facts": {"retry_after": ` + fact(`{"respected": true, "cap": "-1s"}`, "") + `}}`, []string{"/facts/retry_after", "below zero"}},
		"a dial time-out below zero":                {`{"extends": "flashduty@2026-05-27", "facts": {"dial_timeout": ` + fact(`"-1s"`, "") + `}}`, []string{"/facts/dial_timeout", "below zero"}},
		"a queue per something else":                {`{"extends": "flashduty@2026-05-27", "facts": {"queue": ` + fact(`{"per": ["day"], "order": "not kept"}`, "") + `}}`, []string{"/facts/queue", `per: "day"`}},
		"a queue in another order":                  {`{"extends": "flashduty@2026-05-27", "facts": {"queue": ` + fact(`{"per": [], "order": "random"}`, "") + `}}`, []string{"/facts/queue", `"not kept" would do`}},
		"no version of TLS":                         {`{"extends": "flashduty@2026-05-27", "facts": {"tls_versions": ` + fact(`[]`, "") + `}}`, []string{"/facts/tls_versions", "an empty list"}},
		"versions of TLS with a gap":                {`{"extends": "flashduty@2026-05-27", "facts": {"tls_versions": ` + fact(`["1.0", "1.2"]`, "") + `}}`, []string{"/facts/tls_versions", "without a gap"}},
		"a version of TLS that there is not":        {`{"extends": "flashduty@2026-05-27", "facts": {"tls_versions": ` + fact(`["1.4"]`, "") + `}}`, []string{"/facts/tls_versions", "1.0, 1.1, 1.2, 1.3"}},
		"a queue for nobody":                        {`{"extends": "flashduty@2026-05-27", "facts": {"queue_limit": ` + fact(`0`, "") + `}}`, []string{"/facts/queue_limit", "1 or more"}},
		"disabled after nothing":                    {`{"extends": "flashduty@2026-05-27", "facts": {"disablement": ` + fact(`{"after": 0, "for": "1h"}`, "") + `}}`, []string{"/facts/disablement", "after: 0"}},
		"sizes the wrong way round":                 {`{"extends": "flashduty@2026-05-27", "facts": {"size_limit": ` + fact(`{"guaranteed": 2, "best_effort": 1}`, "") + `}}`, []string{"/facts/size_limit", "the first not above the second"}},
		"what is trimmed stands nowhere":            {`{"extends": "flashduty@2026-05-27", "facts": {"trim": ` + fact(`[{"pointer": "details", "flag": "/x"}]`, "") + `}}`, []string{"/facts/trim", "does not begin with /"}},
		"a cap below zero":                          {`{"extends": "flashduty@2026-05-27", "facts": {"cap": ` + fact(`-1`, "") + `}}`, []string{"/facts/cap", "below zero"}},
		"a profile that extends none":               {`{"extends": "flashduty@1999-01-01"}`, []string{"extends", "flashduty@1999-01-01"}},
		"a profile that extends itself":             {`{"extends": "mine@2026-01-01"}`, []string{"extends"}},
		"no title, no facts, no prototype":          {`{}`, []string{"/title: is missing", "/facts/deadline: is missing", "mistakes", "push.prototype.json"}},
		"null where nothing is to remove":           {`{"extends": "flashduty@2026-05-27", "facts": {"nope": null}}`, []string{"/facts/nope", "removes nothing"}},
		"a fact that must be, removed":              {`{"extends": "flashduty@2026-05-27", "facts": {"deadline": null}}`, []string{"/facts/deadline: is missing"}},
		"a read day that is no day":                 {`{"facts": {"cap": {"value": 3, "source": "https://x.example", "read": "yesterday", "status": "documented"}}}`, []string{"/facts/cap/read"}},
	} {
		t.Run(name, func(t *testing.T) {
			file := path.Join("mine", "2026-01-01", "profile.json")
			_, err := schema.OpenFS(fstest.MapFS{file: {Data: []byte(tc.profile)}}, "mine")
			if err == nil {
				t.Fatal("OpenFS() = nil error")
			}
			for _, want := range append(tc.want, "mine/2026-01-01/") {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("OpenFS() = %q\nwithout %q", err, want)
				}
			}
		})
	}
	odd := fstest.MapFS{"mine/newest/profile.json": {Data: []byte(`{}`)}}
	if _, err := schema.OpenFS(odd, "mine"); err == nil || !strings.Contains(err.Error(), "mine/newest") {
		t.Errorf("a folder that is no date: %v", err)
	}
	broken := fstest.MapFS{
		"mine/2026-01-01/profile.json":        {Data: []byte(`{"extends": "flashduty@2026-05-27"}`)},
		"mine/2026-01-01/push.prototype.json": {Data: []byte("{\n\"a\": 1,\n}")},
	}
	if _, err := schema.OpenFS(broken, "mine"); err == nil || !strings.Contains(err.Error(), "push.prototype.json: line 3") {
		t.Errorf("a broken prototype: %v", err)
	}
}

func TestOfManyMistakesTheFirstAreTold(t *testing.T) {
	other := fstest.MapFS{
		"mine/2026-01-01/profile.json":        {Data: []byte(`{"extends": "flashduty@2026-05-27"}`)},
		"mine/2026-01-01/push.prototype.json": {Data: []byte(`{}`)},
	}
	_, err := schema.OpenFS(other, "mine")
	if err == nil || strings.Count(err.Error(), "\n") != 11 || !strings.Contains(err.Error(), " more") {
		t.Errorf("OpenFS() = %v; want ten mistakes and how many more", err)
	}
}

func TestProfilesAreSafeForConcurrentUse(t *testing.T) {
	p := open(t, "pagerduty")
	done := make(chan error)
	for i := range 8 {
		go func() {
			push, err := p.Compose(schema.Values{"title": fmt.Sprint(i), "alerts": []any{map[string]any{}, map[string]any{}}})
			if err == nil {
				if values, _ := p.Read(push.Header, push.Body); values["title"] != fmt.Sprint(i) {
					err = fmt.Errorf("title = %v, want %d", values["title"], i)
				}
			}
			done <- err
		}()
	}
	for range 8 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// FuzzOpenFS opens what strangers call a profile, and composes with it if it
// opens.
func FuzzOpenFS(f *testing.F) {
	for _, file := range []string{"testdata/profiles/beacon/2026-01-15", "profiles/pagerduty/2020-10-09"} {
		profile, _ := os.ReadFile(file + "/profile.json")
		prototype, _ := os.ReadFile(file + "/push.prototype.json")
		f.Add(profile, prototype)
	}
	f.Add([]byte(`{"extends":"flashduty@2026-05-27","derived":[{"func":"copy","members":["/incident/alerts"],"from":["/incident"]}]}`), []byte(`{"incident":{"alerts":[]}}`))
	f.Add([]byte(`{"extends":"beacon@2026-01-15"}`), []byte(`[]`))
	f.Fuzz(func(t *testing.T, profile, prototype []byte) {
		fsys := fstest.MapFS{
			"x/2026-01-01/profile.json":        {Data: profile},
			"x/2026-01-01/push.schema.json":    {Data: []byte("{}")},
			"x/2026-01-01/push.prototype.json": {Data: prototype},
		}
		p, err := schema.OpenFS(fsys, "x")
		if err != nil {
			return
		}
		push, err := p.Compose(nil, schema.Seed(1), schema.At(noon))
		if err != nil {
			return
		}
		if !json.Valid(push.Body) {
			t.Errorf("composed %q", push.Body)
		}
	})
}

// FuzzComposePointer writes to any pointer and reads what comes out.
func FuzzComposePointer(f *testing.F) {
	for _, pointer := range []string{"/", "/incident", "/incident/alerts/0/labels/a~1b", "/incident/labels/~0", "/incident/alerts/00", "/~", "//", "/incident/alerts/-1", "/incident/fields/x/y"} {
		f.Add(pointer, `"x"`)
		f.Add(pointer, `[{"a":null}]`)
	}
	p, err := schema.Open("flashduty")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, pointer, value string) {
		var v any
		dec := json.NewDecoder(strings.NewReader(value))
		dec.UseNumber()
		if !strings.HasPrefix(pointer, "/") || dec.Decode(&v) != nil {
			return
		}
		push, err := p.Compose(schema.Values{pointer: v}, schema.Seed(1), schema.At(noon))
		if err != nil {
			return
		}
		if !json.Valid(push.Body) {
			t.Errorf("Compose(%q: %s) = %q", pointer, value, push.Body)
		}
		p.Read(push.Header, push.Body)
	})
}
