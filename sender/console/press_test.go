package console_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
	"github.com/hookdrill/hookdrill/sender/console"
)

// TestAPressOfTheConsoleIsAPress presses as the command does, by Start and by the
// API: the same seed, time and links give the same bytes.
func TestAPressOfTheConsoleIsAPress(t *testing.T) {
	onEach(t, func(t *testing.T, w ways) {
		var mu sync.Mutex
		var bodies []string
		url := listening(t, func(_ http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			mu.Lock()
			defer mu.Unlock()
			bodies = append(bodies, string(body))
		})
		same := setting{url: url, sender: []sender.Option{
			sender.WithNow(func() time.Time { return began }), sender.WithAPIURL("http://127.0.0.1:8078"),
		}}
		presses := map[string]func(*seat) error{
			"the command": func(s *seat) error {
				plain := sender.New(s.registry, append([]sender.Option{sender.WithSeed(7)}, same.sender...)...)
				i, err := plain.NewIncident(schema.Values{"channel": "shop"})
				if err == nil {
					_, err = plain.Press(context.Background(), sender.Press{Action: "restart", Incident: i})
				}
				return err
			},
			"Start": func(s *seat) error {
				pending, err := s.console.Start(context.Background(), s.incident, sender.Press{Action: "restart"})
				if err == nil {
					_, err = pending.Wait(context.Background())
				}
				return err
			},
			"Start, in a channel that Add says": func(s *seat) error {
				plain := sender.New(s.registry, append([]sender.Option{sender.WithSeed(7), sender.WithClock(s.clock), sender.WithRepeats(0)}, same.sender...)...)
				i, err := plain.NewIncident(nil)
				if err != nil {
					return err
				}
				c, err := console.New(plain)
				if err != nil {
					return err
				}
				defer c.Close()
				added, err := c.Add(i, "shop")
				if err != nil {
					return err
				}
				pending, err := c.Start(context.Background(), added.ID, sender.Press{Action: "restart"})
				if err == nil {
					_, err = pending.Wait(context.Background())
				}
				return err
			},
		}
		presses["a call of the API"] = func(s *seat) error {
			r := s.request(w.press(s.incident, s.action()))
			r.Header.Del("From")
			s.must(asked(s.console, r))
			return s.console.Idle(context.Background())
		}
		for _, how := range []string{"the command", "Start", "Start, in a channel that Add says", "a call of the API"} {
			if err := presses[how](sit(t, w, same)); err != nil {
				t.Fatalf("%s: %v", how, err)
			}
		}
		if len(bodies) != len(presses) {
			t.Fatalf("%d pushes came", len(bodies))
		}
		for n, body := range bodies[1:] {
			if body != bodies[0] {
				t.Errorf("push %d is another:\n%s", n+2, cmp.Diff(bodies[0], body))
			}
		}
	})
}

func TestAPressByTheAPISaysWhoAndIsOtherwiseTheSame(t *testing.T) {
	onEach(t, func(t *testing.T, w ways) {
		came := make(chan string, 2)
		url := listening(t, func(_ http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			came <- string(body)
		})
		same := setting{url: url, sender: []sender.Option{sender.WithNow(func() time.Time { return began })}}
		called, started := sit(t, w, same), sit(t, w, same)
		called.must(called.call(w.press(called.incident, called.action())))
		pressed := called.console.Timeline(console.Match{What: console.Pressed})
		if len(pressed) != 1 {
			t.Fatalf("%d presses on the timeline", len(pressed))
		}
		if _, err := started.console.Start(context.Background(), started.incident, sender.Press{Action: "restart", By: pressed[0].By}); err != nil {
			t.Fatal(err)
		}
		if a, b := <-came, <-came; a != b {
			t.Errorf("the two differ:\n%s", cmp.Diff(a, b))
		}
	})
}

