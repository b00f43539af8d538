// Package console plays the platform's other face: incidents with their buttons,
// a timeline of all that happens to them, and the REST API that endpoints and the
// platform's own clients call. What it refuses is on the timeline too.
package console

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/gorilla/mux"
	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

// Console is one account on one platform: an http.Handler that speaks the
// platform's API, over a state that presses and calls change. It is safe for
// concurrent use.
type Console struct {
	sender   *sender.Sender
	profile  *schema.Profile
	names    map[string]bool // neutral names that the profile has a place for
	settings settings

	door    *door
	api     *schema.API
	limits  apiLimits
	router  *mux.Router
	rates   rates
	own     any // what the door made of api.json when it was opened
	minted  minted
	calls   calls
	shown   shown
	life    context.Context // of the presses that calls of the API make
	end     context.CancelFunc
	pressed sync.WaitGroup // those presses

	mu       sync.Mutex
	ids      map[string]*held
	order    []*held // of ids, oldest first
	room     int     // of all of them
	pages    []Page
	timeline timeline
	closed   bool
}

// Option changes how a Console works.
type Option func(*settings)

type settings struct {
	key    string
	bounds Bounds
	fields []Field
	people []sender.Person
}

// DefaultKey is the key that a console accepts unless WithKey says another.
const DefaultKey = "hookdrill-key"

// WithKey sets the key with which the API is called.
func WithKey(key string) Option { return func(s *settings) { s.key = key } }

// ErrNoAPI says that a profile documents no API that a front door speaks.
var ErrNoAPI = errors.New("no API")

// New returns the console of s's platform. Its error is ErrNoAPI where this
// platform's API has shapes that no front door speaks or where its profile has
// none, and else says what api.json lacks that the front door needs.
func New(s *sender.Sender, opts ...Option) (*Console, error) {
	c := &Console{
		sender: s, profile: s.Profile(), names: map[string]bool{}, ids: map[string]*held{},
		settings: settings{key: DefaultKey},
	}
	for _, option := range opts {
		option(&c.settings)
	}
	for _, name := range c.profile.Names() {
		c.names[name.Name] = true
	}
	c.settings.bounds = c.settings.bounds.orDefault()
	c.timeline.limit(c.settings.bounds.Entries, c.settings.bounds.EntryBytes)
	if err := c.openDoor(); err != nil {
		return nil, fmt.Errorf("console of %s: %w", c.profile.Ref(), err)
	}
	page, err := c.firstPage()
	if err != nil {
		return nil, fmt.Errorf("console of %s: %w", c.profile.Ref(), err)
	}
	c.pages = []Page{page}
	c.life, c.end = context.WithCancel(context.Background())
	return c, nil
}

// Key returns the key with which the API is called.
func (c *Console) Key() string { return c.settings.key }

// Idle returns once no call is being answered and no attempt of a press is being
// made. A call that waits for a press is not in the way of what the press waits
// for. Its error is ctx's.
func (c *Console) Idle(ctx context.Context) error {
	for {
		seen, err := c.calls.none(ctx)
		if err != nil {
			return err
		}
		if err := c.sender.Idle(ctx); err != nil {
			return err
		}
		if c.calls.still(seen) {
			return nil
		}
	}
}

// Close ends the presses that calls of the API made, and returns when those calls
// have ended and no attempt is being made any more. Presses of Start end with
// their own context. What is asked after Close is answered from the state as it
// is; a button that a call presses then is canceled at once.
func (c *Console) Close() {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.end()
	c.pressed.Wait()
	_ = c.Idle(context.Background()) // a context that does not end
}

// now is the time that answers show, which is that of the pushes.
func (c *Console) now() time.Time { return c.sender.Now().UTC().Round(0) }

// clock is the platform's time, which goes on even where answers and pushes show
// a fixed one.
func (c *Console) clock() time.Time { return c.sender.Clock().Now().UTC().Round(0) }

// calls counts the calls that are being answered.
type calls struct {
	mu    sync.Mutex
	begun uint64 // ever, and those that went on after a wait
	open  int
	fewer chan struct{} // closed when none is left; nil while nobody waits for it
}

func (c *calls) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.begun++
	c.open++
}

func (c *calls) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open--; c.open == 0 && c.fewer != nil {
		close(c.fewer)
		c.fewer = nil
	}
}

// none returns once no call is being answered, and what still needs to know
// whether one has begun since.
func (c *calls) none(ctx context.Context) (seen uint64, err error) {
	for {
		c.mu.Lock()
		if c.open == 0 {
			defer c.mu.Unlock()
			return c.begun, nil
		}
		if c.fewer == nil {
			c.fewer = make(chan struct{})
		}
		fewer := c.fewer
		c.mu.Unlock()
		select {
		case <-fewer:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

func (c *calls) still(seen uint64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.begun == seen && c.open == 0
}
