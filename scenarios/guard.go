package scenarios

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

// errNotItsHost is why a press is not sent to a real endpoint.
var errNotItsHost = errors.New("it takes no presses about that host")

// hostError says which endpoint takes no presses about which host. A console
// refuses it as what is not allowed.
type hostError struct{ text string }

func (e hostError) Error() string { return e.text }

func (e hostError) Is(target error) bool {
	return target == errNotItsHost || target == sender.ErrNotAllowed
}

// guard refuses a press that names a host which the real endpoint that it would
// reach does not list, whoever presses: a step, or a call of a console. It asks the
// body that would be sent on the platform of profile, however the host got into it.
func (p *play) guard(profile *schema.Profile) func(sender.Action, sender.Press) error {
	return func(a sender.Action, press sender.Press) error {
		target := p.guarded(a.URL)
		if target == nil {
			return nil
		}
		values := maps.Clone(press.Incident.Values)
		if values == nil {
			values = schema.Values{}
		}
		maps.Copy(values, press.Set)
		push, err := profile.Compose(values)
		if err != nil {
			return err
		}
		read, _ := profile.Read(push.Header, push.Body)
		return target.allows(read["host"])
	}
}

// guarded returns the real endpoint at that URL, or on that server, if it takes
// presses about some hosts only; nil when there is none.
func (p *play) guarded(target string) *seat {
	var found *seat
	for _, s := range p.seats {
		switch {
		case !s.real() || !sameServer(s.url, target):
			continue
		case s.url == target && len(s.Hosts) == 0:
			return nil
		case s.url == target:
			return s
		case len(s.Hosts) > 0:
			found = s
		}
	}
	return found
}

// sameServer reports whether two URLs have host and port in common.
func sameServer(a, b string) bool {
	x, err := url.Parse(a)
	if err != nil {
		return false
	}
	y, err := url.Parse(b)
	return err == nil && x.Host == y.Host
}

// allows refuses a press that names a host which the endpoint does not list.
func (s *seat) allows(host any) error {
	if name, ok := host.(string); ok && slices.Contains(s.Hosts, name) {
		return nil
	}
	return hostError{fmt.Sprintf("not pressed: endpoint %s is real and takes presses about %s only (hosts:); this one is about %s",
		s.name, strings.Join(s.Hosts, ", "), compact(host))}
}
