package console

import (
	"errors"
	"fmt"
	"maps"
	"slices"
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

// The neutral names that a console reads and writes itself.
const (
	nameIncident = "incident"
	nameChannel  = "channel"
	nameStatus   = "status"
	nameFields   = "fields"
	nameCreated  = "created_at"
	nameActionID = "action_id"
)

// Incident is one incident as it stands: what its push carries, and what calls
// and presses have added. It is data.
type Incident struct {
	ID       string         `json:"id"`
	Channel  string         `json:"channel,omitempty"`  // the channel or service that it is in; "": it has the buttons of all, and its push says what Values say
	Values   schema.Values  `json:"values"`             // as sender.Incident's, with what has changed laid over: a press sends this
	Status   Status         `json:"status"`             // also in Values
	Fields   map[string]any `json:"fields,omitempty"`   // custom fields, also in Values where the platform's push carries them
	Comments []Comment      `json:"comments,omitempty"` // comments or notes, oldest first
	Created  time.Time      `json:"created"`            // platform time
	Updated  time.Time      `json:"updated"`

	revision *revision // nil: a copy, which may be changed
}

// Comment is a comment or a note on an incident.
type Comment struct {
	ID   string        `json:"id"`
	By   sender.Person `json:"by,omitzero"`
	At   time.Time     `json:"at"`
	Text string        `json:"text"`
}

// ErrExists is the error of Add for an incident whose id is taken.
var ErrExists = errors.New("incident exists")

// held is an incident as a console holds it. What its maps and lists hold is
// never changed in place, so that copies of the outer ones are enough inside.
type held struct {
	Incident
	room    int      // that the incident takes
	entries []uint64 // numbers of its entries, ascending; some may have been dropped
}

// Add puts an incident that the sender made into channel, which may be "": then
// it has the buttons of every channel, and its push says the channel that the
// incident says. An incident of the same id is ErrExists.
func (c *Console) Add(i sender.Incident, channel string) (Incident, error) {
	made, err := c.newIncident(i, channel)
	if err != nil {
		return Incident{}, fmt.Errorf("add an incident: %w", err)
	}
	c.mu.Lock()
	err = c.insert(made)
	if err == nil {
		c.enter(Entry{What: Created, Incident: made.ID, Text: made.text("title")})
	}
	c.mu.Unlock()
	c.tell()
	if err != nil {
		return Incident{}, fmt.Errorf("add an incident: %w", err)
	}
	return made.whole(), nil
}

// newIncident makes what the console holds of an incident. Its push must be
// possible, now and whatever is pressed.
func (c *Console) newIncident(i sender.Incident, channel string) (Incident, error) {
	made := Incident{Channel: channel, Values: maps.Clone(i.Values), Fields: map[string]any{}}
	if made.ID = made.text(nameIncident); made.ID == "" {
		return made, errors.New("it has no id; make it with Sender.NewIncident")
	}
	if channel != "" && c.names[nameChannel] {
		made.Values[nameChannel] = channel
	}
	if fields, ok := made.Values[nameFields].(map[string]any); ok {
		made.Fields = maps.Clone(fields)
	}
	made.Status = Status(made.text(nameStatus))
	made.Created = c.now()
	if at, err := time.Parse(time.RFC3339, made.text(nameCreated)); err == nil {
		made.Created = at.UTC()
	}
	made.Updated = made.Created
	_, err := c.show(made)
	return made, err
}

// insert holds i, and lets an older incident go where there is no room. The
// console is locked.
func (c *Console) insert(i Incident) error {
	if c.ids[i.ID] != nil {
		return fmt.Errorf("%w: %s", ErrExists, i.ID)
	}
	c.makeRoom(1, i.room(), nil)
	i.revision = new(revision)
	h := &held{}
	c.hold(h, i)
	c.ids[i.ID] = h
	c.order = append(c.order, h)
	return nil
}

// hold makes h hold i. The console is locked.
func (c *Console) hold(h *held, i Incident) {
	before := h.room
	h.Incident, h.room = i, i.room()
	c.room += h.room - before
}

// makeRoom lets incidents go until so many more, which take so many bytes, fit in;
// those of spare stay. The console is locked.
func (c *Console) makeRoom(more, bytes int, spare map[string]Incident) {
	for len(c.order)+more > c.settings.bounds.Incidents || c.room+bytes > c.settings.bounds.IncidentBytes {
		n := c.goesNext(spare)
		if n < 0 {
			return
		}
		c.room -= c.order[n].room
		delete(c.ids, c.order[n].ID)
		c.order = slices.Delete(c.order, n, n+1)
	}
}

// goesNext is the place of the incident that goes next: the oldest that is
// resolved, or else the oldest; below 0 where none may go.
func (c *Console) goesNext(spare map[string]Incident) int {
	oldest := -1
	for n, h := range c.order {
		if _, stays := spare[h.ID]; stays {
			continue
		}
		if h.Status == Resolved {
			return n
		}
		if oldest < 0 {
			oldest = n
		}
	}
	return oldest
}

// Incident returns a copy of the incident of that id as it stands.
func (c *Console) Incident(id string) (Incident, bool) {
	i, found := c.find(id)
	return i.whole(), found
}

// Incidents returns copies of all incidents, oldest first.
func (c *Console) Incidents() []Incident {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make([]Incident, len(c.order))
	for n, h := range c.order {
		out[n] = h.Incident.whole()
	}
	return out
}

// find returns the incident of that id, whose maps and lists are to be read only.
func (c *Console) find(id string) (Incident, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if h := c.ids[id]; h != nil {
		return h.Incident, true
	}
	return Incident{}, false
}

// list returns the incidents that keep chooses, newest first, without the first
// skip of them and at most most, and how many it chose in all. Their maps and
// lists are to be read only; keep is called with the console locked.
func (c *Console) list(keep func(*Incident) bool, skip, most int) (some []Incident, total int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, h := range slices.Backward(c.order) {
		if !keep(&h.Incident) {
			continue
		}
		if total++; total > skip && len(some) < most {
			some = append(some, h.Incident)
		}
	}
	return some, total
}

// text is a neutral name's value where that is a text.
func (i *Incident) text(name string) string {
	text, _ := i.Values[name].(string)
	return text
}

// apart is a copy of which the outer maps may be changed, and to whose lists may
// be appended.
func (i Incident) apart() Incident {
	i.Values, i.Fields, i.Comments, i.revision = maps.Clone(i.Values), maps.Clone(i.Fields), slices.Clip(i.Comments), nil
	return i
}

// whole is a copy that shares nothing with i.
func (i Incident) whole() Incident {
	i.Values, _ = copied(i.Values).(schema.Values)
	i.Fields, _ = copied(i.Fields).(map[string]any)
	i.Comments, i.revision = slices.Clone(i.Comments), nil
	return i
}

// copied copies a value of JSON.
func copied(value any) any {
	switch v := value.(type) {
	case schema.Values:
		return schema.Values(copiedMap(v))
	case map[string]any:
		return copiedMap(v)
	case []any:
		out := slices.Clone(v)
		for n := range out {
			out[n] = copied(out[n])
		}
		return out
	}
	return value
}

func copiedMap(m map[string]any) map[string]any {
	out := maps.Clone(m)
	for name, value := range out {
		out[name] = copied(value)
	}
	return out
}
