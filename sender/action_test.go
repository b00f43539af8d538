package sender_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

func registry(t testing.TB, ref string) *sender.Registry {
	t.Helper()
	p, err := schema.Open(ref)
	if err != nil {
		t.Fatal(err)
	}
	return sender.NewRegistry(p)
}

func mustAdd(t testing.TB, r *sender.Registry, actions ...sender.Action) {
	t.Helper()
	for _, a := range actions {
		if err := r.Add(a); err != nil {
			t.Fatal(err)
		}
	}
}

const somewhere = "https://ops.example/hook"

// TestRegistryCap holds the cap to what each profile documents, on either side of
// it.
func TestRegistryCap(t *testing.T) {
	for _, ref := range []string{"flashduty@2024-11-20", "flashduty@2026-05-27", "pagerduty@2020-10-09", "pagerduty@2026-08-19"} {
		t.Run(ref, func(t *testing.T) {
			r := registry(t, ref)
			most, scope := r.Profile().Cap()
			for i := range most {
				mustAdd(t, r, sender.Action{Name: string(rune('a' + i)), URL: somewhere, Channels: []string{"production"}})
			}
			err := r.Add(sender.Action{Name: "one more", URL: somewhere, Channels: []string{"production"}})
			if !errors.Is(err, sender.ErrChannelFull) {
				t.Fatalf("Add() = %v, want ErrChannelFull", err)
			}
			fact, _ := r.Profile().Fact("cap")
			for _, part := range []string{scope + ` "production" is full`, fact.Text() + " custom actions per " + scope, ref, fact.Source} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("Add() = %q, want it to name %q", err, part)
				}
			}
			mustAdd(t, r, sender.Action{Name: "elsewhere", URL: somewhere, Channels: []string{"staging"}})
			if got := len(r.Actions()); got != most+1 {
				t.Errorf("the registry has %d actions, want %d", got, most+1)
			}
		})
	}
}

func TestRegistryAddsAllOrNothing(t *testing.T) {
	r := registry(t, "flashduty@2024-11-20")
	mustAdd(t, r,
		sender.Action{Name: "a", URL: somewhere, Channels: []string{"full"}},
		sender.Action{Name: "b", URL: somewhere, Channels: []string{"full", "half"}},
		sender.Action{Name: "c", URL: somewhere, Channels: []string{"full"}},
	)
	if err := r.Add(sender.Action{Name: "d", URL: somewhere, Channels: []string{"empty", "half", "full"}}); !errors.Is(err, sender.ErrChannelFull) {
		t.Fatalf("Add() = %v, want ErrChannelFull", err)
	}
	// The failed one took no room in the other two channels.
	mustAdd(t, r,
		sender.Action{Name: "e", URL: somewhere, Channels: []string{"empty", "half"}},
		sender.Action{Name: "f", URL: somewhere, Channels: []string{"empty", "half"}},
		sender.Action{Name: "g", URL: somewhere, Channels: []string{"empty", "empty"}},
	)
	var names []string
	for _, a := range r.Actions() {
		names = append(names, a.Name)
	}
	if diff := cmp.Diff([]string{"a", "b", "c", "e", "f", "g"}, names); diff != "" {
		t.Errorf("Actions() mismatch (-want +got):\n%s", diff)
	}
}

