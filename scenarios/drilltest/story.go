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
	if testing.Short() && slices.Contains(s.Tags, "slow") && !o.Virtual {
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
		o.judge(t, o.tell(t, runner, s)) // which says why there is none
	}
	for _, profile := range profiles {
		t.Run(profile, func(t *testing.T) {
			o.parallel(t)
			one := runner
			one.Only = []string{profile}
			o.judge(t, o.tell(t, one, s))
		})
	}
}

// tell tells a story with yours in its seat, in the time that o says. Where the
// story has a matrix it is told once for each combination, one after the other.
func (o Options) tell(t *testing.T, runner scenarios.Runner, s *scenarios.Scenario) (results []scenarios.Result) {
	if !o.Virtual {
		serve := func(h http.Handler) string { return Serve(t, h) }
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		return o.seated(t, runner, s, serve, client)
	}
	Virtual(t, func(t *testing.T, n *Network) {
		runner.Virtual, runner.Network, runner.Listen = true, n, n.Listen
		results = o.seated(t, runner, s, n.Serve, n.Client())
	})
	return results
}

// seated tells a story with yours in its seat.
func (o Options) seated(t *testing.T, runner scenarios.Runner, s *scenarios.Scenario, serve func(http.Handler) string, client *http.Client) []scenarios.Result {
	url := o.URL
	if o.Handler != nil {
		yours := &seat{}
		url = serve(yours)
		runner.OnSeats = func(urls map[string]string) { yours.take(o.Handler(Seats{URLs: urls, Client: client})) }
	}
	restaged, err := s.Restaged(runner.Stage, func(stage *scenarios.Stage) error { return o.restage(s, stage, url) })
	if err != nil {
		t.Fatal(err)
	}
	return runner.Run(t.Context(), []*scenarios.Scenario{restaged}).Results
}

// judge fails t for what did not pass.
func (o Options) judge(t *testing.T, results []scenarios.Result) {
	for _, result := range results {
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
		return o.reachable(s, stage, "")
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
	return o.reachable(s, stage, name)
}

// reachable refuses what cannot be reached in virtual time: all but mocks and the
// endpoint that is yours. What is started the runner refuses itself.
func (o Options) reachable(s *scenarios.Scenario, stage *scenarios.Stage, yours string) error {
	if !o.Virtual {
		return nil
	}
	const mocks = "${endpoints."
	for _, name := range slices.Sorted(maps.Keys(stage.Endpoints)) {
		if e := stage.Endpoints[name]; name != yours && e.URL != "" && len(e.Start) == 0 && !strings.HasPrefix(e.URL, mocks) {
			return fmt.Errorf("%s:%d: endpoint %s has a URL, and in virtual time there is nothing but mocks and yours: name it in Options.Endpoint, or make a mock of it",
				s.File, e.Line, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(stage.Effects)) {
		if e := stage.Effects[name]; e.Get != "" && !strings.HasPrefix(e.Get, mocks) {
			return fmt.Errorf("%s:%d: effect %s asks a URL, and in virtual time there is nothing but mocks and yours: give Options.Effects a counter of that name",
				s.File, e.Line, name)
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
