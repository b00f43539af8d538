package scenarios

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/hookdrill/hookdrill/schema"
)

// again writes the command that tells the same story once more, up to the step
// that was not passed. A twin has none: it is for tests.
func (r Runner) again(t *turn, res Result) string {
	if t.twin != nil {
		return ""
	}
	file, line := res.File, r.UntilLine
	for _, step := range res.Steps {
		if step.Verdict == Failed || step.Verdict == Errored {
			line = step.Line
			break
		}
	}
	if line > 0 {
		file += ":" + strconv.Itoa(line)
	}
	words := []string{r.Command, shellWord(file)}
	if r.Stage != DefaultStage {
		words = append(words, "--on", shellWord(r.Stage))
	}
	if res.Profile != "" {
		words = append(words, "--profile", shellWord(res.Profile))
	}
	if t.scenario.chosen != "" {
		words = append(words, "--combination", shellWord(t.scenario.chosen))
	}
	words = append(words, "--seed", strconv.FormatUint(res.Seed, 10))
	for _, name := range slices.Sorted(maps.Keys(r.Assume)) {
		words = append(words, "--assume", shellWord(name+"="+r.Assume[name]))
	}
	if r.Deadline > 0 {
		words = append(words, "--deadline", r.Deadline.String())
	}
	if r.Linger > 0 {
		words = append(words, "--linger", r.Linger.String())
	}
	if r.AllowExec {
		words = append(words, "--allow-exec")
	}
	return strings.Join(words, " ")
}

// shellWord quotes a word where a shell would not take it as it is.
func shellWord(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_-./:@%+=,", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// underTest says what of the stage is not ours.
func (r Runner) underTest(list []*Scenario) string {
	var real []string
	for _, s := range list {
		stage, clean := s.Stages[r.Stage], s.cleaner()
		for _, name := range slices.Sorted(maps.Keys(stage.Endpoints)) {
			e := stage.Endpoints[name]
			if !e.real() {
				continue
			}
			at := schema.RedactURL(e.URL)
			if clean != nil {
				at = clean(at)
			}
			real = append(real, fmt.Sprintf("endpoint %s at %s", name, at))
		}
	}
	if real == nil {
		return "nothing of yours: mock against mock"
	}
	slices.Sort(real)
	return strings.Join(slices.Compact(real), ", ")
}