// TestRegistryRefuses also holds each error to saying what would do, and to
// keeping secrets.
func TestRegistryRefuses(t *testing.T) {
	header := func(name, value string) []sender.Header { return []sender.Header{{Name: name, Value: value}} }
	tests := map[string]struct {
		ref    string // "": flashduty@2024-11-20
		action sender.Action
		want   error
		says   []string
		hides  string
	}{
		"no URL":                         {action: sender.Action{Name: "a"}, want: sender.ErrBadURL, says: []string{"endpoint URL"}},
		"another scheme":                 {action: sender.Action{Name: "a", URL: "ftp://ops.example/"}, want: sender.ErrBadURL, says: []string{"http:// or https://"}},
		"no host":                        {action: sender.Action{Name: "a", URL: "http:///hook"}, want: sender.ErrBadURL, says: []string{"names no host"}},
		"a port that is none":            {action: sender.Action{Name: "a", URL: "http://ops.example:70000/"}, want: sender.ErrBadURL, says: []string{"70000", "65535"}},
		"port zero":                      {action: sender.Action{Name: "a", URL: "http://ops.example:0/"}, want: sender.ErrBadURL, says: []string{"1 to 65535"}},
		"a fragment":                     {action: sender.Action{Name: "a", URL: somewhere + "#part"}, want: sender.ErrBadURL, says: []string{"never sent"}},
		"a URL that cannot be read":      {action: sender.Action{Name: "a", URL: "http://bob:geheim@[::1/"}, want: sender.ErrBadURL, hides: "geheim"},
		"a control character in the URL": {action: sender.Action{Name: "a", URL: "http://ops.example/\r\nX: y"}, want: sender.ErrBadURL},
		"user information unless documented": {action: sender.Action{Name: "a", URL: "https://bob:geheim@ops.example/"}, want: sender.ErrBadURL,
			says: []string{"user information", "flashduty@2024-11-20"}, hides: "geheim"},
		"user information and a header for the same": {ref: "pagerduty@2026-08-19", want: sender.ErrBadHeader, says: []string{"Authorization"}, hides: "geheim",
			action: sender.Action{Name: "a", URL: "https://bob:geheim@ops.example/", Headers: header("Authorization", "Token geheim")}},
		"a second line in a value":      {action: sender.Action{Name: "a", URL: somewhere, Headers: header("X-A", "geheim\r\nX-B: c")}, want: sender.ErrBadHeader, says: []string{`"X-A"`, "carriage return"}, hides: "geheim"},
		"a line feed in a value":        {action: sender.Action{Name: "a", URL: somewhere, Headers: header("X-A", "b\n")}, want: sender.ErrBadHeader, says: []string{`"X-A"`, "line feed"}},
		"a NUL in a value":              {action: sender.Action{Name: "a", URL: somewhere, Headers: header("X-A", "b\x00")}, want: sender.ErrBadHeader, says: []string{`"X-A"`, "NUL"}},
		"a name with a space":           {action: sender.Action{Name: "a", URL: somewhere, Headers: header("X A", "b")}, want: sender.ErrBadHeader, says: []string{`"X A"`, "token"}},
		"a name with a line feed":       {action: sender.Action{Name: "a", URL: somewhere, Headers: header("X-A\r\nY", "b")}, want: sender.ErrBadHeader, says: []string{`"X-A\r\nY"`}},
		"a name with a colon":           {action: sender.Action{Name: "a", URL: somewhere, Headers: header("X-A:", "b")}, want: sender.ErrBadHeader},
		"an empty name":                 {action: sender.Action{Name: "a", URL: somewhere, Headers: header("", "b")}, want: sender.ErrBadHeader},
		"a name that is not ASCII":      {action: sender.Action{Name: "a", URL: somewhere, Headers: header("X-Größe", "b")}, want: sender.ErrBadHeader},
		"what the platform sets itself": {ref: "pagerduty@2026-08-19", action: sender.Action{Name: "a", URL: somewhere, Headers: header("user-agent", "me")}, want: sender.ErrBadHeader, says: []string{"user-agent", "PagerDuty sets it itself"}},
		"the same name twice":           {action: sender.Action{Name: "taken", URL: somewhere}, want: sender.ErrDuplicate, says: []string{"taken"}},
		"two services": {ref: "pagerduty@2026-08-19", action: sender.Action{Name: "a", URL: somewhere, Channels: []string{"db", "web"}}, want: sender.ErrTooManyChannels,
			says: []string{"2 services", "db, web", "1 service", "pagerduty@2026-08-19"}},
		"somebody who may not": {ref: "pagerduty@2026-08-19", action: sender.Action{Name: "a", URL: somewhere, CreatedBy: sender.Person{Role: "Observer"}}, want: sender.ErrNotAllowed,
			says: []string{`"Observer"`, "Manager", "fact roles_create", "pagerduty@2026-08-19", "https://"}},
		"a Responder with no role in the team": {ref: "pagerduty@2026-08-19", want: sender.ErrNotAllowed, says: []string{`"Responder"`},
			action: sender.Action{Name: "a", URL: somewhere, Team: "db", CreatedBy: sender.Person{Role: "Responder", Team: "db", TeamRole: "Responder"}}},
		"a Manager of another team": {ref: "pagerduty@2026-08-19", want: sender.ErrNotAllowed, says: []string{`"Responder"`},
			action: sender.Action{Name: "a", URL: somewhere, Team: "db", CreatedBy: sender.Person{Role: "Responder", Team: "web", TeamRole: "Manager"}}},
		"somebody of another team": {ref: "flashduty@2026-05-27", want: sender.ErrNotAllowed, says: []string{`team "web"`, `team "db"`, "fact managing_team", "flashduty@2026-05-27", "https://"},
			action: sender.Action{Name: "a", URL: somewhere, Team: "db", CreatedBy: sender.Person{Team: "web"}}},
		"no TLS verification where there is no such switch": {action: sender.Action{Name: "a", URL: somewhere, InsecureSkipVerify: true}, want: sender.ErrNotAllowed, says: []string{"TLS verification"}},
	}
	for _, name := range []string{"Host", "content-length", "Transfer-Encoding", "Connection", "Keep-Alive", "Proxy-Authorization", "Proxy-Connection", "TE", "Trailer", "Upgrade", "Expect"} {
		tests["the header "+name] = struct {
			ref    string
			action sender.Action
			want   error
			says   []string
			hides  string
		}{action: sender.Action{Name: "a", URL: somewhere, Headers: header(name, "x")}, want: sender.ErrBadHeader, says: []string{`"` + name + `"`}}
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if tt.ref == "" {
				tt.ref = "flashduty@2024-11-20"
			}
			r := registry(t, tt.ref)
			mustAdd(t, r, sender.Action{Name: "taken", URL: somewhere})
			err := r.Add(tt.action)
			if !errors.Is(err, tt.want) {
				t.Fatalf("Add() = %v, want %v", err, tt.want)
			}
			for _, part := range tt.says {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("Add() = %q, want it to say %q", err, part)
				}
			}
			if tt.hides != "" && strings.Contains(err.Error(), tt.hides) {
				t.Errorf("Add() = %q shows a secret", err)
			}
			if strings.ContainsAny(err.Error(), "\r\n\x00") {
				t.Errorf("Add() = %q is more than one line", err)
			}
			if got := len(r.Actions()); got != 1 {
				t.Errorf("the registry has %d actions after a refusal, want 1", got)
			}
		})
	}
}

