package scenarios

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
	"github.com/rs/zerolog"
)

// play is one story while it is told on one profile: who sits where, what was
// pressed, what came. Nothing of it is shared with another.
type play struct {
	scenario *Scenario
	stage    Stage
	profile  *schema.Profile
	seats    []*seat // by name
	urls     map[string]string
	network  sender.Network     // nil: the system's
	counters map[string]counter // of effects that cannot be watched
	watch    *watch
	captured map[string]any // by name

	accounts []*account // the story's own, where it needs one, and those of other platforms
	own      *account   // nil where the story has no console

	platform
	registry *sender.Registry
	sender   *sender.Sender
	incident sender.Incident
	pressed  map[string]sender.Delivery // the newest press of each action
	marks    []mark

	mu         sync.Mutex
	watched    []*watched    // whose attempts are not all noted
	attempts   map[visit]int // the number of the attempt that was made there
	unanswered []visit       // requests that were written and got no answer
}

// mark is how many entries each endpoint had when a step began.
type mark struct {
	step   int // in the results
	counts map[string]int
	told   int  // entries of the consoles' timelines
	waived bool // the step says itself what is refused in it
}

// opening is what a play needs from outside.
type opening struct {
	seed      uint64
	now       func() time.Time // nil: the platform's
	deadline  time.Duration    // 0: documented
	linger    time.Duration    // after it
	allowExec bool
	getenv    func(string) string
	logger    zerolog.Logger
	listen    func(addr string) (net.Listener, error) // for each mock and console
	profiles  func(ref string) (*schema.Profile, error)
	network   sender.Network // nil: the system's
	virtual   bool           // nothing may be started
}

// open puts everybody into their seats: listeners, mocks, actions, the incident
// and its console, started endpoints. Whatever it opened, close closes, after an
// error too.
func (p *play) open(ctx context.Context, o opening) error {
	if err := p.allowed(o.allowExec); err != nil {
		return err
	}
	if err := p.inSight(); err != nil {
		return err
	}
	if p.network = o.network; o.virtual {
		if err := p.inMemory(); err != nil {
			return err
		}
	}
	p.captured = map[string]any{}
	if err := p.listen(o.listen); err != nil {
		return err
	}
	if err := p.seat(o.listen, o.seed); err != nil {
		return err
	}
	if err := p.account(o); err != nil {
		return err
	}
	if err := p.settleIn(ctx); err != nil {
		return err
	}
	return p.count()
}

// account sets up the platform's side: actions, sender, incident, consoles.
func (p *play) account(o opening) error {
	p.registry = sender.NewRegistry(p.profile)
	added := p.scenario.added()
	for _, name := range slices.Sorted(maps.Keys(p.scenario.Actions)) {
		if added[name] {
			continue
		}
		if err := p.add(name); err != nil {
			return err
		}
	}
	options := []sender.Option{
		sender.WithSeed(o.seed), sender.WithClock(p.clock), sender.WithGetenv(o.getenv), sender.WithLogger(o.logger),
		sender.WithGuard(p.guard(p.profile)), sender.WithLinger(o.linger),
	}
	if o.now != nil {
		options = append(options, sender.WithNow(p.now(o.now)))
	}
	if p.scenario.DialTimeout != 0 {
		options = append(options, sender.WithDialTimeout(p.scenario.DialTimeout))
	}
	if p.scenario.KeepConnections {
		options = append(options, sender.WithKeptConnections())
	}
	if o.deadline != 0 {
		options = append(options, sender.WithDeadline(o.deadline))
	}
	if pem := p.authorities(); pem != nil {
		options = append(options, sender.WithRootCAs(pem))
	}
	if p.own != nil {
		options = append(options, sender.WithAPIURL(p.own.url))
	}
	if o.network != nil {
		options = append(options, sender.WithNetwork(o.network))
	}
	p.sender = sender.New(p.registry, options...)
	values, err := expandAll(p.scenario.Incident, p.known())
	if err != nil {
		return err
	}
	if p.incident, err = p.sender.NewIncident(values); err != nil {
		return fmt.Errorf("incident: %w", err)
	}
	return p.openConsoles(o)
}

