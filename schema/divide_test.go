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
		fresh, stays []string // names that are made when nobody gives them
		derived      derivations
	}{
		"as documented":                            {[]string{"event_id", "event_time"}, nil, nil},
		"one reads what is new":                    {[]string{"presser"}, nil, derivations{text("/incident/description", "by {presser}")}},
		"one reads what another writes of it":      {[]string{"presser"}, nil, derivations{text("/incident/description", "by {presser}"), copied("/incident/title", "description")}},
		"one overwrites what another reads before": {[]string{"presser"}, nil, derivations{text("/incident/description", "{presser}: {title}"), copied("/incident/title", "channel")}},
		"one overwrites what is new":               {[]string{"event_id"}, nil, derivations{copied("/event_id", "title")}},
		"one removes what holds what is new": {[]string{"presser"}, nil, derivations{
			{"func": "keep_if", "name": "status", "is": []string{"resolved"}, "members": []string{"/person"}},
		}},
		"one is kept by what is new": {[]string{"presser"}, nil, derivations{
			{"func": "keep_if", "name": "presser", "is": []string{"Bo"}, "members": []string{"/incident/labels"}},
		}},
		"what stays holds a place of what is new":             {[]string{"host"}, nil, nil},
		"what stays stands where what is new stood":           {[]string{"presser"}, []string{"witness"}, nil},
		"what stays stands where one beside what is new does": {[]string{"presser", "witness"}, []string{"presser_email"}, nil},
		"times keep their distance from one that is new":      {[]string{"created_at"}, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			made := map[string]schema.Scope{}
			for _, name := range append(c.fresh, c.stays...) {
				made[name] = schema.ScopeIncident
			}
			stays := scoped(t, made, c.derived)
			for _, name := range c.fresh {
				made[name] = schema.ScopePress
			}
			fresh := scoped(t, made, c.derived)
			presses := []schema.Values{
				{"presser": "Ann"}, {"presser": "Bo"}, {"presser": "Bo", "status": "resolved"}, {"labels": map[string]any{"a": "b"}, "host": "web-01"},
				{"host": "web-01"}, {"host": "web-02"}, {"presser_email": "bo@example.com", "description": "mine"}, nil, nil,
				{"incident": "x", "created_at": "2026-05-26T00:00:00Z"}, {"incident": "x", "created_at": "2026-05-27T00:00:00Z"},
			}
			for seed := range uint64(2) {
				opts := []schema.ComposeOption{schema.Seed(seed), schema.At(noon)}
				for i, v := range presses {
					if diff := cmp.Diff(writtenBy(compose(t, stays, v, opts...)), writtenBy(compose(t, fresh, v, opts...))); diff != "" {
						t.Errorf("press %d, %v, mismatches (-all the incident's +some new with every press):\n%s", i, v, diff)
					}
				}
			}
		})
	}
}

// scoped is Flashduty's profile in which these names are made when nobody gives them and
// have that scope, all others are the incident's, and these derivations run first.
func scoped(t *testing.T, made map[string]schema.Scope, derived []map[string]any) *schema.Profile {
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
	for key, scope := range made {
		name := doc.Names[key]
		if name == nil { // beside two others
			name = map[string]any{"pointers": []string{"/person/person_name", "/person/email"}}
			doc.Names[key] = name
		}
		if name["mint"] == nil {
			name["mint"] = map[string]any{"func": "pattern", "pattern": key + "-{hex:4}"}
		}
		name["scope"] = scope
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
