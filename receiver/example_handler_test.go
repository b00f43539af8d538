package receiver_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/hookdrill/hookdrill/receiver"
	"github.com/hookdrill/hookdrill/schema"
)

// A handler of yours that calls a host's agent, tested: the agent is a mock whose
// journal says what came, and the push is composed as the platform documents it.
func Example_handler() {
	agent := receiver.New(nil) // nil: what comes there is no push
	defer agent.Close()
	host := httptest.NewServer(agent)
	defer host.Close()
	yours := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		answer, _ := http.Post(host.URL+"/hosts/drill-01/restart", "text/plain", r.Body)
		answer.Body.Close()
	})

	profile, _ := schema.Open("flashduty")
	push, _ := profile.Compose(schema.Values{"host": "drill-01"})
	answer := httptest.NewRecorder()
	yours.ServeHTTP(answer, httptest.NewRequest("POST", "/restart", bytes.NewReader(push.Body)))

	entries, _ := agent.Journal().Wait(context.Background(), receiver.Match{}, 1)
	fmt.Println(answer.Code, entries[0].Request.Method, entries[0].Request.Path)
	// Output: 200 POST /hosts/drill-01/restart
}
