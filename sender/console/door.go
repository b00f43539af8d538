package console

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/gorilla/mux"
	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

// door is a front door: the shapes of one API. What it does not say is the same
// on all of them (call.go).
type door struct {
	// operations carry out the API's operations, by the name that api.json has for
	// them: each of api.json's has a func here, and the other way round.
	operations map[string]func(*call) (any, *refusal)
	// refusals are the API's errors, by the name that api.json has for them, for
	// what is refused before an operation begins: each reason but badType, which is
	// a note where the API has no error for it.
	refusals map[reason]string
	// open makes of a console and its api.json what the operations find in
	// Console.own, or says what is missing. nil: they need nothing.
	open func(*Console) (any, error)
	// key is the key that a request shows; "" where it shows none in the form that
	// keyForm says for people.
	key     func(*http.Request) string
	keyForm string
	// caller says who calls. It may note what is odd about the request's head.
	caller func(*call) (sender.Person, *refusal)
	// head puts the headers of every answer on it: the id of the request, and what
	// is left of the rate.
	head func(*call, http.Header)
	// success is the body of an answer.
	success func(*call, any) any
	// failure is the body of a refusal.
	failure func(*call, schema.APIError, *refusal) any
	// pattern is the form of a new id of that kind ("page", "component", and what
	// the operations ask for), as Sender.Mint takes it; "" where there is none.
	pattern func(api *schema.API, kind string) string
}

// doors are the front doors, by the style that an api.json names.
var doors = map[string]*door{
	"flashduty": flashdutyDoor,
	"pagerduty": pagerDutyDoor,
}

// reason is why a call is refused before its operation begins.
type reason string

const (
	noRoute  reason = "route"        // there is no such path
	noMethod reason = "method"       // there is, but not with this method
	noKey    reason = "key"          // no key, or another
	tooMany  reason = "rate"         // of calls
	tooLarge reason = "size"         // a body
	badType  reason = "content type" // of a body
	badInput reason = "input"        // a query or body that is not as documented
	noFrom   reason = "from"         // no From where it is required; on an API that requires it nowhere it is needless
	failed   reason = "failure"      // ours
)

// reasons are all of them that a door must have an error for.
var reasons = []reason{noRoute, noMethod, noKey, tooMany, tooLarge, badInput, failed}

// refusal says why a call is refused.
type refusal struct {
	name   string             // of the API's error in api.json
	why    string             // for a person: which member, what was found, what is documented
	breaks []schema.Violation // of the query or the body, where that is it
}

// refuse is the refusal by the API's error of that name.
func refuse(name, why string, args ...any) *refusal {
	return &refusal{name: name, why: fmt.Sprintf(why, args...)}
}

// apiLimits are what every front door asks of an api.json.
type apiLimits struct {
	body  int64  // bytes
	media string // of a body; "": no document says
}

// openDoor finds the front door of the profile's API, and asks for all that it
// needs.
func (c *Console) openDoor() error {
	api, documented := c.profile.API()
	if !documented {
		return fmt.Errorf("%w: the profile has no api.json", ErrNoAPI)
	}
	d, known := doors[api.Style]
	if !known {
		return fmt.Errorf("%w: no front door speaks style %q; there are %s", ErrNoAPI, api.Style, strings.Join(slices.Sorted(maps.Keys(doors)), ", "))
	}
	c.api, c.door = api, d
	c.limits.media = api.Facts["media_type"].Text()
	size, ok := api.Int("largest_body")
	c.limits.body = int64(size)
	c.rates.set(api.Rates)
	err := errors.Join(c.checkErrors(), c.route(), unless(ok && size > 0, "api.json has no fact largest_body, in bytes"))
	if d.open == nil || err != nil {
		return err
	}
	c.own, err = d.open(c)
	return err
}

func unless(ok bool, text string) error {
	if ok {
		return nil
	}
	return errors.New(text)
}

// checkErrors asks whether the door's refusals are the API's.
func (c *Console) checkErrors() error {
	var errs []error
	for _, one := range reasons {
		if _, found := c.door.refusals[one]; !found {
			errs = append(errs, fmt.Errorf("the front door has no error for %s", one))
		}
	}
	for _, one := range slices.Sorted(maps.Keys(c.door.refusals)) {
		if _, found := c.api.Errors[c.door.refusals[one]]; !found {
			errs = append(errs, fmt.Errorf("api.json has no error %s", c.door.refusals[one]))
		}
	}
	if _, found := c.door.refusals[noFrom]; !found && slices.ContainsFunc(c.api.Operations, func(o schema.Operation) bool { return o.From }) {
		errs = append(errs, errors.New("the front door has no error for a call without From"))
	}
	return errors.Join(errs...)
}

// route makes the API's operations findable: plain paths before those with
// names, which would match them too.
func (c *Console) route() error {
	c.router = mux.NewRouter().SkipClean(true)
	var errs []error
	names := func(o schema.Operation) int { return strings.Count(o.Path, "{") }
	byNames := slices.Clone(c.api.Operations)
	slices.SortStableFunc(byNames, func(a, b schema.Operation) int { return names(a) - names(b) })
	for _, o := range byNames {
		if c.door.operations[o.Name] == nil {
			errs = append(errs, fmt.Errorf("no front door carries out operation %s", o.Name))
		}
		c.router.NewRoute().Path(o.Path).Methods(o.Method).Name(o.Name) // in this order: a method that matches alone would hide a mismatch
	}
	return errors.Join(errs...)
}

// minted counts the ids that a console made.
type minted struct {
	mu   sync.Mutex
	next map[string]uint64 // by kind
}

// newID makes an id of that kind, in the form that the platform's have.
func (c *Console) newID(kind string) (string, error) {
	pattern := c.door.pattern(c.api, kind)
	c.minted.mu.Lock()
	defer c.minted.mu.Unlock()
	if c.minted.next == nil {
		c.minted.next = map[string]uint64{}
	}
	c.minted.next[kind]++
	id, err := c.sender.Mint(pattern, kind, c.minted.next[kind])
	if err != nil {
		return "", fmt.Errorf("make an id of a %s: %w", kind, err)
	}
	return id, nil
}
