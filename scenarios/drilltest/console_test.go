package drilltest_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/hookdrill/hookdrill/scenarios/drilltest"
	"github.com/hookdrill/hookdrill/sender/console"
)

// enrichment expects a comment of whatever sits in the seat, on both platforms.
const enrichment = `name: An incident is enriched
profiles: [flashduty@2026-05-27, pagerduty@2026-08-19]
incident: {host: drill-01}
actions: {enrich: {channels: [production]}}
stages:
  mock:
    endpoints: {enrich: {}}
    effects: {comments: {timeline: commented}}
steps:
  - press: enrich
    effects: {comments: 1, within: 10s}
    expect: {incident: {comment: "load of drill-01"}, timeline: [{what: commented, status: 200}], refused: 0, within: 10s}
`

// enriching comments on the incident: through the link of PagerDuty's body, or by
// the address that it was given.
func enriching(seats drilltest.Seats) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var push struct {
			Incident struct {
				ID     string            `json:"incident_id"`
				Labels map[string]string `json:"labels"`
			}
			Messages []struct {
				Incident struct {
					Self string
					Host string `json:"incident_key"`
				}
			}
		}
		if err := json.NewDecoder(r.Body).Decode(&push); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		target, from := seats.URLs["console"]+"/incident/comment?app_key="+console.DefaultKey, ""
		body := map[string]any{"incident_ids": []string{push.Incident.ID}, "comment": "load of " + push.Incident.Labels["host"]}
		if len(push.Messages) == 1 {
			i := push.Messages[0].Incident
			target, from = i.Self+"/notes", "robin.example@example.com"
			body = map[string]any{"note": map[string]string{"content": "load of " + i.Host}}
		}
		text, _ := json.Marshal(body)
		request, err := http.NewRequestWithContext(r.Context(), http.MethodPost, target, strings.NewReader(string(text)))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		request.Header = http.Header{"Content-Type": {"application/json"}, "Authorization": {"Token token=" + console.DefaultKey}, "From": {from}}
		response, err := seats.Client.Do(request)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		response.Body.Close()
	})
}

func TestAHandlerCallsTheConsoleBack(t *testing.T) {
	t.Parallel()
	for name, virtual := range map[string]bool{"in real time": false, "in virtual time": true} {
		t.Run(name, func(t *testing.T) {
			drilltest.Test(t, one(enrichment), drilltest.Options{Handler: enriching, Virtual: virtual})
		})
	}
}
