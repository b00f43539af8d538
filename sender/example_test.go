package sender_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

// An endpoint reads the request and closes without an answer. Flashduty calls it
// failed and repeats it; what the endpoint had begun goes on.
func ExampleSender_Press() {
	endpoint := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		panic(http.ErrAbortHandler)
	}))
	defer endpoint.Close()

	profile, err := schema.Open("flashduty@2026-05-27")
	if err != nil {
		fmt.Println(err)
		return
	}
	registry := sender.NewRegistry(profile)
	if err := registry.Add(sender.Action{Name: "restart", URL: endpoint.URL, Channels: []string{"production"}}); err != nil {
		fmt.Println(err)
		return
	}
	delivery, err := sender.New(registry).Press(context.Background(), sender.Press{
		Action: "restart",
		Set:    schema.Values{"host": "drill-01"},
	})
	if err != nil {
		fmt.Println(err) // nothing was sent
		return
	}
	attempt := delivery.Last()
	fmt.Println(attempt.Outcome, "- delivered:", delivery.Delivered, "- written:", attempt.Written)
	fmt.Println(strings.Contains(delivery.Consequence.Text, "repeated once (documented 2026-02-09)"))
	// Output:
	// closed in headers - delivered: false - written: all
	// true
}

// A fourth action has no room in a channel that holds three.
func ExampleRegistry_Add() {
	profile, err := schema.Open("flashduty@2024-11-20")
	if err != nil {
		fmt.Println(err)
		return
	}
	registry := sender.NewRegistry(profile)
	for _, name := range []string{"restart", "rollback", "enrich", "status page"} {
		err := registry.Add(sender.Action{Name: name, URL: "https://ops.example/" + name, Channels: []string{"production"}})
		if err != nil {
			fmt.Println(err)
		}
	}
	// Output:
	// action "status page": channel "production" is full: 3 custom actions per channel (flashduty@2024-11-20, https://developer-en.flashcat.cloud/en/flashduty/webhook/custom-action)
}

// The platform repeats a press: same event id, same bytes, a new connection.
func ExampleSender_Redeliver() {
	ids := make(chan string, 2)
	endpoint := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ids <- r.Header.Get("X-Webhook-Id")
	}))
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
	s := sender.New(registry)
	delivery, err := s.Press(context.Background(), sender.Press{Action: "restart"})
	if err == nil {
		delivery, err = s.Redeliver(context.Background(), delivery)
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	first, again := <-ids, <-ids
	fmt.Println(len(delivery.Attempts), "attempts, the same id:", first == again)
	// Output:
	// 2 attempts, the same id: true
}
