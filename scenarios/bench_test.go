package scenarios_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/hookdrill/hookdrill/scenarios"
)

// thousand is how many steps the long story has.
const thousand = 1000

// pressing is a story of n presses, each of which must be delivered and arrive
// exactly once.
func pressing(tb testing.TB, n int) []*scenarios.Scenario {
	tb.Helper()
	text := `name: A button is pressed
profiles: [flashduty@2026-05-27]
actions: {restart: {channels: [production]}}
stages:
  mock:
    endpoints: {restart: {behavior: status 200}}
    effects: {pushes: {requests: restart}}
steps:
` + strings.Repeat("  - {press: restart, effects: {pushes: 1}}\n", n)
	s, err := scenarios.Load(fstest.MapFS{"story.yaml": {Data: []byte(text)}}, "story.yaml", nil, scenarios.LoadOptions{})
	if err != nil {
		tb.Fatal(err)
	}
	return []*scenarios.Scenario{s}
}

// BenchmarkStory compares a story with the bare program in baseline_test.go
// that makes the same presses. Only the ratios of one run mean anything.
func BenchmarkStory(b *testing.B) {
	for _, steps := range []int{1, thousand} {
		b.Run(fmt.Sprintf("%d steps", steps), func(b *testing.B) {
			stories := pressing(b, steps)
			var ours, bare time.Duration
			for b.Loop() {
				began := time.Now()
				run := scenarios.Runner{Seed: 71}.Run(b.Context(), stories)
				ours += time.Since(began)
				if run.Count(scenarios.Passed) != 1 {
					b.Fatal(told(run.Results[0]))
				}
				began = time.Now()
				barePresses(b, steps)
				bare += time.Since(began)
			}
			b.ReportMetric(float64(ours.Microseconds())/1000/float64(b.N), "ms/story")
			b.ReportMetric(float64(ours.Microseconds())/1000/float64(b.N*steps), "ms/step")
			b.ReportMetric(float64(bare.Microseconds())/1000/float64(b.N*steps), "bare-ms/step")
			b.ReportMetric(ours.Seconds()/bare.Seconds(), "times-bare")
		})
	}
}
