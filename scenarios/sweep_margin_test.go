package scenarios_test

import (
	"fmt"
	"regexp"
	"testing"
	"time"

	"github.com/hookdrill/hookdrill/schema"
)

// farFromTheEdge is how far a delay of the library stays from the deadline, on both
// sides: several times the margin that sweep --self finds on a machine that does
// other things too.
const farFromTheEdge = 200 * time.Millisecond

var delayStep = regexp.MustCompile(`\bdelay (\S+)`)

// TestNoStoryOfTheLibraryAssertsInsideTheMargin asks it of each delay that a mock of
// the library has, under each deadline that its story is told with.
func TestNoStoryOfTheLibraryAssertsInsideTheMargin(t *testing.T) {
	looked := 0
	for _, s := range library(t) {
		deadlines := []time.Duration{s.Deadline}
		if s.Deadline == 0 {
			deadlines = documented(t, s.Profiles)
		}
		for name, endpoint := range s.Stages["mock"].Endpoints {
			for _, step := range delayStep.FindAllStringSubmatch(endpoint.Behavior, -1) {
				delay, err := time.ParseDuration(step[1])
				if err != nil {
					t.Errorf("%s, %s: %v", s.File, name, err)
				}
				for _, deadline := range deadlines {
					looked++
					if (delay - deadline).Abs() < farFromTheEdge {
						t.Errorf("%s, %s: a delay of %v is too near the deadline of %v to be certain", s.File, name, delay, deadline)
					}
				}
			}
		}
	}
	if looked == 0 {
		t.Error("no story of the library has a delay")
	}
}

// documented are the deadlines of profiles; of none, those of all.
func documented(t *testing.T, refs []string) (deadlines []time.Duration) {
	t.Helper()
	if len(refs) == 0 {
		for _, ref := range schema.List() {
			refs = append(refs, fmt.Sprint(ref))
		}
	}
	for _, ref := range refs {
		p, err := schema.Open(ref)
		if err != nil {
			t.Fatal(err)
		}
		deadlines = append(deadlines, p.Deadline())
	}
	return deadlines
}