func TestAPressSendsTheIncidentAsItStands(t *testing.T) {
	onEach(t, func(t *testing.T, w ways) {
		s := sit(t, w, setting{url: listening(t, func(http.ResponseWriter, *http.Request) {})})
		s.must(s.call(w.resolve(s.incident)))
		pending, err := s.console.Start(context.Background(), s.incident, sender.Press{Action: "restart"})
		if err != nil {
			t.Fatal(err)
		}
		d, err := pending.Wait(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if status := d.Push.Value("status"); status != string(console.Resolved) {
			t.Errorf("the push says that the incident is %v", status)
		}
		i, _ := s.console.Incident(s.incident)
		if i.Status != console.Resolved || i.Values["status"] != string(console.Resolved) {
			t.Errorf("the incident is %s, its values say %v", i.Status, i.Values["status"])
		}
	})
}

func TestWhatTheEndpointCallsComesAfterThePressAndBeforeItsEnd(t *testing.T) {
	onEach(t, func(t *testing.T, w ways) {
		var s *seat
		s = sit(t, w, setting{url: listening(t, func(rw http.ResponseWriter, _ *http.Request) {
			s.must(s.call(w.comment(s.incident, "the disk is full")))
		})})
		pending, err := s.console.Start(context.Background(), s.incident, sender.Press{Action: "restart", By: sender.Person{Name: "Kim Example"}})
		if err != nil {
			t.Fatal(err)
		}
		d, err := pending.Wait(context.Background())
		if err != nil || !d.Delivered {
			t.Fatalf("not delivered: %v %v", d.Last().Outcome, err)
		}
		entries := s.console.Timeline(console.Match{Incident: s.incident})
		want := []console.What{console.Created, console.Pressed, console.Commented, console.Delivered}
		if got := whats(entries); !slices.Equal(got, want) {
			t.Fatalf("the timeline has %v, want %v", got, want)
		}
		if e := entries[1]; e.By.Name != "Kim Example" || e.Field != "restart" || e.Delivery == nil || len(e.Delivery.Attempts) != 0 {
			t.Errorf("the press is on the timeline as %+v", e)
		}
		if e := entries[3]; e.Delivery == nil || e.Delivery.EventID != d.EventID || len(e.Delivery.Attempts) != 1 {
			t.Errorf("its end is on the timeline as %+v", e)
		}
		if e := entries[2]; e.Text != "the disk is full" || e.Call == "" || e.Status/100 != 2 || e.By.Name == "" {
			t.Errorf("the comment is on the timeline as %+v", e)
		}
		if i, _ := s.console.Incident(s.incident); len(i.Comments) != 1 || i.Comments[0].Text != "the disk is full" || i.Comments[0].ID == "" {
			t.Errorf("the incident has the comments %+v", i.Comments)
		}
	})
}

func TestStartRefuses(t *testing.T) {
	onEach(t, func(t *testing.T, w ways) {
		s := sit(t, w, setting{})
		elsewhere := s.add("warehouse")
		for name, one := range map[string]struct {
			incident, action string
			want             error
		}{
			"an incident that does not exist":       {"nowhere", "restart", console.ErrNoIncident},
			"an action that does not exist":         {s.incident, "stop", sender.ErrUnknownAction},
			"a button that is on another channel's": {elsewhere, "restart", console.ErrNotThere},
		} {
			if _, err := s.console.Start(context.Background(), one.incident, sender.Press{Action: one.action}); !errors.Is(err, one.want) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if n := len(s.console.Timeline(console.Match{What: console.Pressed})); n != 0 {
			t.Errorf("%d presses are on the timeline", n)
		}
		if n := len(s.console.Actions("warehouse")); n != 0 {
			t.Errorf("an incident in the other channel has %d buttons", n)
		}
		if n := len(s.console.Actions("")); n != 1 {
			t.Errorf("an incident in no channel has %d buttons", n)
		}
	})
}

func TestAFailedPressIsOnTheTimeline(t *testing.T) {
	onEach(t, func(t *testing.T, w ways) {
		s := sit(t, w, setting{url: listening(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })})
		answered := s.call(w.press(s.incident, s.action()))
		s.must(answered) // the call succeeds even where the push does not
		if err := s.console.Idle(context.Background()); err != nil {
			t.Fatal(err)
		}
		entries := s.console.Timeline(console.Match{Incident: s.incident})
		if got, want := whats(entries), []console.What{console.Created, console.Pressed, console.NotDelivered}; !slices.Equal(got, want) {
			t.Fatalf("the timeline has %v, want %v", got, want)
		}
		if e := entries[2]; e.Reason != "answered 418" || e.Delivery.Delivered {
			t.Errorf("its end is on the timeline as %+v", e)
		}
		if e := entries[1]; e.Call == "" || e.Status/100 != 2 || e.By.Name == "" {
			t.Errorf("the press is on the timeline as %+v", e)
		}
	})
}

// TestCloseEndsWhatCallsPressed lets a button be pressed whose push is repeated
// for hours.
func TestCloseEndsWhatCallsPressed(t *testing.T) {
	w := platforms["pagerduty"]
	s := sit(t, w, setting{
		url:    listening(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }),
		sender: []sender.Option{sender.WithRepeats(-1)}, real: true,
	})
	s.must(s.call(w.press(s.incident, s.action())))
	if err := s.console.Idle(context.Background()); err != nil {
		t.Fatal(err)
	}
	if n := len(s.console.Timeline(console.Match{What: console.NotDelivered})); n != 0 {
		t.Fatal("the press has ended already")
	}
	s.console.Close()
	entries := s.console.Timeline(console.Match{What: console.NotDelivered})
	if len(entries) != 1 || entries[0].Delivery.Ended != sender.EndedCanceled {
		t.Errorf("after Close the timeline has %+v", entries)
	}
}

func TestIdleWaitsForPressesAndCalls(t *testing.T) {
	onEach(t, func(t *testing.T, w ways) {
		asked, answer := make(chan struct{}), make(chan struct{})
		s := sit(t, w, setting{url: listening(t, func(http.ResponseWriter, *http.Request) {
			close(asked)
			<-answer
		})})
		if err := s.console.Idle(context.Background()); err != nil {
			t.Fatalf("nothing is under way: %v", err)
		}
		called := make(chan struct{})
		go func() {
			defer close(called)
			s.must(s.call(w.press(s.incident, s.action())))
		}()
		<-asked
		short, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
		defer cancel()
		if err := s.console.Idle(short); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a press is under way: %v", err)
		}
		close(answer)
		if err := s.console.Idle(context.Background()); err != nil {
			t.Fatal(err)
		}
		if n := len(s.console.Timeline(console.Match{What: console.Delivered})); n != 1 {
			t.Errorf("%d deliveries are on the timeline", n)
		}
		<-called
	})
}
