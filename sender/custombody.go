package sender

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/hookdrill/hookdrill/schema"
)

// customBody reads the template of an action; nil where it has none.
func (r *Registry) customBody(a Action) (*Template, error) {
	switch {
	case a.Template == nil && len(a.ValueMap) > 0:
		return nil, errors.New("value mapping: it acts on the variables of a template, and there is none; give a template too")
	case a.Template == nil:
		return nil, nil
	case !r.profile.CustomBody():
		return nil, r.notOffered("a custom request body", "custom_body")
	case len(a.ValueMap) > 0 && !r.profile.ValueMapping():
		return nil, r.notOffered("a value mapping", "value_mapping")
	}
	return ParseTemplate(a.Template, a.ValueMap)
}

// notOffered names the fact that a profile lacks or denies.
func (r *Registry) notOffered(what, fact string) error {
	if _, stated := r.profile.Fact(fact); !stated {
		return breaks(ErrNotOffered, "%s: %s has no fact %s, so no document says that the platform has one", what, r.profile.Ref(), fact)
	}
	return breaks(ErrNotOffered, "%s: the fact %s denies it %s", what, fact, r.cite(fact))
}

// template returns the template of the action of that name, nil for none.
func (r *Registry) template(action string) *Template {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.templates[action]
}

// customize puts the given body, or the one that the action's template makes, in
// place of the default one. The headers and the neutral names stay those of the
// default push.
func (s *Sender) customize(push *schema.Push, action Action, p Press) (Rendered, error) {
	template := s.registry.template(action.Name)
	switch {
	case p.Body != nil:
		push.Body = slices.Clone(p.Body)
	case template != nil:
		rendered, err := template.Render(push.Body)
		if err != nil {
			return Rendered{}, err
		}
		push.Body = rendered.Body
		rendered.Findings = append(rendered.Findings, withoutEventID(*push)...)
		return rendered, nil
	}
	return Rendered{Body: push.Body}, nil
}

// withoutEventID finds that nothing in the push tells a repeat from a new press.
func withoutEventID(push schema.Push) []string {
	id, _ := push.Value(nameEventID).(string)
	inHeader := func(h http.Header) bool {
		for _, values := range h {
			if slices.Contains(values, id) {
				return true
			}
		}
		return false
	}
	if id == "" || bytes.Contains(push.Body, []byte(id)) || inHeader(push.Header) {
		return nil
	}
	return []string{"the event id stands nowhere in the body: an endpoint cannot tell a repeat from a new press"}
}

// sayCustomBody says where the body comes from, and what is not asked of it.
func (s *Sender) sayCustomBody(r *route, action Action, p Press) {
	if p.Body == nil && action.Template != nil {
		r.say("the body is made by the action's template in place of the default one, and not held to push.schema.json")
	}
}

// Preview composes p's push as Press does, and sends nothing: the bytes and
// headers that would go out, and what became of each variable of the action's
// template. An action without one has no variables.
func (s *Sender) Preview(p Press) (schema.Push, Rendered, error) {
	action, err := s.action(p)
	if err != nil {
		return schema.Push{}, Rendered{}, err
	}
	raw := action.URL
	if p.URL != "" {
		raw = p.URL
	}
	target, err := parseEndpoint(s.registry.profile, raw)
	if err != nil {
		return schema.Push{}, Rendered{}, fmt.Errorf("preview %s: %w", action.Name, err)
	}
	push, rendered, err := s.compose(action, p, target)
	if err != nil {
		return schema.Push{}, Rendered{}, fmt.Errorf("preview %s: %w", action.Name, err)
	}
	return push, rendered, nil
}
