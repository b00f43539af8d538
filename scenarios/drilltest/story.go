package drilltest

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/hookdrill/hookdrill/scenarios"
)

// story tells one story on each of its profiles.
func (o Options) story(t *testing.T, s *scenarios.Scenario) {
	if testing.Short() && slices.Contains(s.Tags, "slow") {
		t.Skip("it is slow")
	}
	runner := scenarios.Runner{
		Stage: o.Stage, Only: o.Profiles, Profiles: o.Own, Assume: o.Assume, Deadline: o.Deadline, Seed: o.Seed,
	}
	if runner.Stage == "" {
		runner.Stage = scenarios.DefaultStage
	}
	profiles, err := runner.ProfilesFor(s)
	if err != nil {
		t.Fatal(err)
	}
	if len(profiles) == 0 {
		o.tell(t, runner, s) // which says why there is none
	}
	for _, profile := range profiles {
		t.Run(profile, func(t *testing.T) {
			o.parallel(t)
			one := runner
			one.Only = []string{profile}
			o.tell(t, one, s)
		})
	}
}

// tell tells a story with yours in its seat. Where the story has a matrix it is
// told once for each combination, one after the other.
func (o Options) tell(t *testing.T, runner scenarios.Runner, s *scenarios.Scenario) {
	url := o.URL
	if o.Handler != nil {
		yours := &seat{}
		url = Serve(t, yours)
		runner.OnSeats = func(urls map[string]string) { yours.take(o.Handler(urls)) }
	}
	restaged, err := s.Restaged(runner.Stage, func(stage *scenarios.Stage) error { return o.restage(s, stage, url) })
	if err != nil {
		t.Fatal(err)
	}
	for _, result := range runner.Run(t.Context(), []*scenarios.Scenario{restaged}).Results {
		switch result.Verdict {
		case scenarios.Passed:
		case scenarios.Skipped:
			t.Skip(clean(result.Reason))
		default:
			t.Errorf("\n%s", failure(result, again(t.Name(), o.Seed)))
		}
	}
}

// seat is where a handler sits that is made once the others have their URLs: a
// new one in each turn.
type seat struct{ handler atomic.Pointer[http.Handler] }

func (s *seat) take(h http.Handler) { s.handler.Store(&h) }

// ServeHTTP lets the handler of this turn answer. Nothing is pressed before there
// is one.
func (s *seat) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if h := s.handler.Load(); h != nil {
		(*h).ServeHTTP(w, r)
		return
	}
	http.Error(w, "nothing was pressed yet", http.StatusServiceUnavailable)
}

// restage puts url and the counters into the stage.
func (o Options) restage(s *scenarios.Scenario, stage *scenarios.Stage, url string) error {
	if stage.Effects == nil {
		stage.Effects = map[string]scenarios.EffectSource{}
	}
	for name, count := range o.Effects {
		stage.Effects[name] = scenarios.EffectSource{Count: count}
	}
	if url == "" {
		return nil
	}
	name, err := o.endpoint(s, stage)
	if err != nil {
		return err
	}
	mock := stage.Endpoints[name]
	stage.Endpoints[name] = scenarios.Endpoint{Position: mock.Position, URL: url + mock.Path}
	if o.URL != "" {
		stage.Endpoints[name] = scenarios.Endpoint{Position: mock.Position, URL: url}
	}
	for _, effect := range slices.Sorted(maps.Keys(stage.Effects)) {
		if stage.Effects[effect].Requests == name {
			return fmt.Errorf("%s:%d: effect %s counts requests at %s, which is yours now and keeps no journal: give Options.Effects a counter of that name",
				s.File, stage.Effects[effect].Line, effect, name)
		}
	}
	return nil
}

// endpoint returns the name of the endpoint whose seat is taken.
func (o Options) endpoint(s *scenarios.Scenario, stage *scenarios.Stage) (string, error) {
	known := strings.Join(slices.Sorted(maps.Keys(stage.Endpoints)), ", ")
	if o.Endpoint != "" {
		if _, ok := stage.Endpoints[o.Endpoint]; !ok {
			return "", fmt.Errorf("%s:%d: stage %s has no endpoint %s; it has %s", s.File, s.Line, stage.Name, o.Endpoint, known)
		}
		return o.Endpoint, nil
	}
	var pushed []string
	for name, action := range s.Actions {
		if action.Endpoint != "" {
			name = action.Endpoint
		}
		if _, ok := stage.Endpoints[name]; ok {
			pushed = append(pushed, name)
		}
	}
	slices.Sort(pushed)
	if pushed = slices.Compact(pushed); len(pushed) != 1 {
		return "", fmt.Errorf("%s:%d: which endpoint is yours? Actions push to %d of them; name one of %s in Options.Endpoint",
			s.File, s.Line, len(pushed), known)
	}
	return pushed[0], nil
}
