package scenarios

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/hookdrill/hookdrill/sender/console"
)

// The parts of a console that texts may refer to: ${console.url},
// ${console.component.1}.
const (
	partURL       = "url"
	partKey       = "key"
	partPage      = "page"
	partIncident  = "incident"
	partUser      = "user.email"
	partComponent = "component"
	partAction    = "action"
)

// consoleParts are all of them; those of named have a name behind them.
var (
	consoleParts = []string{partURL, partKey, partPage, partIncident, partUser, partComponent, partAction}
	namedParts   = []string{partComponent, partAction}
)

// consoleRef is what stands behind ${console. in a reference.
type consoleRef struct {
	platform string // "" is the one that the story is told on
	part     string // "" is none of consoleParts
	name     string // of a component or an action
}

// parseConsoleRef reads "url", "flashduty.key", "component.1".
func parseConsoleRef(text string, platforms []string) consoleRef {
	var r consoleRef
	for _, platform := range platforms {
		if rest, is := strings.CutPrefix(text, platform+"."); is {
			r.platform, text = platform, rest
			break
		}
	}
	for _, part := range consoleParts {
		if text == part {
			r.part = part
		}
	}
	for _, part := range namedParts {
		if name, is := strings.CutPrefix(text, part+"."); is {
			r.part, r.name = part, name
		}
	}
	return r
}

var (
	errNoConsole = errors.New("there is no console")
	errTooEarly  = errors.New("that is not known yet")
)

// consoleValue looks up what ${console.…} refers to.
func (p *play) consoleValue(ref string) (any, error) {
	var platforms []string
	for _, a := range p.accounts {
		platforms = append(platforms, a.platform)
	}
	r := parseConsoleRef(ref, platforms)
	a := p.own
	for _, other := range p.accounts {
		if other.platform == r.platform {
			a = other
		}
	}
	switch {
	case a == nil:
		return nil, errNoConsole
	case r.part == partURL:
		return a.url, nil
	case r.part == partKey:
		return console.DefaultKey, nil
	case a.console == nil:
		return nil, errTooEarly
	}
	return a.value(r)
}

// value looks up what is known once the console is there.
func (a *account) value(r consoleRef) (any, error) {
	switch r.part {
	case partIncident:
		return a.incident, nil
	case partAction:
		id, err := a.console.ActionID(r.name)
		return number(id), err
	case partUser:
		return a.console.User().Email, nil
	}
	page := a.console.Pages()[0] // a console always has one
	if r.part == partPage {
		return number(page.ID), nil
	}
	for i, c := range page.Components {
		if r.name == strconv.Itoa(i+1) || r.name == c.Name {
			return c.ID, nil
		}
	}
	return nil, fmt.Errorf("the status page has the components %s", enumeration(componentNames(page)))
}

// number is an id as its platform's bodies write it: one of digits is a number.
func number(id string) any {
	if decimal.MatchString(id) && (id == "0" || !strings.HasPrefix(id, "0")) {
		return json.Number(id)
	}
	return id
}
