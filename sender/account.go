package sender

import (
	"fmt"
	"time"

	"github.com/hookdrill/hookdrill/schema"
)

// Registry returns the actions that s presses.
func (s *Sender) Registry() *Registry { return s.registry }

// Profile returns the profile of s's platform.
func (s *Sender) Profile() *schema.Profile { return s.registry.profile }

// Clock returns the platform's time.
func (s *Sender) Clock() Clock { return s.settings.clock }

// APIURL returns the base of the links in a body that lead to the platform's API,
// as WithAPIURL has it; "" where the prototype's stays.
func (s *Sender) APIURL() string { return s.settings.apiURL }

// Now returns the time that composed bodies show: the platform's, or that of
// WithNow.
func (s *Sender) Now() time.Time { return s.settings.now() }

// Mint makes the nth id of a kind, in the form of pattern, as profiles have it:
// "P{upper:6}", "{time}{hex:16}". It depends on the seed, the kind and n alone;
// without a seed it is as lucky as s is, and the same as long as s lives. {time}
// is the time of composed bodies.
func (s *Sender) Mint(pattern, kind string, n uint64) (string, error) {
	seed := s.luck
	if s.settings.seed != nil {
		seed = *s.settings.seed
	}
	return schema.Mint(pattern, s.settings.now(), mix(seed, kind, n))
}

// shared is what every press of one action has in common, and of what action it
// was made.
type shared struct {
	values schema.Values
	id     string
	label  string
	about  string
	url    string
	in     string
}

// ActionValues returns what every press of the action of that name has in
// common: neutral names of scope action, the id by which the platform knows it
// among them where the push has one.
func (s *Sender) ActionValues(name string) (schema.Values, error) {
	action, found := s.registry.Action(name)
	if !found {
		return nil, breaks(ErrUnknownAction, "no such action: %q%s", name, s.known())
	}
	values, err := s.sharedBy(action)
	if err != nil {
		return nil, fmt.Errorf("action %q: %w", name, err)
	}
	return s.registry.profile.Only(schema.ScopeAction, values), nil
}

// sharedBy makes what the presses of action share: once, and again when the
// action was changed. The platform's id of it stays what it was.
func (s *Sender) sharedBy(action Action) (schema.Values, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := shared{id: action.ID, label: action.Label, about: action.Description, url: withoutUser(action.URL), in: firstChannel(action)}
	made, found := s.ofAction[action.Name]
	if found && now.same(made) {
		return made.values, nil
	}
	id := action.ID
	if found && id == "" {
		id, _ = made.values[nameActionID].(string)
	}
	values := make(schema.Values)
	s.put(values, nameAction, now.label)
	s.put(values, nameDescription, now.about)
	s.put(values, nameEndpoint, now.url)
	s.put(values, nameChannel, now.in)
	s.put(values, nameActionID, id)
	push, err := s.registry.profile.Compose(values, s.composing("action "+action.Name, 0)...)
	if err != nil {
		return nil, err
	}
	now.values = s.registry.profile.Only(schema.ScopeAction, push.Values())
	s.ofAction[action.Name] = now
	return now.values, nil
}

// same reports whether the action has not been changed since.
func (a shared) same(b shared) bool {
	return a.id == b.id && a.label == b.label && a.about == b.about && a.url == b.url && a.in == b.in
}
