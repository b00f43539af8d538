package console

import (
	"slices"
	"time"

	"github.com/hookdrill/hookdrill/sender"
)

// What says what an entry of the timeline tells.
type What string

// What an entry tells. Each is the same on every platform; how the platform's API
// names it is the front door's business.
const (
	Created        What = "created"        // an incident
	Pressed        What = "pressed"        // a button; Delivery as it stood then
	Delivered      What = "delivered"      // the platform calls the push delivered
	NotDelivered   What = "not_delivered"  // it does not, and this is the last of it
	Commented      What = "commented"      // a comment or note
	FieldSet       What = "field_set"      // a custom field
	FieldDeleted   What = "field_deleted"  //
	Changed        What = "changed"        // title, description, severity, ...: Field says which
	AcknowledgedIt What = "acknowledged"   //
	Unacknowledged What = "unacknowledged" //
	ResolvedIt     What = "resolved"       //
	Reopened       What = "reopened"       //
	StatusUpdate   What = "status_update"  // sent to an incident's subscribers
	PageOpened     What = "page_opened"    // a status page's event
	PageUpdated    What = "page_updated"   // an update of it; Field is the status
	PageChanged    What = "page_changed"   // its title and the like, without an update
	PageDeleted    What = "page_deleted"   //
	ActionCreated  What = "action_created" // an action was configured
	ActionChanged  What = "action_changed" //
	ActionDeleted  What = "action_deleted" //
	ActionEnabled  What = "action_enabled" //
	Read           What = "read"           // a call that changes nothing
	Refused        What = "refused"        // a call that was refused
)

// Entry is one thing that happened. It is data.
type Entry struct {
	Number   uint64           `json:"number"` // from 1, in order, never used twice
	At       time.Time        `json:"at"`     // platform time
	What     What             `json:"what"`
	Incident string           `json:"incident,omitempty"` // its id; "" where it is of none
	Field    string           `json:"field,omitempty"`    // which field, which status, which page's event, which action
	Text     string           `json:"text,omitempty"`     // what was said or set, for people; JSON where it is no text
	By       sender.Person    `json:"by,omitzero"`        // who did it; zero: nobody says
	Call     string           `json:"call,omitempty"`     // "POST /incident/comment"; "" when it was no call
	Status   int              `json:"status,omitempty"`   // the call's answer
	Reason   string           `json:"reason,omitempty"`   // why it was refused: the platform's words and ours
	Notes    []string         `json:"notes,omitempty"`    // what was accepted and is not documented
	Detail   map[string]any   `json:"detail,omitempty"`   // what the front door wants to show of it again
	Delivery *sender.Delivery `json:"-"`                  // of a press
}

// Match chooses entries of a timeline. The zero Match chooses all.
type Match struct {
	After    uint64 // only entries with a higher number
	What     What   // "" is any
	Incident string // "" is any
}

// Timeline returns the entries that m chooses, oldest first.
func (c *Console) Timeline(m Match) []Entry {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []Entry
	keep := func(number uint64, r *record) {
		if m.What == "" || m.What == r.what {
			out = append(out, r.entry(number))
		}
	}
	h := c.ids[m.Incident]
	switch {
	case m.Incident == "":
		c.timeline.each(m.After, keep)
	case h != nil:
		for _, number := range h.after(m.After) {
			if r := c.timeline.at(number); r != nil {
				keep(number, r)
			}
		}
	default: // it was let go, and its entries may be there still
		c.timeline.each(m.After, func(number uint64, r *record) {
			if r.incident == m.Incident {
				keep(number, r)
			}
		})
	}
	return out
}

// after are the numbers of h's entries above one.
func (h *held) after(number uint64) []uint64 {
	from, _ := slices.BinarySearch(h.entries, number+1)
	return h.entries[from:]
}

// Dropped returns how many entries were dropped because the timeline is bounded.
func (c *Console) Dropped() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.timeline.dropped
}

// enter puts entries on the timeline, and hands them to those who subscribed as
// soon as somebody tells. The console is locked.
func (c *Console) enter(entries ...Entry) {
	now := c.clock()
	for _, e := range entries {
		if e.At.IsZero() {
			e.At = now
		}
		e.Number = c.put(e)
		c.timeline.queue(e)
	}
}

// put holds e as the newest entry, and returns its number.
func (c *Console) put(e Entry) uint64 {
	h := c.ids[e.Incident]
	if h != nil {
		e.Incident = h.ID // one text for all of them
	}
	number := c.timeline.append(e)
	if h != nil {
		h.entries = append(c.timeline.kept(h.entries), number)
	}
	return number
}
