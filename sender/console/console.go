// Package console plays the platform's other face: incidents with their buttons,
// a timeline of all that happens to them, and the REST API that endpoints and the
// platform's own clients call. What it refuses is on the timeline too.
package console

import (
	"context"
	"net/http"
	"time"

	"github.com/hookdrill/hookdrill/sender"
)

// Console is one account on one platform: an http.Handler that speaks the
// platform's API, over a state that presses and calls change. It is safe for
// concurrent use.
type Console struct {
	sender *sender.Sender
}

// Option changes how a Console works.
type Option func(*settings)

type settings struct {
	key string
}

// DefaultKey is the key that a console accepts unless WithKey says another.
const DefaultKey = "hookdrill-key"

// WithKey sets the key with which the API is called.
func WithKey(key string) Option { return func(s *settings) { s.key = key } }

// New returns the console of s's platform. Its error says that this platform's
// API has shapes that no front door speaks, or that its profile has none.
func New(s *sender.Sender, opts ...Option) (*Console, error) { return &Console{sender: s}, nil }

// Key returns the key with which the API is called.
func (c *Console) Key() string { return "" }

// ServeHTTP answers one call of the platform's API.
func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) {}

// Idle returns once no call is being answered; its error is ctx's.
func (c *Console) Idle(ctx context.Context) error { return nil }

// now is the platform's time.
func (c *Console) now() time.Time { return time.Time{} }
