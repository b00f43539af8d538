package console

import "time"

// Page is a status page. It is data.
type Page struct {
	ID         string
	Name       string
	Components []Component // components or services
	Events     []Event     // incidents and maintenances, oldest first
}

// Component is a part of what a status page tells of.
type Component struct {
	ID, Name string
	Status   string // in the platform's own words: "operational", "degraded"
}

// Event is a status page's change (Flashduty) or post (PagerDuty).
type Event struct {
	ID         string
	Type       string // incident or maintenance
	Title      string
	Text       string
	Status     string            // of the newest update, in the platform's own words
	Components map[string]string // component's id -> its status in this event
	Updates    []Update          // oldest first
	Started    time.Time
	Closed     time.Time // zero: it is open
	Notify     bool
	Detail     map[string]any // what else the front door wants to show of it again
}

// Update is one update of an event.
type Update struct {
	ID         string
	Status     string
	Text       string
	At         time.Time
	Components map[string]string
	Detail     map[string]any
}

// Pages returns copies of the status pages, which a console always has one of.
func (c *Console) Pages() []Page { return nil }
