package console_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
	"github.com/hookdrill/hookdrill/sender/console"
)

// BenchmarkPagerDutyReads lists the largest page of ten thousand incidents, and
// asks for a log entry that none of them has.
func BenchmarkPagerDutyReads(b *testing.B) {
	profile, err := schema.Open(pagerDutyRefs[1])
	if err != nil {
		b.Fatal(err)
	}
	clock := &minutes{}
	s := sender.New(sender.NewRegistry(profile), sender.WithSeed(41), sender.WithClock(clock))
	c, err := console.New(s)
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	for n := range 10_000 {
		made, err := s.NewIncident(schema.Values{"channel": fmt.Sprint("service ", n%7), "responder": fmt.Sprint("Person ", n%5)})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := c.Add(made, fmt.Sprint("service ", n%7)); err != nil {
			b.Fatal(err)
		}
	}
	for path, want := range map[string]int{
		"/incidents?limit=100": http.StatusOK,
		"/incidents?limit=100&statuses[]=triggered&urgencies[]=high&offset=5000": http.StatusOK,
		"/incidents?limit=100&user_ids[]=PNOBODY":                                http.StatusOK,
		"/log_entries/RNOBODYSLOGENTRY0000000000":                                http.StatusNotFound,
	} {
		b.Run(path[1:], func(b *testing.B) {
			for b.Loop() {
				r := httptest.NewRequest(http.MethodGet, path, nil)
				r.Header.Set("Authorization", "Bearer "+c.Key())
				w := httptest.NewRecorder()
				c.ServeHTTP(w, r)
				if w.Code != want {
					b.Fatal(w.Body)
				}
				clock.pass()
			}
		})
	}
}
