package drilltest_test

import (
	"encoding/json"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/hookdrill/hookdrill/scenarios/drilltest"
	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

// yours restarts the host of an incident, once, by a call to the host's agent.
func yours(client *http.Client, agent string) http.Handler {
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
		if answer, err := client.Post(agent+"/hosts/"+push.Incident.Labels["host"]+"/restart", "", nil); err == nil {
			answer.Body.Close()
		}
	})
}

// The stories of a folder, told to a handler: a new one for each story on each
// profile. Whom it calls is played by hookdrill. In virtual time no deadline costs
// anything.
func TestTheStoriesOfAFolder(t *testing.T) {
	drilltest.Test(t, os.DirFS("testdata/drills"), drilltest.Options{
		Dir:     "testdata/drills",
		Virtual: true,
		Handler: func(s drilltest.Seats) http.Handler { return yours(s.Client, s.URLs["agent"]) },
	})
}

// One button and a handler, without a story.
func TestTheHostIsRestartedOnce(t *testing.T) {
	restarts := 0
	agent := drilltest.Serve(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { restarts++ }))

	button := drilltest.NewButton(t, "flashduty", yours(http.DefaultClient, agent))
	delivery := button.Press(schema.Values{"host": "drill-01"})
	button.Redeliver(delivery)                      // the platform repeats: the same event
	button.Press(schema.Values{"host": "drill-01"}) // a responder clicks again: a new one

	if !delivery.Delivered || restarts != 1 {
		t.Errorf("%v, delivered %t; %d restarts, want 1", delivery.Last().Outcome, delivery.Delivered, restarts)
	}
}

// A deadline of 16 seconds, to the nanosecond, and two days of repeats.
func TestADayLateInVirtualTime(t *testing.T) {
	drilltest.Virtual(t, func(t *testing.T, n *drilltest.Network) {
		slow := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { time.Sleep(16*time.Second + 1) })
		button := n.NewButton("pagerduty", slow, sender.WithRepeats(-1))

		began := time.Now()
		delivery := button.Press(nil)
		passed := time.Since(began)

		if delivery.Delivered || passed < 48*time.Hour || delivery.Last().Took != 16*time.Second {
			t.Errorf("delivered %t after %s and %d attempts", delivery.Delivered, passed, len(delivery.Attempts))
		}
	})
}
