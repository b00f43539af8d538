package sender

import (
	"encoding/base64"
	"fmt"
	"hash/fnv"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"github.com/hookdrill/hookdrill/schema"
)

// The neutral names that a sender fills from what it knows. A profile that lacks
// one has no place for it, and then it is left out; what a user gives under a
// name that the profile lacks is an error.
const (
	nameEventID      = "event_id"
	nameAction       = "action"
	nameActionID     = "action_id"
	nameDescription  = "action_description"
	nameEndpoint     = "endpoint"
	nameAPIURL       = "api_url"
	nameIncident     = "incident"
	nameChannel      = "channel"
	namePresser      = "presser"
	namePresserID    = "presser_id"
	namePresserEmail = "presser_email"
)

// NewIncident makes a complete incident from neutral names of scope incident;
// what v leaves open is made.
func (s *Sender) NewIncident(v schema.Values) (Incident, error) {
	s.mu.Lock()
	s.incidents++
	options := s.composing("incident", s.incidents)
	s.mu.Unlock()
	values := make(schema.Values)
	s.put(values, nameAPIURL, s.settings.apiURL)
	maps.Copy(values, v)
	push, err := s.registry.profile.Compose(values, options...)
	if err != nil {
		return Incident{}, fmt.Errorf("incident: %w", err)
	}
	made := s.registry.profile.Only(schema.ScopeIncident, push.Values())
	for _, n := range s.registry.profile.Names() {
		if n.Derived && !given(n, v) {
			delete(made, n.Name) // follows what a press sets: a new title brings its own description
		}
	}
	for name, value := range v {
		if _, neutral := made[name]; !neutral {
			made[name] = value // a pointer
		}
	}
	return Incident{Values: made}, nil
}

// given reports whether v says what n is, by its name or by a pointer to it or
// into it.
func given(n schema.Name, v schema.Values) bool {
	if _, found := v[n.Name]; found {
		return true
	}
	for key := range v {
		for _, at := range n.Pointers {
			if key == at || strings.HasPrefix(key, at+"/") {
				return true
			}
		}
	}
	return false
}

// compose writes the push of p: what the action, the incident, the presser and
// the press itself say, in this order, each over the former. Then the action's
// template has its turn, and the signature comes last.
func (s *Sender) compose(action Action, p Press, target *url.URL) (schema.Push, Rendered, error) {
	shared, err := s.sharedBy(action)
	if err != nil {
		return schema.Push{}, Rendered{}, err
	}
	values := make(schema.Values, len(p.Incident.Values)+len(p.Set)+10)
	s.put(values, nameAPIURL, s.settings.apiURL)
	s.put(values, nameChannel, firstChannel(action))
	maps.Copy(values, shared)
	maps.Copy(values, p.Incident.Values) // none: what is left open is made with the press
	s.put(values, namePresser, p.By.Name)
	s.put(values, namePresserID, p.By.ID)
	s.put(values, namePresserEmail, p.By.Email)
	if p.EventID != "" {
		values[nameEventID] = p.EventID
	}
	maps.Copy(values, p.Set)

	s.mu.Lock()
	s.presses++
	options := s.composing("press", s.presses)
	s.mu.Unlock()
	push, err := s.registry.profile.Compose(values, options...)
	if err != nil {
		return schema.Push{}, Rendered{}, err
	}
	rendered, err := s.customize(&push, action, p)
	if err == nil {
		err = s.trim(&push, &rendered, p)
	}
	if err != nil {
		return schema.Push{}, Rendered{}, err
	}
	return push, rendered, s.addHeaders(&push, action, p, target)
}

// put adds a value that is not empty under a name that the profile has a place for.
func (s *Sender) put(to schema.Values, name, value string) {
	if value != "" && s.registry.names[name] {
		to[name] = value
	}
}

// composing are the options of one Compose: its ids depend on the seed, on what
// is made and on how many were made before.
func (s *Sender) composing(what string, n uint64) []schema.ComposeOption {
	options := []schema.ComposeOption{schema.At(s.settings.now())}
	if s.settings.seed == nil {
		return options
	}
	return append(options, schema.Seed(mix(*s.settings.seed, what, n)))
}

// mix makes of a seed the one of a single thing.
func mix(seed uint64, what string, n uint64) uint64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "%d/%s/%d", seed, what, n)
	return h.Sum64()
}

// addHeaders adds the action's custom headers, the authorization that stands in
// its URL, the signature, and what this press sets. Only the press's own replace others.
func (s *Sender) addHeaders(push *schema.Push, action Action, p Press, target *url.URL) error {
	for _, h := range action.Headers {
		push.Header.Add(h.Name, h.Value)
	}
	if target.User != nil {
		password, _ := target.User.Password()
		pair := target.User.Username() + ":" + password
		push.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(pair)))
	}
	form, _ := s.registry.profile.Signature()
	sign(push.Header, form, push.Body, action.SigningSecrets)
	replaced := map[string]bool{}
	for _, h := range p.Header {
		if err := CheckHeader(h); err != nil {
			return err
		}
		name := http.CanonicalHeaderKey(h.Name)
		if !replaced[name] {
			push.Header.Del(name)
		}
		replaced[name] = true
		push.Header.Add(name, h.Value)
	}
	return nil
}

// eventID is the event id that the push carries: of a given body, the one that
// is read in it.
func (s *Sender) eventID(push schema.Push, p Press) string {
	value := push.Value(nameEventID)
	if p.Body != nil {
		values, _ := s.registry.profile.Read(push.Header, push.Body)
		value = values[nameEventID]
	}
	id, _ := value.(string)
	return id
}

// firstChannel is the channel of an incident that bears the action's button.
func firstChannel(a Action) string {
	if len(a.Channels) == 0 {
		return ""
	}
	return a.Channels[0]
}

// withoutUser leaves the user information out: whether a platform would send it
// along inside the body is not known, and a body is shown to many.
func withoutUser(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.User == nil {
		return raw
	}
	u.User = nil
	return u.String()
}
