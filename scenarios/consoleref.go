package scenarios

import (
	"encoding/json"
	"strings"
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

// number is an id as its platform's bodies write it: one of digits is a number.
func number(id string) any {
	if decimal.MatchString(id) && (id == "0" || !strings.HasPrefix(id, "0")) {
		return json.Number(id)
	}
	return id
}
