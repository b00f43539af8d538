// Package sender plays the platform: it holds the configured actions, presses
// their buttons, and watches each attempt on the wire. It never knows who
// answers.
package sender

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/hookdrill/hookdrill/schema"
)

// Sender presses buttons. It is safe for concurrent use.
type Sender struct {
	registry *Registry
	settings settings

	mu        sync.Mutex
	incidents uint64            // made so far; with presses, what ids depend on beside the seed
	presses   uint64            //
	begun     uint64            // presses that were begun, which the luck of their waits depends on
	ofAction  map[string]shared // what every press of one action shares

	luck  uint64 // what ids of Mint depend on where no seed is given
	kept  *kept  // connections that are open and not in use; nil: none is kept
	turns turns
	work  work
}

// New returns a sender for r's actions. An option that cannot be carried out is
// an error of every Press.
func New(r *Registry, opts ...Option) *Sender {
	s := &Sender{registry: r, settings: defaults(), ofAction: map[string]shared{}, luck: rand.Uint64()}
	s.turns = turns{queues: map[string][]*Pending{}, stands: map[string]*standing{}}
	for _, option := range opts {
		option(&s.settings)
	}
	s.settings.complete()
	if s.settings.keeps {
		s.kept = &kept{idle: map[way][]*idle{}}
	}
	return s
}

// Press presses p's button and returns when the platform has nothing more to do
// for it, or with what happened so far when ctx ends. Without WithClock and
// WithRepeats it makes one attempt. An error means that nothing was sent, or that
// this machine could not look: no such action, a name that the profile lacks, an
// address that is not on this machine, no descriptor left. What happened on the
// wire is in the Delivery.
func (s *Sender) Press(ctx context.Context, p Press) (Delivery, error) {
	pending, err := s.prepare(ctx, p)
	if err != nil {
		return Delivery{}, err
	}
	switch {
	case !s.plays() && pending.delivery.Ended == "":
		pending.hold()
		s.play(pending) // one attempt, for which no goroutine is needed
	case s.enqueue(pending):
		go s.play(pending)
	}
	return pending.Wait(context.WithoutCancel(ctx)) // it ends soon after ctx does
}

// Redeliver sends d once more, as the platform does when it repeats: same id,
// bytes and headers on a new connection. The attempt is appended to the copy
// that it returns.
func (s *Sender) Redeliver(ctx context.Context, d Delivery) (Delivery, error) {
	action, err := s.action(d.Press)
	if err != nil {
		return Delivery{}, err
	}
	route, err := s.route(ctx, action, d.Press)
	if err != nil {
		return Delivery{}, fmt.Errorf("redeliver %s: %w", action.Name, err)
	}
	route.plan.kept = nil
	d, next, err := s.attempt(ctx, d, route, "sent once more")
	if err != nil {
		return Delivery{}, fmt.Errorf("redeliver %s: %w", action.Name, err)
	}
	if d.Ended = next.ended; d.Ended == "" {
		d.Ended = EndedOpen
	}
	return d, nil
}

// action finds the button of p and asks whether its presser may press it.
func (s *Sender) action(p Press) (Action, error) {
	if err := errors.Join(s.settings.errs...); err != nil {
		return Action{}, err
	}
	action, found := s.registry.Action(p.Action)
	if !found {
		return Action{}, breaks(ErrUnknownAction, "no such action: %q%s", p.Action, s.known())
	}
	if err := s.registry.checkPresser(p.By.Role); err != nil {
		return Action{}, fmt.Errorf("press %s: %w", action.Name, err)
	}
	return action, nil
}

// known lists the actions that there are, for an error.
func (s *Sender) known() string {
	var names []string
	for _, a := range s.registry.Actions() {
		names = append(names, a.Name)
	}
	if len(names) == 0 {
		return "; the registry is empty"
	}
	return "; there are " + strings.Join(names, ", ")
}

// compile composes the push, and says where it goes.
func (s *Sender) compile(ctx context.Context, action Action, p Press) (Delivery, route, error) {
	route, err := s.route(ctx, action, p)
	if err != nil {
		return Delivery{}, route, err
	}
	push, rendered, err := s.compose(action, p, route.target)
	if err != nil {
		return Delivery{}, route, err
	}
	route.notes = append(route.notes, rendered.Findings...)
	d := Delivery{
		Profile: s.registry.profile.Ref(), Title: s.registry.profile.Title(), Action: action.Name,
		EventID: s.eventID(push, p), Pressed: s.settings.clock.Now(),
		Push: push, URL: action.URL, Press: p, Overrides: route.overrides,
	}
	if s.isTooLarge(d.Push, p) {
		d.Ended, d.Consequence = EndedTooLarge, s.tooLarge(len(push.Body))
	}
	return d, route, nil
}

// route is where a press goes and how, and in what that departs from the
// platform.
type route struct {
	plan      plan
	raw       string   // where to, overrides included, as it was written
	target    *url.URL // the same, read
	overrides []string
	notes     []string // of every attempt
	ignored   []string // facts that are not acted on
}

