package console

import (
	"time"

	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

// Status is where an incident stands, in neutral words.
type Status string

// The statuses of an incident.
const (
	Triggered    Status = "triggered"
	Acknowledged Status = "acknowledged"
	Resolved     Status = "resolved"
)

// Incident is one incident as it stands: what its push carries, and what calls
// and presses have added. It is data.
type Incident struct {
	ID       string
	Channel  string         // the channel or service that it is in; "" is that of whatever action is pressed on it
	Values   schema.Values  // as sender.Incident's, with what has changed laid over: a press sends this
	Status   Status         // also in Values
	Fields   map[string]any // custom fields, also in Values where the platform's push carries them
	Comments []Comment      // comments or notes, oldest first
	Created  time.Time      // platform time
	Updated  time.Time      //
}

// Comment is a comment or a note on an incident.
type Comment struct {
	ID   string
	By   sender.Person
	At   time.Time
	Text string
}

// Add puts an incident that the sender made into channel, which may be "": then it
// has the buttons of every channel. An incident of the same id is an error.
func (c *Console) Add(i sender.Incident, channel string) (Incident, error) { return Incident{}, nil }

// Incident returns a copy of the incident of that id as it stands.
func (c *Console) Incident(id string) (Incident, bool) { return Incident{}, false }

// Incidents returns copies of all incidents, oldest first.
func (c *Console) Incidents() []Incident { return nil }
