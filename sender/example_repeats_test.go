package sender_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

// A press is repeated on platform time: two days of it take a moment.
func ExampleWithClock() {
	endpoint := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }))
	defer endpoint.Close()
	profile, err := schema.Open("pagerduty@2026-08-19")
	if err != nil {
		fmt.Println(err)
		return
	}
	registry := sender.NewRegistry(profile)
	if err := registry.Add(sender.Action{Name: "restart", URL: endpoint.URL}); err != nil {
		fmt.Println(err)
		return
	}
	clock := sender.NewPlatformClock(time.Now(), nil)
	d, err := sender.New(registry, sender.WithClock(clock)).Press(context.Background(), sender.Press{Action: "restart"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(d.Ended, "after", d.Last().Platform.Round(time.Hour))
	fmt.Println(d.Attempts[1].Reason)
	// Output:
	// exhausted after 48h0m0s
	// repeat 1 after status 503
}
