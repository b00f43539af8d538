package console_test

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/hookdrill/hookdrill/sender"
	"github.com/hookdrill/hookdrill/sender/console"
)

// TestPagerDutyLinksLeadToAnswers follows every self link of a push, and of the
// answers to which they lead.
func TestPagerDutyLinksLeadToAnswers(t *testing.T) {
	for _, ref := range pagerDutyRefs {
		t.Run(ref, func(t *testing.T) {
			a := newPagerDuty(t, ref)
			a.write()
			a.acknowledge()
			a.press("Restart")
			names := a.names(true)
			waiting := []string{}
			for _, path := range []string{
				"/incidents", "/users", "/users/me", "/services", "/extensions?include[]=temporarily_disabled", "/extension_schemas", "/log_entries?include[]=channels&include[]=incidents",
				"/incidents/{incident}/notes", "/incidents/{incident}/alerts", "/incidents/{incident}/log_entries", "/incidents/{incident}/related_change_events",
				"/status_pages/{page}/posts", "/status_pages/{page}/posts/{post}/post_updates", "/status_pages/{page}/services", "/status_pages/{page}/impacts",
			} {
				waiting = append(waiting, a.url+names.Replace(path))
			}
			pushed := a.endpoint.received()
			if len(pushed) != 1 {
				t.Fatalf("%d pushes came; want 1", len(pushed))
			}
			var push any
			if err := json.Unmarshal(pushed[0], &push); err != nil {
				t.Fatal(err)
			}
			links := selfLinks(push)
			if len(links) < 8 {
				t.Errorf("the push has the links %q; want more", links)
			}
			for _, link := range links {
				if !strings.HasPrefix(link, a.url+"/") {
					t.Errorf("%s does not lead to the console", link)
				}
			}
			a.follow(append(waiting, links...))
		})
	}
}

// press presses a button and waits for its end.
func (a *pagerDutyAccount) press(action string) sender.Delivery {
	a.t.Helper()
	pending, err := a.console.Start(a.t.Context(), a.incident.ID, sender.Press{Action: action})
	if err != nil {
		a.t.Fatal(err)
	}
	d, err := pending.Wait(a.t.Context())
	if err != nil {
		a.t.Fatal(err)
	}
	return d
}

// follow reads what links lead to, and what the links there lead to.
func (a *pagerDutyAccount) follow(waiting []string) {
	a.t.Helper()
	seen := map[string]bool{}
	for len(waiting) > 0 {
		link := waiting[0]
		waiting = waiting[1:]
		if seen[link] {
			continue
		}
		seen[link] = true
		status, value := a.get(link)
		if status != http.StatusOK {
			a.t.Errorf("%s answers %d", link, status)
		}
		waiting = append(waiting, selfLinks(value)...)
	}
	if len(seen) < 30 {
		a.t.Errorf("followed %q; want more", slices.Sorted(maps.Keys(seen)))
	}
}

// get reads a link over the wire.
func (a *pagerDutyAccount) get(link string) (status int, value any) {
	a.t.Helper()
	r, err := http.NewRequestWithContext(a.t.Context(), http.MethodGet, link, nil)
	if err != nil {
		a.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+a.console.Key())
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		a.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		a.t.Fatal(err)
	}
	if err := json.Unmarshal(body, &value); err != nil {
		a.t.Fatalf("%s: %v", link, err)
	}
	return answer.StatusCode, value
}

// selfLinks are all links named self in a value.
func selfLinks(v any) []string {
	var out []string
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if link, ok := v[name].(string); ok && name == "self" {
				out = append(out, link)
			}
			out = append(out, selfLinks(v[name])...)
		}
	case []any:
		for _, one := range v {
			out = append(out, selfLinks(one)...)
		}
	}
	return out
}

// TestPagerDutyHostIsFoundThroughTheFirstLogEntry does what endpoints do that
// look for a host: the push's link, with its channel.
func TestPagerDutyHostIsFoundThroughTheFirstLogEntry(t *testing.T) {
	a := newPagerDuty(t, pagerDutyRefs[1])
	a.press("Restart")
	var push struct {
		Messages []struct {
			Incident struct {
				FirstTriggerLogEntry struct{ Self string } `json:"first_trigger_log_entry"`
			}
		}
	}
	if err := json.Unmarshal(a.endpoint.received()[0], &push); err != nil {
		t.Fatal(err)
	}
	_, value := a.get(push.Messages[0].Incident.FirstTriggerLogEntry.Self + "?include[]=channels")
	got := pdAnswer{value: value}.at("log_entry", "channel", "cef_details", "source_component")
	if got != "shop-7.example.com" {
		t.Errorf("the channel says the host %v; want shop-7.example.com", got)
	}
	reads := a.console.Timeline(console.Match{What: console.Read, Incident: a.incident.ID})
	if len(reads) != 1 || reads[0].Call == "" {
		t.Errorf("the timeline's reads of the incident are %+v; want the one", reads)
	}
}
