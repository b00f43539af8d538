package sender_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

// A handler of yours, tested: the platform presses its button and then repeats.
func Example_handler() {
	restarts, seen := 0, map[string]bool{}
	yours := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if event := r.Header.Get("X-Webhook-Id"); !seen[event] {
			seen[event] = true
			restarts++
		}
	}))
	defer yours.Close()

	profile, _ := schema.Open("pagerduty")
	actions := sender.NewRegistry(profile)
	_ = actions.Add(sender.Action{Label: "Restart host", URL: yours.URL, Channels: []string{"production"}})
	platform := sender.New(actions)
	delivery, _ := platform.Press(context.Background(), sender.Press{Action: "Restart host"})
	delivery, _ = platform.Redeliver(context.Background(), delivery)
	fmt.Println(len(delivery.Attempts), "attempts, delivered:", delivery.Delivered, "- restarts:", restarts)
	// Output: 2 attempts, delivered: true - restarts: 1
}
