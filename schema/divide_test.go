package schema_test

import (
	"encoding/json"
	"os"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/hookdrill/hookdrill/schema"
)

// TestHowLongANameKeepsItsValueDoesNotDecideTheBytes composes the same presses with a
// profile of which presses about one incident share nothing but what is never new, and
// with one that takes every name for the incident's.
func TestHowLongANameKeepsItsValueDoesNotDecideTheBytes(t *testing.T) {
	type derivations []map[string]any
	copied := func(to, from string) map[string]any {
		return map[string]any{"func": "copy", "members": []string{to}, "from": []string{from}}
	}
	text := func(to, text string) map[string]any {
		return map[string]any{"func": "text", "members": []string{to}, "text": text}
	}
	for name, c := range map[string]struct {
		fresh   []string // names of scope press, beside those that are
		derived derivations
	}{
		"as documented":                                  {nil, nil},
		"one reads what is new":                          {nil, derivations{text("/incident/description", "by {presser}")}},
		"one reads what another writes of it":            {nil, derivations{text("/incident/description", "by {presser}"), copied("/incident/title", "description")}},
		"one overwrites what another reads before":       {nil, derivations{text("/incident/description", "{presser}: {title}"), copied("/incident/title", "channel")}},
		"one overwrites what is new":                     {nil, derivations{copied("/person/email", "title")}},
		"one removes what holds what is new":             {nil, derivations{{"func": "keep_if", "name": "status", "is": []string{"resolved"}, "members": []string{"/person"}}}},
		"one is kept by what is new":                     {nil, derivations{{"func": "keep_if", "name": "presser", "is": []string{"Bo"}, "members": []string{"/incident/labels"}}}},
		"a new list holds a place of what stays":         {[]string{"labels"}, nil},
		"what stays holds a place of what a new one has": {[]string{"host", "labels"}, nil},
		"times keep their distance from one that is new": {[]string{"created_at"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			stays, fresh := scoped(t, nil, c.derived), scoped(t, append(c.fresh, "event_id", "event_time", "presser", "presser_id", "presser_email"), c.derived)
			for i, v := range []schema.Values{
				{"presser": "Ann"}, {"presser": "Bo"}, {"presser": "Bo", "status": "resolved"}, {"labels": map[string]any{"a": "b"}, "host": "web-01"},
				{"host": "web-01"}, {"host": "web-02"}, {"presser_email": "bo@example.com", "description": "mine"}, nil,
				{"incident": "x", "created_at": "2026-05-26T00:00:00Z"}, {"incident": "x", "created_at": "2026-05-27T00:00:00Z"},
			} {
				for range 2 {
					opts := []schema.ComposeOption{schema.Seed(uint64(i)), schema.At(noon)}
					if diff := cmp.Diff(writtenBy(compose(t, stays, v, opts...)), writtenBy(compose(t, fresh, v, opts...))); diff != "" {
						t.Errorf("%v mismatches (-all the incident's +some new with every press):\n%s", v, diff)
					}
				}
			}
		})
	}
}

// scoped is Flashduty's profile with these names alone of scope press, and these
// derivations before its own.
func scoped(t *testing.T, fresh []string, derived []map[string]any) *schema.Profile {
	t.Helper()
	var doc struct {
		Extends string                    `json:"extends"`
		Names   map[string]map[string]any `json:"names"`
		Derived []map[string]any          `json:"derived"`
	}
	raw, err := os.ReadFile("profiles/flashduty/2024-11-20/profile.json")
	if err == nil {
		err = json.Unmarshal(raw, &doc)
	}
	if err != nil {
		t.Fatal(err)
	}
	doc.Extends = "flashduty@2024-11-20"
	for _, name := range doc.Names {
		name["scope"] = schema.ScopeIncident
	}
	for _, name := range fresh {
		doc.Names[name]["scope"] = schema.ScopePress
	}
	doc.Derived = append(derived, doc.Derived...)
	if raw, err = json.Marshal(doc); err != nil {
		t.Fatal(err)
	}
	p, err := schema.OpenFS(fstest.MapFS{"mine/2026-01-01/profile.json": {Data: raw}}, "mine")
	if err != nil {
		t.Fatal(err)
	}
	return p
}
