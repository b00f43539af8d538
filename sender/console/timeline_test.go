package console_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hookdrill/hookdrill/sender"
	"github.com/hookdrill/hookdrill/sender/console"
)

func TestTimelineChooses(t *testing.T) {
	onEach(t, func(t *testing.T, w ways) {
		s := sit(t, w, setting{})
		other := s.add("shop")
		s.must(s.call(w.comment(s.incident, "one")))
		s.must(s.call(w.comment(other, "two")))
		s.must(s.call(w.comment(s.incident, "three")))
		s.must(s.call(w.list()))
		for name, one := range map[string]struct {
			match console.Match
			want  []uint64
		}{
			"all":                     {console.Match{}, []uint64{1, 2, 3, 4, 5, 6}},
			"after one":               {console.Match{After: 4}, []uint64{5, 6}},
			"after the last":          {console.Match{After: 6}, nil},
			"of one kind":             {console.Match{What: console.Commented}, []uint64{3, 4, 5}},
			"of an incident":          {console.Match{Incident: s.incident}, []uint64{1, 3, 5}},
			"of an incident, after":   {console.Match{Incident: s.incident, After: 3}, []uint64{5}},
			"of an incident, a kind":  {console.Match{Incident: s.incident, What: console.Created}, []uint64{1}},
			"of no incident there is": {console.Match{Incident: "nowhere"}, nil},
			"what changes nothing":    {console.Match{What: console.Read}, []uint64{6}},
		} {
			var got []uint64
			for _, e := range s.console.Timeline(one.match) {
				got = append(got, e.Number)
			}
			if !slices.Equal(got, one.want) {
				t.Errorf("%s: %v, want %v", name, got, one.want)
			}
		}
	})
}

func TestBoundsOfTheTimelineLetTheOldestGo(t *testing.T) {
	for name, one := range map[string]struct {
		entries, bytes int
		least, most    int // entries that are held in the end
	}{
		"by number":                    {10, 1 << 30, 10, 10},
		"by bytes":                     {1 << 30, 20_000, 5, 20},
		"one alone is never too large": {1 << 30, 1, 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := platforms["flashduty"]
			s := sit(t, w, setting{console: []console.Option{console.WithBounds(console.Bounds{Entries: one.entries, EntryBytes: one.bytes})}})
			const calls = 600 // more than are made room for at a time
			for n := range calls {
				s.clock.move(time.Second)
				s.must(s.call(w.comment(s.incident, fmt.Sprintf("%d %s", n, strings.Repeat("x", 900)))))
			}
			entries := s.console.Timeline(console.Match{})
			if len(entries) < one.least || len(entries) > one.most {
				t.Errorf("%d entries are held, want %d to %d", len(entries), one.least, one.most)
			}
			if got := s.console.Dropped() + uint64(len(entries)); got != calls+1 {
				t.Errorf("%d dropped and %d held are %d, want %d", s.console.Dropped(), len(entries), got, calls+1)
			}
			for n, e := range entries {
				if want := uint64(calls + 1 - len(entries) + n + 1); e.Number != want {
					t.Fatalf("entry %d has number %d, want %d", n, e.Number, want)
				}
			}
			if got := s.console.Timeline(console.Match{Incident: s.incident}); len(got) != len(entries) {
				t.Errorf("%d of them are the incident's", len(got))
			}
		})
	}
}

// TestSubscribersAreToldInOrderAndBeforeTheAnswer calls from many goroutines.
func TestSubscribersAreToldInOrderAndBeforeTheAnswer(t *testing.T) {
	onEach(t, func(t *testing.T, w ways) {
		s := sit(t, w, setting{})
		var mu sync.Mutex
		var numbers []uint64
		texts := map[string]bool{}
		stop := s.console.Subscribe(func(e console.Entry) {
			mu.Lock()
			defer mu.Unlock()
			numbers = append(numbers, e.Number)
			texts[e.Text] = true
		})
		var callers sync.WaitGroup
		for caller := range 8 {
			callers.Go(func() {
				for n := range 5 {
					text := fmt.Sprintf("%d of %d", n, caller)
					if a := s.call(w.comment(s.incident, text)); a.Code/100 != 2 {
						t.Errorf("answered %d: %s", a.Code, a.Body)
					}
					mu.Lock()
					if !texts[text] {
						t.Errorf("%q was answered before it was told", text)
					}
					mu.Unlock()
				}
			})
		}
		callers.Wait()
		stop()
		s.must(s.call(w.comment(s.incident, "after all")))
		if len(numbers) != 40 || !slices.IsSorted(numbers) {
			t.Errorf("told of %v", numbers)
		}
	})
}

// TestASubscriberMayPress presses on every comment, and adds an incident.
func TestASubscriberMayPress(t *testing.T) {
	onEach(t, func(t *testing.T, w ways) {
		s := sit(t, w, setting{})
		var told []console.What
		var pressed *sender.Pending
		s.console.Subscribe(func(e console.Entry) {
			told = append(told, e.What)
			if e.What != console.Commented {
				return
			}
			s.add("shop")
			var err error
			if pressed, err = s.console.Start(context.Background(), s.incident, sender.Press{Action: "restart"}); err != nil {
				t.Error(err)
			}
			if n := len(s.console.Timeline(console.Match{What: console.Pressed})); n != 1 {
				t.Errorf("%d presses are on the timeline", n)
			}
		})
		s.must(s.call(w.comment(s.incident, "now")))
		if _, err := pressed.Wait(context.Background()); err != nil {
			t.Fatal(err)
		}
		if err := s.console.Idle(context.Background()); err != nil {
			t.Fatal(err)
		}
		if want := []console.What{console.Commented, console.Created, console.Pressed, console.NotDelivered}; !slices.Equal(told, want) {
			t.Errorf("told of %v, want %v", told, want)
		}
	})
}
