package receiver_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http/httptest"
	"time"

	"github.com/hookdrill/hookdrill/receiver"
	"github.com/hookdrill/hookdrill/schema"
)

// The code that calls your endpoint is tested against a mock of it: the journal
// says what came, the behavior how it is answered.
func Example() {
	profile, _ := schema.Open("flashduty")
	slow, _ := receiver.ParseBehavior("first 1 status 503 then delay 20ms + status 200")
	r := receiver.New(profile, receiver.WithBehavior(slow))
	defer r.Close()
	server := httptest.NewServer(r)
	defer server.Close()

	push, _ := profile.Compose(schema.Values{"host": "drill-01"})
	for range 2 {
		resp, _ := server.Client().Post(server.URL+"/restart", "application/json", bytes.NewReader(push.Body))
		resp.Body.Close()
	}

	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	entries, _ := r.Journal().Wait(ctx, receiver.Match{}, 2)
	for _, e := range entries {
		fmt.Println(e.Request.Path, e.Request.Values["host"], "attempt", e.Attempt, "findings", len(e.Findings))
	}
	// Output:
	// /restart drill-01 attempt 1 findings 0
	// /restart drill-01 attempt 2 findings 0
}
