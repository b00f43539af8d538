package console

import (
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
	Field    string           `json:"field,omitempty"`    // which field, which status, which page's event
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
func (c *Console) Timeline(m Match) []Entry { return nil }

// Subscribe calls f with each entry from now on, in order and never at the same
// time, before the call that made it is answered. f must not call c.
func (c *Console) Subscribe(f func(Entry)) (stop func()) { return func() {} }

// Dropped returns how many entries were dropped because the timeline is bounded.
func (c *Console) Dropped() uint64 { return 0 }
