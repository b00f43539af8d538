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

// The deadline of 16 seconds, a nanosecond before and a nanosecond after it.
func TestTheLastNanosecond(t *testing.T) {
	drilltest.Virtual(t, func(t *testing.T, n *drilltest.Network) {
		for _, late := range []time.Duration{-1, +1} {
			slow := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { time.Sleep(16*time.Second + late) })
			if d := n.NewButton("pagerduty", slow).Press(nil); d.Delivered != (late < 0) {
				t.Errorf("%v after %v, delivered %t", d.Last().Outcome, d.Last().Took, d.Delivered)
			}
		}
	})
}

// Two days of repeats, until the endpoint is well again.
func TestTheEndpointIsBackInTheMorning(t *testing.T) {
	drilltest.Virtual(t, func(t *testing.T, n *drilltest.Network) {
		began := time.Now()
		down := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if time.Since(began) < 9*time.Hour {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
		})
		d := n.NewButton("pagerduty", down, sender.WithRepeats(-1)).Press(nil)
		if passed := time.Since(began); !d.Delivered || passed < 9*time.Hour {
			t.Errorf("delivered %t after %s and %d attempts", d.Delivered, passed, len(d.Attempts))
		}
	})
}
