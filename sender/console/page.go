package console

import (
	"maps"
	"slices"
	"time"
)

// Page is a status page. It is data.
type Page struct {
	ID         string      `json:"id"`
	Name       string      `json:"name"`
	Components []Component `json:"components"`       // components or services
	Events     []Event     `json:"events,omitempty"` // incidents and maintenances, oldest first
}

// Component is a part of what a status page tells of.
type Component struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Status string `json:"status"` // in the platform's own words: "operational", "degraded"
}

// Event is a status page's change (Flashduty) or post (PagerDuty).
type Event struct {
	ID         string            `json:"id"`
	Type       string            `json:"type"` // incident or maintenance
	Title      string            `json:"title"`
	Text       string            `json:"text,omitempty"`
	Status     string            `json:"status"`               // of the newest update, in the platform's own words
	Components map[string]string `json:"components,omitempty"` // component's id -> its status in this event
	Updates    []Update          `json:"updates,omitempty"`    // oldest first
	Started    time.Time         `json:"started"`
	Closed     time.Time         `json:"closed,omitzero"` // zero: it is open
	Notify     bool              `json:"notify,omitempty"`
	Detail     map[string]any    `json:"detail,omitempty"` // what else the front door wants to show of it again
}

// Update is one update of an event.
type Update struct {
	ID         string            `json:"id"`
	Status     string            `json:"status"`
	Text       string            `json:"text,omitempty"`
	At         time.Time         `json:"at"`
	Components map[string]string `json:"components,omitempty"`
	Detail     map[string]any    `json:"detail,omitempty"`
}

// operational is what a component of the first page is, in every platform's words.
const operational = "operational"

// firstPage is the status page that a console has from the beginning.
func (c *Console) firstPage() (Page, error) {
	id, err := c.newID("page")
	page := Page{ID: id, Name: "Example Shop"}
	for _, name := range []string{"Shop", "Checkout", "Search"} {
		if err == nil {
			id, err = c.newID("component")
		}
		page.Components = append(page.Components, Component{ID: id, Name: name, Status: operational})
	}
	return page, err
}

// Pages returns copies of the status pages, which a console always has one of.
func (c *Console) Pages() []Page {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make([]Page, len(c.pages))
	for n, page := range c.pages {
		out[n] = page.apart()
	}
	return out
}

// page returns a copy of the status page of that id.
func (c *Console) page(id string) (Page, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := c.findPage(id); n >= 0 {
		return c.pages[n].apart(), true
	}
	return Page{}, false
}

func (c *Console) findPage(id string) int {
	return slices.IndexFunc(c.pages, func(p Page) bool { return p.ID == id })
}

// bound lets the oldest events and updates go where there are more than most.
func (p *Page) bound(most int) {
	p.Events = p.Events[max(0, len(p.Events)-most):]
	for n := range p.Events {
		updates := p.Events[n].Updates
		p.Events[n].Updates = updates[max(0, len(updates)-most):]
	}
}

// apart is a copy that shares nothing with p.
func (p Page) apart() Page {
	p.Components, p.Events = slices.Clone(p.Components), slices.Clone(p.Events)
	for n := range p.Events {
		e := &p.Events[n]
		e.Components, e.Detail, e.Updates = maps.Clone(e.Components), copiedMap(e.Detail), slices.Clone(e.Updates)
		for m := range e.Updates {
			u := &e.Updates[m]
			u.Components, u.Detail = maps.Clone(u.Components), copiedMap(u.Detail)
		}
	}
	return p
}
