package console_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
	"github.com/hookdrill/hookdrill/sender/console"
)

// An endpoint comments on the incident that is pushed to it, and the console
// tells what happened, in its order.
func ExampleConsole() {
	profile, _ := schema.Open("flashduty")
	registry := sender.NewRegistry(profile)
	platform := sender.New(registry, sender.WithSeed(1))
	c, _ := console.New(platform)
	defer c.Close()
	api := httptest.NewServer(c)
	defer api.Close()

	incident, _ := platform.NewIncident(schema.Values{"title": "The disk is full"})
	added, _ := c.Add(incident, "shop")
	endpoint := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		comment := fmt.Sprintf(`{"incident_ids": [%q], "comment": "Cleaned up"}`, added.ID)
		answer, err := http.Post(api.URL+"/incident/comment?app_key="+c.Key(), "application/json", strings.NewReader(comment))
		if err == nil {
			_ = answer.Body.Close()
		}
	}))
	defer endpoint.Close()
	_ = registry.Add(sender.Action{Name: "clean", URL: endpoint.URL, Channels: []string{"shop"}})

	pending, _ := c.Start(context.Background(), added.ID, sender.Press{Action: "clean"})
	_, _ = pending.Wait(context.Background())
	for _, e := range c.Timeline(console.Match{}) {
		fmt.Println(e.Number, e.What, e.Text)
	}
	// Output:
	// 1 created The disk is full
	// 2 pressed clean
	// 3 commented Cleaned up
	// 4 delivered answered 200
}
