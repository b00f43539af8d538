package console

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hookdrill/hookdrill/schema"
)

// pageRules are what the API documents of a status page's changes beyond the
// types of their members.
type pageRules struct {
	statuses      map[string][]string // of a change, by its type
	components    map[string][]string // of a component, by the change's type
	closed        []string            // statuses in which a change is over
	operational   string              // what every component is then
	retrospective int                 // fewest updates of a change that is told afterwards
}

func readPageRules(a *schema.API) (pageRules, error) {
	var r pageRules
	return r, errors.Join(
		fact(a, "page_statuses", &r.statuses), fact(a, "page_component_statuses", &r.components), fact(a, "page_closed", &r.closed),
		fact(a, "page_operational", &r.operational), fact(a, "page_retrospective_updates", &r.retrospective),
	)
}

// checkStatus refuses a status that a change of this type never has.
func (r pageRules) checkStatus(at, kind, status string) *refusal {
	if slices.Contains(r.statuses[kind], status) {
		return nil
	}
	return invalid(at, said(status)+" of a change of type "+kind, "one of "+strings.Join(r.statuses[kind], ", "))
}

// readComponents reads component_changes: the status of each component that is
// named, which must be one of the page's, named once, in a status that a change
// of this type gives.
func (r pageRules) readComponents(at string, page Page, kind string, changes []any) (map[string]string, *refusal) {
	if len(changes) == 0 {
		return nil, nil
	}
	out := make(map[string]string, len(changes))
	for i, c := range changes {
		change, _ := c.(object)
		id, status := word(change, "component_id"), word(change, "status")
		here := fmt.Sprintf("%s/%d", at, i)
		known := slices.ContainsFunc(page.Components, func(c Component) bool { return c.ID == id })
		_, twice := out[id]
		switch {
		case !known:
			return nil, invalid(here+"/component_id", said(id), "a component of the page")
		case twice:
			return nil, invalid(here+"/component_id", said(id)+" for the second time", "each component once")
		case !slices.Contains(r.components[kind], status):
			return nil, invalid(here+"/status", said(status)+" of a change of type "+kind, "one of "+strings.Join(r.components[kind], ", "))
		}
		out[id] = status
	}
	return out, nil
}

// closes reports whether a change is over in this status.
func (r pageRules) closes(status string) bool { return slices.Contains(r.closed, status) }

// checkClosing refuses to close e while one of the components that it refers to
// does not work.
func (r pageRules) checkClosing(at string, e Event) *refusal {
	if !r.closes(e.Status) {
		return nil
	}
	for _, id := range slices.Sorted(maps.Keys(e.Components)) {
		if status := e.Components[id]; status != r.operational {
			return invalid(at, fmt.Sprintf("component %s is %s while the change becomes %s", id, status, e.Status),
				"every component that the change refers to is "+r.operational)
		}
	}
	return nil
}

// retell makes of e what its updates say: its status, its components, and when
// it was over.
func (r pageRules) retell(e *Event) {
	e.Components, e.Closed = map[string]string{}, time.Time{}
	for _, u := range e.Updates {
		if u.Status != "" {
			e.Status = u.Status
		}
		maps.Copy(e.Components, u.Components)
		switch {
		case !r.closes(e.Status):
			e.Closed = time.Time{}
		case e.Closed.IsZero():
			e.Closed = u.At
		}
	}
}

// recount makes of page's components what its open changes say.
func (r pageRules) recount(page *Page) {
	now := map[string]string{}
	for _, e := range page.Events {
		if !r.closes(e.Status) {
			maps.Copy(now, e.Components)
		}
	}
	for n := range page.Components {
		c := &page.Components[n]
		c.Status = cmp.Or(now[c.ID], r.operational)
	}
}
