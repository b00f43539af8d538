package scenarios

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/hookdrill/hookdrill/schema"
)

// turn is one story, or one of its broken twins, to be told once on one profile.
type turn struct {
	scenario *Scenario
	stage    Stage
	profile  string // a reference; "" when there is none to run on
	twin     *Twin
	seed     uint64
	skip     string // why it is not told
	wrong    error  // why it cannot be told
}

// real reports whether an endpoint of the turn is not ours.
func (t *turn) real() bool {
	for _, e := range t.stage.Endpoints {
		if e.real() {
			return true
		}
	}
	return false
}

// alone reports whether nothing may be told beside the turn: an endpoint is not
// ours, or the console's address is one that others would want, too.
func (t *turn) alone() bool { return t.real() || t.stage.Console.Listen != "" }

// title names the story, and the twin that stands in its place.
func (t *turn) title() string {
	if t.twin == nil {
		return t.scenario.Name
	}
	return t.scenario.Name + " (twin: " + t.twin.Name + ")"
}

// derived makes the seed of one turn from the run's, so that neither the order
// of the stories nor what runs beside them changes what is pressed. A story and
// its twin press the same.
func (t *turn) derived(profile string) uint64 {
	h := fnv.New64a()
	h.Write(binary.BigEndian.AppendUint64(nil, t.seed))
	for _, part := range []string{path.Base(t.scenario.File), t.scenario.Name, profile} {
		h.Write([]byte(part))
		h.Write([]byte{0})
	}
	return h.Sum64()
}

// plan makes the turns of every story: each combination of its matrix, each
// profile, each twin, each repetition, in the order of the list.
func (r Runner) plan(list []*Scenario) []*turn {
	var turns []*turn
	for i := range max(r.Repeat, 1) {
		for _, s := range list {
			for _, one := range s.combinations() {
				for _, t := range r.turns(one) {
					t.seed = r.Seed + uint64(i)
					turns = append(turns, t)
				}
			}
		}
	}
	return turns
}

// turns makes the turns of one story.
func (r Runner) turns(s *Scenario) []*turn {
	stage, ok := s.Stages[r.Stage]
	if !ok {
		return []*turn{{scenario: s, skip: fmt.Sprintf("it has no stage %s, only %s", r.Stage, strings.Join(slices.Sorted(maps.Keys(s.Stages)), ", "))}}
	}
	refs, err := r.profiles(s, stage)
	if err != nil {
		return []*turn{{scenario: s, stage: stage, wrong: err}}
	}
	if len(refs) == 0 {
		return []*turn{{scenario: s, stage: stage, skip: r.disjoint(s, stage)}}
	}
	var turns []*turn
	for _, ref := range refs {
		if !r.Twins {
			turns = append(turns, &turn{scenario: s, stage: stage, profile: ref})
			continue
		}
		for i := range s.Twins {
			t := &turn{twin: &s.Twins[i], profile: ref}
			t.scenario, t.stage = s.broken(s.Twins[i], stage)
			turns = append(turns, t)
		}
	}
	return turns
}

// profiles returns the references to run on: those of the story that the stage
// and r take too. A platform's name alone takes every date of it; where all
// name only the platform, it is the newest.
func (r Runner) profiles(s *Scenario, stage Stage) ([]string, error) {
	refs := s.Profiles
	if len(refs) == 0 {
		known, err := schema.ListFS(r.Profiles)
		if err != nil {
			return nil, err
		}
		for _, one := range known {
			if !slices.Contains(refs, one.Platform) {
				refs = append(refs, one.Platform)
			}
		}
	}
	for _, filter := range [][]string{stage.Profiles, r.Only} {
		if len(filter) > 0 {
			refs = common(refs, filter)
		}
	}
	return refs, nil
}

// common returns what both lists take, each in its narrower form, in the order
// of a.
func common(a, b []string) []string {
	var out []string
	for _, x := range a {
		for _, y := range b {
			narrow := ""
			switch {
			case x == y, strings.HasPrefix(x, y+"@"):
				narrow = x
			case strings.HasPrefix(y, x+"@"):
				narrow = y
			}
			if narrow != "" && !slices.Contains(out, narrow) {
				out = append(out, narrow)
			}
		}
	}
	return out
}

// disjoint says why no profile is left to run on.
func (r Runner) disjoint(s *Scenario, stage Stage) string {
	text := "no profile to run on: the story has " + enumerated(s.Profiles)
	if len(stage.Profiles) > 0 {
		text += ", stage " + stage.Name + " has " + enumerated(stage.Profiles)
	}
	if len(r.Only) > 0 {
		text += ", asked for was " + enumerated(r.Only)
	}
	return text
}

func enumerated(names []string) string {
	if len(names) == 0 {
		return "all"
	}
	return strings.Join(names, " ")
}
