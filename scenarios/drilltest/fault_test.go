package drilltest_test

import (
	"testing"
	"time"

	"github.com/hookdrill/hookdrill/receiver"
	"github.com/hookdrill/hookdrill/scenarios/drilltest"
	"github.com/hookdrill/hookdrill/schema"
)

// No fault holds a press for longer than its deadline and 250 ms, whatever the
// endpoint writes meanwhile.
func TestNoFaultHoldsAPressBeyondItsDeadline(t *testing.T) {
	const late = 250 * time.Millisecond
	for _, f := range receiver.Faults() {
		if f.Layer != receiver.InHTTP || f.TLS != "" {
			continue
		}
		for profile, deadline := range deadlines {
			if f.Name == "endless_body" && deadline > time.Second {
				continue // a gigabyte of it
			}
			t.Run(f.Name+" on "+profile, func(t *testing.T) {
				t.Parallel()
				drilltest.Virtual(t, func(t *testing.T, n *drilltest.Network) {
					behavior, err := receiver.ParseBehavior("fault " + f.Name)
					if err != nil {
						t.Fatal(err)
					}
					endpoint := receiver.New(nil, receiver.WithBehavior(behavior))
					defer endpoint.Close()
					button := n.NewButton(profile, endpoint)
					begun := time.Now()
					d := button.Press(schema.Values{})
					if held := time.Since(begun); held > deadline+late || d.Last().CutOff > late {
						t.Errorf("the press took %s, its deadline is %s: %+v", held, deadline, d.Last())
					}
				})
			})
		}
	}
}