// allowed refuses to run what a story brought along unless that was allowed.
func (p *play) allowed(exec bool) error {
	if exec || !p.stage.own {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(p.stage.Endpoints)) {
		if len(p.stage.Endpoints[name].Start) > 0 {
			return fmt.Errorf("endpoint %s: start: in a story runs only with --allow-exec; in %s it runs without", name, ProjectFile)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.stage.Effects)) {
		if len(p.stage.Effects[name].Command) > 0 {
			return fmt.Errorf("effect %s: command: in a story runs only with --allow-exec; in %s it runs without", name, ProjectFile)
		}
	}
	return nil
}

// inSight refuses a story that looks at requests which nobody sees here: those
// at a real endpoint, or at one that the stage lacks. Effects are bound to each
// stage and can tell there, too.
func (p *play) inSight() error {
	for _, step := range p.scenario.all() {
		var looked []string
		if step.Wait != nil {
			looked = append(looked, step.Wait.Endpoint)
		}
		if step.Expect != nil {
			for _, e := range step.Expect.Entries {
				looked = append(looked, e.Endpoint)
			}
			for _, e := range step.Expect.Timeline {
				if e.After != "" {
					looked = append(looked, e.After)
				}
			}
		}
		for _, c := range step.Captures {
			if c.Entry != "" {
				looked = append(looked, c.Entry)
			}
		}
		for _, name := range slices.Sorted(maps.Keys(step.Behaviors)) {
			if e, ok := p.stage.Endpoints[name]; !ok || e.real() {
				return fmt.Errorf("line %d: the behavior of %s cannot be changed on stage %s, where it is no mock", step.Line, name, p.stage.Name)
			}
		}
		for _, name := range looked {
			if e, ok := p.stage.Endpoints[name]; !ok || e.real() {
				return fmt.Errorf("line %d: what reaches %s cannot be seen on stage %s, where it is no mock: count an effect in its place", step.Line, name, p.stage.Name)
			}
		}
	}
	return nil
}

// seat opens the endpoints: first all listeners, so that everybody's URL is
// known, then the mocks. What they react with, and what is real, comes later.
func (p *play) seat(listen func(addr string) (net.Listener, error), seed uint64) error {
	p.urls = map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(p.stage.Endpoints)) {
		s := &seat{name: name, Endpoint: p.stage.Endpoints[name], folder: p.stage.folder(), network: p.connecting(), seed: seed}
		p.seats = append(p.seats, s)
		if s.url = s.URL; !s.real() {
			if err := s.listen(listen); err != nil {
				return err
			}
		}
		p.urls[name] = s.url // a real one's may still name a mock's
	}
	for _, s := range p.seats {
		if s.real() {
			continue
		}
		if err := s.open(p.profile, p.scenario.pushesTo(s.name), p.known()); err != nil {
			return fmt.Errorf("endpoint %s: %w", s.name, err)
		}
		s.watched(p.watch)
	}
	for _, s := range p.seats {
		if !s.real() {
			continue
		}
		var err error
		if s.url, err = p.known().expand(s.URL); err != nil {
			return fmt.Errorf("endpoint %s: %w", s.name, err)
		}
		s.URL, p.urls[s.name] = s.url, s.url
	}
	return nil
}

// settleIn does what needs the platform's ids: mocks learn what to react with, and
// what is real is started.
func (p *play) settleIn(ctx context.Context) error {
	for _, s := range p.mocks() {
		if err := s.react(p.known()); err != nil {
			return fmt.Errorf("endpoint %s: %w", s.name, err)
		}
	}
	for _, s := range p.seats {
		if !s.real() {
			continue
		}
		var err error
		if s.Endpoint, err = expandAll(s.Endpoint, p.known()); err != nil {
			return fmt.Errorf("endpoint %s: %w", s.name, err)
		}
		if err := s.start(ctx, p.stage.folder(), p.scenario.values); err != nil {
			return fmt.Errorf("endpoint %s: %w", s.name, err)
		}
	}
	return nil
}

