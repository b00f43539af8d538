package sender

import (
	"cmp"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/hookdrill/hookdrill/schema"
)

// Header is one custom header of an action. Order and repetition are kept.
type Header struct{ Name, Value string }

// Action is one configured button. The zero value of a field is the platform's
// default.
type Action struct {
	Name               string   // the key by which presses name it; empty: Label
	Label              string   // what the button says; empty: Name
	Description        string   //
	ID                 string   // the platform's id of it, where it has one; empty: made
	URL                string   // endpoint, http or https; user information where the platform allows it
	Headers            []Header // custom headers
	Channels           []string // channels, or the one service; none: it counts nowhere
	InsecureSkipVerify bool     // TLS verification switched off; shown in every report
	CreatedBy          Person   // zero: somebody who may
	Team               string   // the team that it belongs to; "" for none

	ClientCertificate *tls.Certificate // shown to an endpoint that asks for one; nil: the sender's, if it has one

	Template       []byte                       // custom request body, as ParseTemplate reads it; nil: the default body
	ValueMap       map[string]map[string]string // value mapping of the template; nil: none
	SigningSecrets []string                     // every push is signed with each of them, in order; nil: unsigned
}

// The errors of Registry.Add and of Sender.Press, to be asked with errors.Is. The
// error's text names the limit, the documented number and its source.
var (
	ErrChannelFull     = errors.New("channel is full")
	ErrTooManyChannels = errors.New("too many channels")
	ErrNotAllowed      = errors.New("not allowed")
	ErrBadHeader       = errors.New("bad header")
	ErrBadURL          = errors.New("bad endpoint URL")
	ErrDuplicate       = errors.New("action exists")
	ErrUnknownAction   = errors.New("no such action")
	ErrNotOffered      = errors.New("not offered by the platform")
)

// limitError is a limit that was met: a sentence for people that is one of the
// sentinels for errors.Is.
type limitError struct {
	limit error
	text  string
}

func (e limitError) Error() string { return e.text }
func (e limitError) Unwrap() error { return e.limit }

func breaks(limit error, format string, args ...any) error {
	return limitError{limit, fmt.Sprintf(format, args...)}
}

// Registry holds the actions of one account on one platform and keeps the
// platform's limits. It is safe for concurrent use.
type Registry struct {
	profile *schema.Profile
	own     map[string]bool // headers that the platform sets itself, canonical
	hinges  []hinge
	names   map[string]bool // neutral names that the profile has a place for

	mu        sync.RWMutex
	actions   []Action
	templates map[string]*Template // of the actions that have one, by name
}

// NewRegistry returns an empty registry for p's platform.
func NewRegistry(p *schema.Profile) *Registry {
	names := map[string]bool{}
	for _, name := range p.Names() {
		names[name.Name] = true
	}
	return &Registry{profile: p, own: ownHeaders(p), hinges: hingesOf(p), names: names, templates: map[string]*Template{}}
}

// ownHeaders are the headers that the platform puts on every push (fact
// "headers").
func ownHeaders(p *schema.Profile) map[string]bool {
	own := map[string]bool{}
	fact, _ := p.Fact("headers")
	var list []struct{ Name string }
	if json.Unmarshal(fact.Value, &list) == nil {
		for _, h := range list {
			own[http.CanonicalHeaderKey(h.Name)] = true
		}
	}
	return own
}

// Profile returns the profile whose limits r keeps.
func (r *Registry) Profile() *schema.Profile { return r.profile }

// Add adds a, or changes nothing and says which limit it breaks.
func (r *Registry) Add(a Action) error {
	a, template, err := r.ready(a)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.find(a.Name) >= 0 {
		return breaks(ErrDuplicate, "action %q exists already; give the second one another name", a.Name)
	}
	if err := r.checkRoom(a, r.actions); err != nil {
		return fmt.Errorf("action %q: %w", a.Name, err)
	}
	r.actions = append(r.actions, a)
	r.setTemplate(a.Name, template)
	return nil
}

// ready is a with its defaults, as the registry's own, and its template, once all
// is asked that does not depend on other actions.
func (r *Registry) ready(a Action) (Action, *Template, error) {
	a.Name, a.Label = cmp.Or(a.Name, a.Label), cmp.Or(a.Label, a.Name)
	if a.Name == "" {
		return a, nil, errors.New("an action needs a name or a label")
	}
	a.Headers, a.Channels, a.SigningSecrets = slices.Clone(a.Headers), distinct(a.Channels), slices.Clone(a.SigningSecrets)
	if err := r.check(a); err != nil {
		return a, nil, fmt.Errorf("action %q: %w", a.Name, err)
	}
	template, err := r.customBody(a)
	if err != nil {
		return a, nil, fmt.Errorf("action %q: %w", a.Name, err)
	}
	return a, template, nil
}

