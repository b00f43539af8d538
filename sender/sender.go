// Package sender plays the platform: it holds the configured actions, presses
// their buttons, and watches each attempt on the wire. It never knows who
// answers.
package sender

import (
	"context"
	"errors"
	"fmt"
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
	incidents uint64                   // made so far; with presses, what ids depend on beside the seed
	presses   uint64                   //
	ofAction  map[string]schema.Values // what every press of one action shares
}

// New returns a sender for r's actions. An option that cannot be carried out is
// an error of every Press.
func New(r *Registry, opts ...Option) *Sender {
	s := &Sender{registry: r, settings: defaults(), ofAction: map[string]schema.Values{}}
	for _, option := range opts {
		option(&s.settings)
	}
	return s
}

// Press presses p's button and returns when the platform has nothing more to do
// for it. An error means that nothing was sent, or that this machine could not
// look: no such action, a name that the profile lacks, an address that is not on
// this machine, no descriptor left. What happened on the wire is in the Delivery.
func (s *Sender) Press(ctx context.Context, p Press) (Delivery, error) {
	action, err := s.action(p)
	if err != nil {
		return Delivery{}, err
	}
	d, err := s.deliver(ctx, action, p)
	if err != nil {
		return Delivery{}, fmt.Errorf("press %s: %w", action.Name, err)
	}
	return d, nil
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
	if d, err = s.attempt(ctx, d, route); err != nil {
		return Delivery{}, fmt.Errorf("redeliver %s: %w", action.Name, err)
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

// deliver composes the push and makes the first attempt.
func (s *Sender) deliver(ctx context.Context, action Action, p Press) (Delivery, error) {
	route, err := s.route(ctx, action, p)
	if err != nil {
		return Delivery{}, err
	}
	push, rendered, err := s.compose(action, p, route.target)
	if err != nil {
		return Delivery{}, err
	}
	route.notes = append(route.notes, rendered.Findings...)
	d := Delivery{
		Profile: s.registry.profile.Ref(), Action: action.Name, EventID: s.eventID(push, p),
		Push: push, URL: action.URL, Press: p, Overrides: route.overrides,
	}
	return s.attempt(ctx, d, route)
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
	r.raw = action.URL
	if p.URL != "" && p.URL != action.URL {
		r.raw = p.URL
		r.say("endpoint %s in place of the configured %s", schema.RedactURL(p.URL), schema.RedactURL(action.URL))
	}
	var err error
	if r.target, err = parseEndpoint(s.registry.profile, r.raw); err != nil {
		return route{}, err
	}
	if r.plan.source = s.settings.source; p.Source.IsValid() {
		r.plan.source = p.Source
	}
	if r.plan.source.IsValid() {
		if r.plan.network != nil {
			return route{}, fmt.Errorf("%w: %s is bound on the system's network only, and another one is in use", ErrSource, r.plan.source)
		}
		if err := checkSource(ctx, r.plan.source, r.target); err != nil {
			return route{}, err
		}
		r.say("sent from %s", r.plan.source)
	}
	if r.target.Scheme == "https" {
		r.plan.insecure = r.plan.insecure || action.InsecureSkipVerify
		s.sayTLS(&r, action)
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
	if r.plan.proxy != nil {
		r.say("through the proxy %s", schema.RedactURL(r.plan.proxy.String()))
		return
	}
	r.notes = append(r.notes, ignoredProxies(r.target, s.settings.getenv)...)
}

// attempt makes d's next attempt and judges it. The Delivery that it was given
// stays as it was.
func (s *Sender) attempt(ctx context.Context, d Delivery, r route) (Delivery, error) {
	request, err := newWireRequest(d.Push, r.target, r.plan.proxy)
	if err != nil {
		return Delivery{}, err
	}
	request.shown = schema.RedactURL(r.raw)
	a, err := carry(ctx, r.plan, request)
	if err != nil {
		return Delivery{}, err
	}
	profile := s.registry.profile
	a.Number = len(d.Attempts) + 1
	a.Delivered = a.Outcome.Kind == Answered && profile.Succeeds(a.Status)
	a.Notes = slices.Concat(r.notes, a.Notes)

	d.Attempts = append(slices.Clone(d.Attempts), a)
	d.Delivered = a.Delivered
	d.Consequence = consequence(profile, a)
	d.Hinges = s.registry.hingesOn(a, r.ignored)
	s.log(d)
	return d, nil
}

// log writes one line for the newest attempt, without secrets.
func (s *Sender) log(d Delivery) {
	a := d.Last()
	s.settings.logger.Info().
		Str("action", d.Action).Str("event_id", d.EventID).Int("attempt", a.Number).
		Str("url", a.URL).Str("outcome", a.Outcome.String()).Int("status", a.Status).
		Bool("delivered", a.Delivered).Dur("took", a.Took).Msg("attempt")
}
