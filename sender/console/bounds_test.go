package console_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hookdrill/hookdrill/sender/console"
)

func TestBoundsOfIncidentsLetTheOldestThatIsResolvedGo(t *testing.T) {
	onEach(t, func(t *testing.T, w ways) {
		s := sit(t, w, setting{console: []console.Option{console.WithBounds(console.Bounds{Incidents: 3})}})
		second, third := s.add("shop"), s.add("shop")
		s.must(s.call(w.resolve(second)))
		fourth, fifth := s.add("shop"), s.add("shop")
		var ids []string
		for _, i := range s.console.Incidents() {
			ids = append(ids, i.ID)
		}
		if got, want := fmt.Sprint(ids), fmt.Sprint([]string{third, fourth, fifth}); got != want {
			t.Errorf("there are %s, want %s", got, want)
		}
		for id, want := range map[string]bool{s.incident: false, second: false, third: true, fifth: true} {
			if _, found := s.console.Incident(id); found != want {
				t.Errorf("incident %s: found is %v", id, found)
			}
		}
		if n := len(s.console.Timeline(console.Match{Incident: second})); n != 2 {
			t.Errorf("the timeline has %d entries of the one that went, want 2", n)
		}
	})
}

func TestBoundsOfCommentsLetTheOldestGo(t *testing.T) {
	onEach(t, func(t *testing.T, w ways) {
		s := sit(t, w, setting{console: []console.Option{console.WithBounds(console.Bounds{Comments: 2})}})
		for _, text := range []string{"one", "two", "three"} {
			s.must(s.call(w.comment(s.incident, text)))
		}
		i, _ := s.console.Incident(s.incident)
		if len(i.Comments) != 2 || i.Comments[0].Text != "two" || i.Comments[1].Text != "three" {
			t.Errorf("the comments are %+v", i.Comments)
		}
	})
}

func TestBoundsOfBytesLetTheOldestIncidentGo(t *testing.T) {
	onEach(t, func(t *testing.T, w ways) {
		s := sit(t, w, setting{console: []console.Option{console.WithBounds(console.Bounds{IncidentBytes: 1})}})
		newest := s.add("shop")
		if list := s.console.Incidents(); len(list) != 1 || list[0].ID != newest {
			t.Errorf("there are %d incidents, want the newest alone, which is never too much", len(list))
		}
		s.must(s.call(w.comment(newest, "as before")))
	})
}

func TestBoundsOfOneIncidentRefuse(t *testing.T) {
	onEach(t, func(t *testing.T, w ways) {
		s := sit(t, w, setting{console: []console.Option{console.WithBounds(console.Bounds{ItemBytes: 40_000})}})
		said, answer := 0, 0
		for answer = http.StatusOK; answer/100 == 2 && said < 100; said++ {
			s.clock.move(time.Second)
			answer = s.call(w.comment(s.incident, strings.Repeat("x", 900))).Code
		}
		if answer != http.StatusRequestEntityTooLarge || said < 5 {
			t.Fatalf("comment %d was answered %d", said, answer)
		}
		if i, _ := s.console.Incident(s.incident); len(i.Comments) != said-1 {
			t.Errorf("%d comments are kept, want %d", len(i.Comments), said-1)
		}
		entries := s.console.Timeline(console.Match{What: console.Refused})
		if len(entries) != 1 || !strings.Contains(entries[0].Reason, "incident "+s.incident+" would take about") {
			t.Errorf("what was refused: %+v", entries)
		}
	})
}

func TestBoundsOfAStatusPageRefuse(t *testing.T) {
	s := sit(t, platforms["flashduty"], setting{console: []console.Option{console.WithBounds(console.Bounds{ItemBytes: 1000})}})
	page := s.console.Pages()[0]
	create := func(text string) int {
		return s.call("POST", "/status-page/change/create", fmt.Sprintf(`{
			"page_id": %s, "type": "incident", "title": "slow", "description": %q, "status": "investigating",
			"updates": [{"description": "slow", "status": "investigating", "component_changes": [{"component_id": %q, "status": "degraded"}]}]
		}`, page.ID, text, page.Components[0].ID)).Code
	}
	if got := create("slow"); got != http.StatusOK {
		t.Errorf("a short change is answered %d", got)
	}
	if got := create(strings.Repeat("x", 1000)); got != http.StatusRequestEntityTooLarge {
		t.Errorf("a long change is answered %d", got)
	}
	if got := s.console.Pages()[0]; len(got.Events) != 1 || got.Components[0].Status != "degraded" {
		t.Errorf("the page is %+v", got)
	}
}

func TestBoundsOfEventsLetTheOldestGo(t *testing.T) {
	s := sit(t, platforms["flashduty"], setting{console: []console.Option{console.WithBounds(console.Bounds{Events: 2})}})
	page := s.console.Pages()[0]
	for _, title := range []string{"one", "two", "three"} {
		s.must(s.call("POST", "/status-page/change/create", fmt.Sprintf(`{
			"page_id": %s, "type": "incident", "title": %q, "description": "slow", "status": "investigating",
			"updates": [{"description": "slow", "status": "investigating", "component_changes": [{"component_id": %q, "status": "degraded"}]}]
		}`, page.ID, title, page.Components[0].ID)))
	}
	events := s.console.Pages()[0].Events
	if len(events) != 2 || events[0].Title != "two" || events[1].Title != "three" {
		t.Errorf("the page has the events %+v", events)
	}
}
