package drilltest_test

import (
	"encoding/json"
	"net/http"
	"os"
	"sync"
	"testing"

	"github.com/hookdrill/hookdrill/scenarios/drilltest"
	"github.com/hookdrill/hookdrill/schema"
)

// yours restarts the host of an incident, once, by a call to the host's agent.
func yours(agent string) http.Handler {
	var done sync.Map
	return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var push struct {
			Incident struct {
				ID     string `json:"incident_id"`
				Labels map[string]string
			}
		}
		_ = json.NewDecoder(r.Body).Decode(&push)
		if _, again := done.LoadOrStore(push.Incident.ID, true); again {
			return
		}
		if answer, err := http.Post(agent+"/hosts/"+push.Incident.Labels["host"]+"/restart", "", nil); err == nil {
			answer.Body.Close()
		}
	})
}

// The stories of a folder, told to a handler: a new one for each story on each
// profile. Whom it calls is played by hookdrill.
func TestTheStoriesOfAFolder(t *testing.T) {
	drilltest.Test(t, os.DirFS("testdata/drills"), drilltest.Options{
		Dir:     "testdata/drills",
		Handler: func(urls map[string]string) http.Handler { return yours(urls["agent"]) },
	})
}

// One button and a handler, without a story.
func TestTheHostIsRestartedOnce(t *testing.T) {
	restarts := 0
	agent := drilltest.Serve(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { restarts++ }))

	button := drilltest.NewButton(t, "flashduty", yours(agent))
	delivery := button.Press(schema.Values{"host": "drill-01"})
	button.Redeliver(delivery)                      // the platform repeats: the same event
	button.Press(schema.Values{"host": "drill-01"}) // a responder clicks again: a new one

	if !delivery.Delivered || restarts != 1 {
		t.Errorf("%v, delivered %t; %d restarts, want 1", delivery.Last().Outcome, delivery.Delivered, restarts)
	}
}
