package drilltest_test

import (
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/hookdrill/hookdrill/scenarios/drilltest"
	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

// trials are made at each boundary, and all of them must be right.
const trials = 1000

// TestBoundary answers a nanosecond before and after each documented deadline.
func TestBoundary(t *testing.T) {
	headers := func(d time.Duration) http.HandlerFunc {
		return func(http.ResponseWriter, *http.Request) { time.Sleep(d) }
	}
	body := func(d time.Duration) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			http.NewResponseController(w).Flush()
			time.Sleep(d)
			io.WriteString(w, "done")
		}
	}
	answered := sender.Outcome{Kind: sender.Answered, Phase: sender.PhaseBody}
	tests := map[string]struct {
		late func(time.Duration) http.HandlerFunc
		by   time.Duration
		want sender.Outcome
	}{
		"headers a nanosecond before":  {headers, -1, answered},
		"headers a nanosecond after":   {headers, +1, sender.Outcome{Kind: sender.Timeout, Phase: sender.PhaseHeaders}},
		"the body a nanosecond before": {body, -1, answered},
		"the body a nanosecond after":  {body, +1, sender.Outcome{Kind: sender.Timeout, Phase: sender.PhaseBody}},
	}
	for profile, deadline := range map[string]time.Duration{"flashduty@2024-11-20": time.Second, "pagerduty@2026-08-19": 16 * time.Second} {
		for name, tt := range tests {
			t.Run(profile+" "+name, func(t *testing.T) {
				t.Parallel()
				drilltest.Virtual(t, func(t *testing.T, n *drilltest.Network) {
					button := n.NewButton(profile, tt.late(deadline+tt.by))
					for i := range trials {
						d := button.Press(schema.Values{})
						took := min(deadline+tt.by, deadline)
						if a := d.Last(); a.Outcome != tt.want || a.Took != took || a.CutOff != 0 || d.Delivered != (tt.by < 0) {
							t.Fatalf("trial %d: %v after %v, delivered %t, cut off %v late; want %v after %v", i+1, a.Outcome, a.Took, d.Delivered, a.CutOff, tt.want, took)
						}
					}
				})
			})
		}
	}
}