func TestRegistryTakes(t *testing.T) {
	tests := map[string]struct {
		ref    string
		action sender.Action
	}{
		"several channels on Flashduty":     {"flashduty@2024-11-20", sender.Action{Label: "Restart", URL: somewhere, Channels: []string{"a", "b", "c"}}},
		"the same header twice":             {"flashduty@2024-11-20", sender.Action{Label: "Restart", URL: somewhere, Headers: []sender.Header{{"X-A", "1"}, {"x-a", "2"}}}},
		"a tab and bytes beyond ASCII":      {"flashduty@2024-11-20", sender.Action{Label: "Restart", URL: somewhere, Headers: []sender.Header{{"X-A", "a\tü"}}}},
		"user information on PagerDuty":     {"pagerduty@2026-08-19", sender.Action{Label: "Restart", URL: "https://bob:pw@ops.example/"}},
		"a Manager on PagerDuty":            {"pagerduty@2026-08-19", sender.Action{Label: "Restart", URL: somewhere, CreatedBy: sender.Person{Role: "manager"}}},
		"a Responder who manages the team":  {"pagerduty@2026-08-19", sender.Action{Label: "Restart", URL: somewhere, Team: "db", CreatedBy: sender.Person{Role: "Responder", Team: "DB", TeamRole: "manager"}}},
		"a member of the managing team":     {"flashduty@2026-05-27", sender.Action{Label: "Restart", URL: somewhere, Team: "db", CreatedBy: sender.Person{Team: "db"}}},
		"any team before there were any":    {"flashduty@2024-11-20", sender.Action{Label: "Restart", URL: somewhere, Team: "db", CreatedBy: sender.Person{Team: "web"}}},
		"an Observer on PagerDuty of 2020":  {"pagerduty@2020-10-09", sender.Action{Label: "Restart", URL: somewhere, CreatedBy: sender.Person{Role: "Observer"}}},
		"no TLS verification since 2026-03": {"flashduty@2026-05-27", sender.Action{Label: "Restart", URL: somewhere, InsecureSkipVerify: true}},
		"any role where no document says":   {"flashduty@2026-05-27", sender.Action{Label: "Restart", URL: somewhere, CreatedBy: sender.Person{Role: "anybody"}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := registry(t, tt.ref)
			mustAdd(t, r, tt.action)
			if got, found := r.Action("Restart"); !found || got.Name != "Restart" {
				t.Errorf("Action(%q) = %+v, %v", "Restart", got, found)
			}
		})
	}
}
