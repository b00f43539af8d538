package sender_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

// An endpoint of yours, and what two platforms make of its answer.
func Example_verdict() {
	yours := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusAccepted) // 202: the work is done later
	}))
	defer yours.Close()

	for _, platform := range []string{"flashduty@2026-05-27", "pagerduty@2026-08-19"} {
		profile, err := schema.Open(platform)
		if err != nil {
			panic(err)
		}
		actions := sender.NewRegistry(profile)
		err = actions.Add(sender.Action{Label: "Restart host", URL: yours.URL, Channels: []string{"production"}})
		if err != nil {
			panic(err)
		}
		delivery, err := sender.New(actions).Press(context.Background(), sender.Press{Action: "Restart host"})
		if err != nil {
			panic(err)
		}
		fmt.Println(profile.Title(), delivery.Last().Outcome, delivery.Last().Status, "delivered:", delivery.Delivered)
	}
	// Output:
	// Flashduty answered 202 delivered: false
	// PagerDuty answered 202 delivered: true
}
