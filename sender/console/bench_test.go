package console_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
	"github.com/hookdrill/hookdrill/sender/console"
)

// full makes a console with so many incidents and so many entries of each, as
// calls make them.
func full(tb testing.TB, w ways, incidents, entries int) *seat {
	tb.Helper()
	profile, err := schema.Open(w.ref)
	if err != nil {
		tb.Fatal(err)
	}
	s := &seat{registry: sender.NewRegistry(profile), clock: &handClock{at: began}, ways: w}
	s.sender = sender.New(s.registry, sender.WithSeed(1), sender.WithClock(s.clock), sender.WithRepeats(0))
	if s.console, err = console.New(s.sender); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(s.console.Close)
	s.fill(tb, incidents, entries)
	return s
}

// fill adds so many incidents with so many entries each.
func (s *seat) fill(tb testing.TB, incidents, entries int) {
	tb.Helper()
	for n := range incidents {
		made, err := s.sender.NewIncident(schema.Values{"title": fmt.Sprintf("the disk of host %d is full", n)})
		if err != nil {
			tb.Fatal(err)
		}
		i, err := s.console.Add(made, "shop")
		if err != nil {
			tb.Fatal(err)
		}
		s.incident = i.ID
		for m := range entries - 1 {
			s.clock.move(time.Second) // or there would be too many calls
			if a := s.call(s.ways.comment(i.ID, fmt.Sprintf("%d%% of it is in use, and it grows", m))); a.Code/100 != 2 {
				tb.Fatalf("answered %d: %s", a.Code, a.Body)
			}
		}
	}
}

// heap is what is in use once the rest is collected.
func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestTenThousandIncidentsFit holds a hundredth of 10,000 incidents with 20 entries
// each in a hundredth of what these may hold; BenchmarkTenThousandIncidents holds
// all.
func TestTenThousandIncidentsFit(t *testing.T) {
	if testing.Short() {
		t.Skip("it makes 2,000 entries on each platform")
	}
	const incidents, entries, most = 100, 20, 100 * 200 << 20 / 10_000
	for name, w := range platforms {
		s := full(t, w, 20, entries) // what is made once is made now
		before := heap()
		s.fill(t, incidents, entries)
		used := int64(heap()) - int64(before)
		if n := len(s.console.Timeline(console.Match{})); n != (20+incidents)*entries || s.console.Dropped() != 0 {
			t.Errorf("%s: the timeline has %d entries, %d were dropped", name, n, s.console.Dropped())
		}
		if used > most {
			t.Errorf("%s: %d kB are in use, want at most %d", name, used>>10, most>>10)
		}
		t.Logf("%s: %d kB", name, used>>10)
	}
}

// BenchmarkListOfAHundred lists 100 of 10,000 incidents.
func BenchmarkListOfAHundred(b *testing.B) {
	for name, w := range platforms {
		b.Run(name, func(b *testing.B) {
			s := full(b, w, 10_000, 1)
			b.ResetTimer()
			for b.Loop() {
				s.clock.move(time.Second)
				if a := s.call(w.list()); a.Code != 200 {
					b.Fatalf("answered %d: %s", a.Code, a.Body)
				}
			}
		})
	}
}

// BenchmarkComment is a call that changes an incident.
func BenchmarkComment(b *testing.B) {
	for name, w := range platforms {
		b.Run(name, func(b *testing.B) {
			s := full(b, w, 1, 1)
			n := 0
			for b.Loop() {
				if n++; n%1000 == 0 {
					b.StopTimer()
					s = full(b, w, 1, 1) // comments of one incident have a limit
					b.StartTimer()
				}
				s.clock.move(time.Second)
				if a := s.call(w.comment(s.incident, "the disk is full")); a.Code/100 != 2 {
					b.Fatalf("answered %d: %s", a.Code, a.Body)
				}
			}
		})
	}
}

// BenchmarkTenThousandIncidents reports what 10,000 incidents with 20 entries
// hold.
func BenchmarkTenThousandIncidents(b *testing.B) {
	for name, w := range platforms {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				before := heap()
				s := full(b, w, 10_000, 20)
				b.ReportMetric(float64(heap()-before)/(1<<20), "MB")
				runtime.KeepAlive(s)
			}
		})
	}
}