func (s *Sender) route(ctx context.Context, action Action, p Press) (route, error) {
	r := route{plan: s.settings.plan(s.registry.profile)}
	r.plan.kept = s.kept
	r.raw = action.URL
	if p.URL != "" && p.URL != action.URL {
		r.raw = p.URL
		r.say("endpoint %s in place of the configured %s", schema.RedactURL(p.URL), schema.RedactURL(action.URL))
	}
	if err := p.Fault.check(); err != nil {
		return route{}, err
	}
	if p.ConnectDelay < 0 {
		return route{}, fmt.Errorf("connect delay %s: below zero; give a time like 300ms", p.ConnectDelay)
	}
	var err error
	if r.target, err = parseEndpoint(s.registry.profile, r.raw); err != nil {
		return route{}, err
	}
	if r.plan.source = s.settings.source; p.Source.IsValid() {
		r.plan.source = p.Source
	}
	if r.plan.source.IsValid() {
		if err := checkSource(ctx, r.plan.network, r.plan.source, r.target); err != nil {
			return route{}, err
		}
		r.say("sent from %s", r.plan.source)
	}
	if r.target.Scheme == "https" {
		r.plan.insecure = r.plan.insecure || action.InsecureSkipVerify
		if action.ClientCertificate != nil {
			r.plan.certificate = action.ClientCertificate
		}
		s.sayTLS(&r, action)
		s.sayCertificate(&r)
	}
	s.sayCustomBody(&r, action, p)
	s.saySigned(&r, action)
	s.sayRest(&r, p)
	return r, nil
}

func (r *route) say(format string, args ...any) {
	r.overrides = append(r.overrides, fmt.Sprintf(format, args...))
}

// sayTLS says how TLS verification departs from the platform's.
func (s *Sender) sayTLS(r *route, action Action) {
	switch {
	case action.InsecureSkipVerify:
		r.notes = append(r.notes, "the action does not verify the endpoint's TLS certificate")
	case r.plan.insecure:
		r.say("the endpoint's TLS certificate is not verified")
	case r.plan.roots != nil:
		r.say("given root certificates in place of the public ones")
	}
}

// sayRest says what else departs from the platform: the deadline, the body,
// headers, the proxy.
func (s *Sender) sayRest(r *route, p Press) {
	documented := s.registry.profile.Deadline()
	if r.plan.deadline != documented {
		r.say("%s in place of the documented %s", inWords(r.plan.deadline), inWords(documented))
		r.ignored = append(r.ignored, "deadline")
	}
	if p.Body != nil {
		r.say("a given body of %s in place of the composed one", count(len(p.Body), "byte"))
	}
	for _, h := range p.Header {
		r.say("header %s set for this press", h.Name)
	}
	if limit := s.registry.profile.DialTimeout(); r.plan.dialTimeout != limit {
		r.say("a time-out of %s for connecting in place of %s", inWords(r.plan.dialTimeout), orNone(limit))
	}
	if fault := p.Fault.of(1); fault != nil {
		r.say("the dialer of %s %s", p.Fault.whose(), fault.does)
	}
	if p.ConnectDelay > 0 {
		r.say("the dialer of every attempt waits %s before it connects", inWords(p.ConnectDelay))
	}
	if s.kept != nil {
		r.say("connections are kept open for the next attempt: no document says whether the platform does so")
	}
	if r.plan.proxy != nil {
		r.say("through the proxy %s", schema.RedactURL(r.plan.proxy.String()))
		return
	}
	r.notes = append(r.notes, ignoredProxies(r.target, s.settings.getenv)...)
}

// attempt makes d's next attempt and judges it. The Delivery that it was given
// stays as it was.
func (s *Sender) attempt(ctx context.Context, d Delivery, r route, reason string) (Delivery, sequel, error) {
	request, err := newWireRequest(d.Push, r.target, r.plan.proxy)
	if err != nil {
		return d, sequel{}, err
	}
	defer request.free()
	request.shown = schema.RedactURL(r.raw)
	number, began := len(d.Attempts)+1, s.settings.clock.Now()
	r.plan.fault, r.plan.dialDelay = d.Press.Fault.of(number), d.Press.ConnectDelay
	a, err := carry(ctx, r.plan, request)
	if err != nil {
		return d, sequel{}, err
	}
	profile := s.registry.profile
	a.Number, a.Reason, a.Platform = number, reason, began.Sub(d.Pressed)
	a.Delivered = a.Outcome.Kind == Answered && profile.Succeeds(a.Status)
	a.Notes = slices.Concat(r.notes, a.Notes)

	d.Attempts = append(slices.Clone(d.Attempts), a)
	d.Delivered = a.Delivered
	next := sequelOf(profile, a, a.Platform-d.Attempts[0].Platform)
	d.Consequence = consequence(profile, a, next)
	d.Hinges = s.registry.hingesOn(a, r.ignored)
	s.log(d)
	return d, next, nil
}

// log writes one line for the newest attempt, without secrets.
func (s *Sender) log(d Delivery) {
	a := d.Last()
	s.settings.logger.Info().
		Str("action", d.Action).Str("event_id", d.EventID).Int("attempt", a.Number).
		Str("url", a.URL).Str("outcome", a.Outcome.String()).Int("status", a.Status).
		Bool("delivered", a.Delivered).Dur("took", a.Took).Msg("attempt")
}
