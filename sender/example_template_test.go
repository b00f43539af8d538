package sender_test

import (
	"fmt"
	"log"

	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

// A custom body is previewed without sending anything.
func ExampleSender_Preview() {
	profile, err := schema.Open("flashduty@2026-05-27")
	if err != nil {
		log.Fatal(err)
	}
	registry := sender.NewRegistry(profile)
	err = registry.Add(sender.Action{
		Name: "restart", URL: "https://ops.example/restart",
		Template: []byte(`{"id": "{{event_id}}", "severity": "{{incident.incident_severity}}", "on": "host {{incident.labels.host}}", "team": "{{incident.team}}"}`),
		ValueMap: map[string]map[string]string{"incident.incident_severity": {"Critical": "P0", "Warning": "P1", "Info": "P2"}},
	})
	if err != nil {
		log.Fatal(err)
	}
	_, rendered, err := sender.New(registry).Preview(sender.Press{
		Action: "restart", EventID: "00112233445566778899aabbccddeeff",
		Set: schema.Values{"severity": "critical", "host": "drill-01"},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(rendered.Body))
	for _, v := range rendered.Variables {
		if v.Kept != "" {
			fmt.Printf("%s %s stays: %s\n", v.Pointer, v.Text, v.Kept)
			continue
		}
		fmt.Printf("%s %s is %s\n", v.Pointer, v.Text, v.Value)
	}
	// Output:
	// {"id":"00112233445566778899aabbccddeeff","severity":"P0","on":"host drill-01","team":"{{incident.team}}"}
	// /id {{event_id}} is "00112233445566778899aabbccddeeff"
	// /severity {{incident.incident_severity}} is "P0"
	// /on {{incident.labels.host}} is "drill-01"
	// /team {{incident.team}} stays: the default body has no such field: /incident has no "team"
}
