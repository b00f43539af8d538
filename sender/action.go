// Package sender plays the platform: it holds the configured actions, presses
// their buttons, and watches each attempt on the wire. It never knows who
// answers.
package sender

import (
	"errors"

	"github.com/hookdrill/hookdrill/schema"
)

// Header is one custom header of an action. Order and repetition are kept.
type Header struct{ Name, Value string }

// Action is one configured button. The zero value of a field is the platform's
// default.
type Action struct {
	Name               string   // the key by which presses name it; empty: Label
	Label              string   // what the button says
	Description        string   //
	URL                string   // endpoint, http or https; user information where the platform allows it
	Headers            []Header // custom headers
	Channels           []string // channels, or the one service
	InsecureSkipVerify bool     // TLS verification switched off; shown in every report
	CreatedBy          Person   // zero: somebody who may
}

// The errors of Registry.Add, to be asked with errors.Is. The error's text names
// the limit, the documented number and its source.
var (
	ErrChannelFull     = errors.New("channel is full")
	ErrTooManyChannels = errors.New("too many channels")
	ErrNotAllowed      = errors.New("not allowed")
	ErrBadHeader       = errors.New("bad header")
	ErrBadURL          = errors.New("bad endpoint URL")
	ErrDuplicate       = errors.New("action exists")
	ErrUnknownAction   = errors.New("no such action")
)

// Registry holds the actions of one account on one platform and keeps the
// platform's limits. It is safe for concurrent use.
type Registry struct{ profile *schema.Profile }

// NewRegistry returns an empty registry for p's platform.
func NewRegistry(p *schema.Profile) *Registry { return &Registry{profile: p} }

// Profile returns the profile whose limits r keeps.
func (r *Registry) Profile() *schema.Profile { return r.profile }

// Add adds a, or changes nothing and says which limit it breaks.
func (r *Registry) Add(a Action) error { return errors.New("not built yet") }

// Action returns the action of that name.
func (r *Registry) Action(name string) (Action, bool) { return Action{}, false }

// Actions returns all actions in the order in which they were added.
func (r *Registry) Actions() []Action { return nil }