// count makes the counters of the effects that no journal tells.
func (p *play) count() error {
	p.counters = map[string]counter{}
	for name, source := range p.stage.Effects {
		e, err := expandAll(source, p.known())
		if err != nil {
			return fmt.Errorf("effect %s: %w", name, err)
		}
		switch {
		case e.Count != nil:
			p.counters[name] = func(context.Context) (int, error) { return e.Count(), nil }
		case e.Lines != "":
			p.counters[name] = lineCounter(p.stage.path(e.Lines))
		case e.Get != "":
			p.counters[name] = getCounter(p.connecting(), e.Get, e.Pointer)
		case len(e.Command) > 0:
			p.counters[name] = commandCounter(p.stage.folder(), e.Command, environment(p.scenario.values))
		}
	}
	return nil
}

// add configures an action on the platform.
func (p *play) add(name string) error {
	a, err := expandAll(p.scenario.Actions[name], p.known())
	if err != nil {
		return fmt.Errorf("action %s: %w", name, err)
	}
	target := p.seatOf(a.target(name))
	if target == nil {
		return fmt.Errorf("action %s: stage %s has no endpoint %s", name, p.stage.Name, a.target(name))
	}
	action := sender.Action{
		Name: name, Label: cmp.Or(a.Label, name), Description: a.Description, URL: target.url, Channels: a.Channels,
		InsecureSkipVerify: a.VerifyTLS != nil && !*a.VerifyTLS,
		CreatedBy:          sender.Person{Role: a.Creator, Team: a.CreatorTeam, TeamRole: a.CreatorTeamRole},
		Team:               a.Team,
		Headers:            headers(a.Headers),
		ValueMap:           a.ValueMap,
		SigningSecrets:     a.SigningSecrets,
	}
	if a.Template != "" {
		action.Template = []byte(a.Template)
	}
	if a.ClientCert != nil {
		if action.ClientCertificate, err = target.clientCertificate(cmp.Or(*a.ClientCert, p.profile.ClientCertificateName())); err != nil {
			return fmt.Errorf("action %s: %w", name, err)
		}
	}
	return p.registry.Add(action) // the error names the action
}

// close ends everything that open opened, whatever became of it.
func (p *play) close() {
	if p.sender != nil {
		p.sender.CloseIdleConnections()
	}
	for _, s := range p.seats {
		s.close()
	}
	for _, a := range p.accounts {
		a.close()
	}
}

// seatOf returns the seat of that name, nil when the stage has none.
func (p *play) seatOf(name string) *seat {
	for _, s := range p.seats {
		if s.name == name {
			return s
		}
	}
	return nil
}

// mocks returns the seats that are ours.
func (p *play) mocks() []*seat {
	return slices.DeleteFunc(slices.Clone(p.seats), func(s *seat) bool { return s.real() })
}

// authorities returns the certificates of the mocks that speak TLS, nil when
// none does.
func (p *play) authorities() []byte {
	var pem []byte
	for _, s := range p.mocks() {
		pem = append(pem, s.server.CAPEM()...)
	}
	return pem
}

// headers gives headers in the order of their names, so that the same story
// sends the same bytes.
func headers(m map[string]string) []sender.Header {
	var list []sender.Header
	for _, name := range slices.Sorted(maps.Keys(m)) {
		list = append(list, sender.Header{Name: name, Value: m[name]})
	}
	return list
}

// target returns the endpoint that the action of that name pushes to.
func (a Action) target(name string) string { return cmp.Or(a.Endpoint, name) }

// all returns the steps in the order in which they are carried out.
func (s *Scenario) all() []Step { return slices.Concat(s.Setup, s.Steps, s.Teardown) }

// pushesTo reports whether an action of the story pushes to that endpoint.
func (s *Scenario) pushesTo(endpoint string) bool {
	for name, a := range s.Actions {
		if a.target(name) == endpoint {
			return true
		}
	}
	return false
}

// added returns the actions that a step configures.
func (s *Scenario) added() map[string]bool {
	out := map[string]bool{}
	for _, step := range s.all() {
		if step.Add != "" {
			out[step.Add] = true
		}
	}
	return out
}
