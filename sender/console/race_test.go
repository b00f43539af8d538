package console_test

import (
	"context"
	"fmt"
	"net/http"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/hookdrill/hookdrill/sender"
	"github.com/hookdrill/hookdrill/sender/console"
)

// TestEverythingAtOnce does all that a console can from many goroutines.
func TestEverythingAtOnce(t *testing.T) {
	onEach(t, func(t *testing.T, w ways) {
		s := sit(t, w, setting{
			url:     listening(t, func(http.ResponseWriter, *http.Request) {}),
			console: []console.Option{console.WithBounds(console.Bounds{Incidents: 8, Entries: 100, EntryBytes: 1 << 20})},
		})
		stop := s.console.Subscribe(func(e console.Entry) { s.console.Timeline(console.Match{After: e.Number - 1, Incident: e.Incident}) })
		defer stop()
		ctx := context.Background()
		jobs := []func(n int){
			func(n int) { s.call(w.comment(s.incident, fmt.Sprint(n))) },
			func(int) { s.call(w.resolve(s.incident)) },
			func(int) { s.call(w.list()) },
			func(int) { s.call(w.press(s.incident, s.action())) },
			func(int) { s.add("shop") },
			func(int) { s.console.Incidents() },
			func(int) { s.clock.move(time.Second) },
			func(int) {
				snapshot, err := s.console.State()
				if err == nil {
					err = s.console.Load(snapshot)
				}
				if err != nil {
					t.Error(err)
				}
			},
			func(int) {
				if pending, err := s.console.Start(ctx, s.incident, sender.Press{Action: "restart"}); err == nil {
					_, _ = pending.Wait(ctx)
				}
			},
			func(int) {
				changed := sender.Action{Label: "Again", URL: "http://127.0.0.1:1/", Channels: []string{"shop"}}
				if err := s.registry.Replace("restart", changed); err != nil {
					t.Error(err)
				}
			},
		}
		var all sync.WaitGroup
		for _, job := range jobs {
			all.Go(func() {
				for n := range 20 {
					job(n)
				}
			})
		}
		all.Wait()
		if err := s.console.Idle(ctx); err != nil {
			t.Error(err)
		}
	})
}

// TestCloseLeavesNothingBehind counts goroutines.
func TestCloseLeavesNothingBehind(t *testing.T) {
	onEach(t, func(t *testing.T, w ways) {
		url := listening(t, func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusServiceUnavailable) })
		drill := func() {
			s := sit(t, w, setting{url: url, real: true, sender: []sender.Option{sender.WithRepeats(-1)}})
			for range 5 {
				s.must(s.call(w.press(s.incident, s.action())))
			}
			s.console.Close()
		}
		drill() // what is made once is made now
		before := goroutines(0)
		for range 20 {
			drill()
		}
		if after := goroutines(before + 3); after > before+3 {
			buffer := make([]byte, 1<<20)
			t.Errorf("%d goroutines, %d before:\n%s", after, before, buffer[:runtime.Stack(buffer, true)])
		}
	})
}

// goroutines counts those that stay: it waits while there are more than most and
// they become fewer.
func goroutines(most int) int {
	least := runtime.NumGoroutine()
	for range 100 {
		http.DefaultClient.CloseIdleConnections()
		runtime.GC()
		time.Sleep(5 * time.Millisecond)
		if n := runtime.NumGoroutine(); n < least {
			least = n
		}
		if least <= most {
			break
		}
	}
	return least
}
