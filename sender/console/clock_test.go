package console_test

import (
	"context"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
	"github.com/hookdrill/hookdrill/sender/console"
)

// TestAPressIsRepeatedInPlatformTime lets a call press a button whose push is
// repeated for hours, on a clock that asks the console before it jumps. Neither
// the call nor the console is in the way of the repeats.
func TestAPressIsRepeatedInPlatformTime(t *testing.T) {
	onEach(t, func(t *testing.T, w ways) {
		var asked atomic.Int32
		url := listening(t, func(rw http.ResponseWriter, r *http.Request) {
			if asked.Add(1) == 1 {
				conn, _, err := rw.(http.Hijacker).Hijack() // closed before an answer: both platforms repeat it
				if err == nil {
					_ = conn.Close()
				}
			}
		})
		profile, err := schema.Open(w.ref)
		if err != nil {
			t.Fatal(err)
		}
		var c *console.Console
		clock := sender.NewPlatformClock(began, func(ctx context.Context) error { return c.Idle(ctx) })
		s := &seat{t: t, registry: sender.NewRegistry(profile), ways: w}
		if err := s.registry.Add(sender.Action{Name: "restart", URL: url, Channels: []string{"shop"}}); err != nil {
			t.Fatal(err)
		}
		s.sender = sender.New(s.registry, sender.WithSeed(7), sender.WithClock(clock), sender.WithDeadline(time.Minute))
		if c, err = console.New(s.sender); err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		s.console = c
		s.incident = s.add("shop")
		s.must(s.call(w.press(s.incident, s.action())))
		s.must(s.call(w.press(s.incident, s.action()))) // waits behind the first where the platform keeps the order
		if err := waitFor(c, 2); err != nil {
			t.Fatal(err)
		}
		entries := c.Timeline(console.Match{What: console.Delivered})
		var attempts []int
		for _, e := range entries {
			attempts = append(attempts, len(e.Delivery.Attempts))
		}
		slices.Sort(attempts)
		if !slices.Equal(attempts, []int{1, 2}) {
			t.Errorf("delivered after %v attempts", attempts)
		}
	})
}

// waitFor returns once so many presses are delivered.
func waitFor(c *console.Console, delivered int) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	more := make(chan struct{}, 100)
	defer c.Subscribe(func(console.Entry) { more <- struct{}{} })()
	for len(c.Timeline(console.Match{What: console.Delivered})) < delivered {
		select {
		case <-more:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