func (r *Registry) setTemplate(name string, t *Template) {
	delete(r.templates, name)
	if t != nil {
		r.templates[name] = t
	}
}

// check asks for all that does not depend on other actions.
func (r *Registry) check(a Action) error {
	if err := r.checkCreator(a); err != nil {
		return err
	}
	if err := r.checkChannels(a.Channels); err != nil {
		return err
	}
	target, err := parseEndpoint(r.profile, a.URL)
	if err != nil {
		return err
	}
	if err := r.checkHeaders(a.Headers, target); err != nil {
		return err
	}
	if err := r.checkSigning(a); err != nil {
		return err
	}
	return r.checkVerification(a.InsecureSkipVerify)
}

func (r *Registry) checkChannels(channels []string) error {
	_, scope := r.profile.Cap()
	most := r.profile.ChannelsPerAction()
	if most > 0 && len(channels) > most {
		return breaks(ErrTooManyChannels, "stands in %s (%s), but an action has %d %s %s", count(len(channels), scope),
			strings.Join(channels, ", "), most, scope, r.cite("channels_per_action"))
	}
	return nil
}

// checkVerification asks whether the platform lets one switch TLS verification
// off. Where no document says, it may.
func (r *Registry) checkVerification(off bool) error {
	var offered bool
	fact, known := r.profile.Fact("tls_verify_switch")
	if !off || !known || json.Unmarshal(fact.Value, &offered) != nil || offered {
		return nil
	}
	return breaks(ErrNotAllowed, "TLS verification cannot be switched off for an action %s", r.cite("tls_verify_switch"))
}

// checkRoom asks whether each channel of a has room for one more than others.
func (r *Registry) checkRoom(a Action, others []Action) error {
	most, scope := r.profile.Cap()
	for _, channel := range a.Channels {
		taken := 0
		for _, other := range others {
			if slices.Contains(other.Channels, channel) {
				taken++
			}
		}
		if taken >= most {
			return breaks(ErrChannelFull, "%s %q is full: %d custom actions per %s %s", scope, channel, most, scope, r.cite("cap"))
		}
	}
	return nil
}

// cite names the profile and the document behind a fact: "(flashduty@2024-11-20,
// ADDRESS)".
func (r *Registry) cite(name string) string {
	fact, _ := r.profile.Fact(name)
	if fact.Source == "" {
		return fmt.Sprintf("(%s, %s)", r.profile.Ref(), fact.Status)
	}
	return fmt.Sprintf("(%s, %s)", r.profile.Ref(), fact.Source)
}

// Action returns the action of that name.
func (r *Registry) Action(name string) (Action, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if i := r.find(name); i >= 0 {
		return r.actions[i], true
	}
	return Action{}, false
}

func (r *Registry) find(name string) int {
	return slices.IndexFunc(r.actions, func(a Action) bool { return a.Name == name })
}

// Actions returns all actions in the order in which they were added.
func (r *Registry) Actions() []Action {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return slices.Clone(r.actions)
}

// parseEndpoint reads an endpoint's URL as the platform would take it. Its
// errors never show the URL's user information.
func parseEndpoint(p *schema.Profile, raw string) (*url.URL, error) {
	shown := func() string { return printable(schema.RedactURL(raw)) }
	u, err := url.Parse(raw)
	var cause *url.Error
	switch {
	case raw == "":
		return nil, breaks(ErrBadURL, "has no endpoint URL")
	case errors.As(err, &cause):
		return nil, breaks(ErrBadURL, "the endpoint URL cannot be read: %s", printable(hideUser(cause.Err)))
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, breaks(ErrBadURL, "endpoint %s: want http:// or https://", shown())
	case u.Hostname() == "":
		return nil, breaks(ErrBadURL, "endpoint %s: names no host", shown())
	case u.Fragment != "":
		return nil, breaks(ErrBadURL, "endpoint %s: what follows # is never sent; leave it out", shown())
	case !validPort(u.Port()):
		return nil, breaks(ErrBadURL, "endpoint %s: port %s is not in 1 to 65535", shown(), u.Port())
	case u.User != nil && !p.BasicAuth():
		return nil, breaks(ErrBadURL, "endpoint %s: has user information, and %s documents none; use a header", shown(), p.Ref())
	}
	return u, nil
}

// hideUser keeps what net/url quotes out of a message about what it could not
// read: it may be a password.
func hideUser(err error) string {
	text, _, quoted := strings.Cut(err.Error(), `"`)
	if quoted {
		text += schema.Redacted
	}
	return text
}

func validPort(port string) bool {
	if port == "" {
		return true
	}
	n, err := strconv.ParseUint(port, 10, 16)
	return err == nil && n > 0
}

func distinct(list []string) []string {
	var out []string
	for _, one := range list {
		if !slices.Contains(out, one) {
			out = append(out, one)
		}
	}
	return out
}

// count writes "2 services".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
