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

// size is about how many bytes of memory e holds.
func (e *Entry) size() int {
	const itself = 300
	size := itself + len(e.Field) + len(e.Text) + len(e.Call) + len(e.Reason)
	for _, note := range e.Notes {
		size += len(note)
	}
	for name, value := range e.Detail {
		const member = 48
		text, _ := value.(string)
		size += member + len(name) + len(text)
	}
	if e.Delivery != nil && e.What == Pressed { // what followed shares the push
		size += 2 * len(e.Delivery.Push.Body) // the bytes, and the neutral names of them
	}
	if e.Delivery != nil {
		const attempt = 1000
		for _, a := range e.Delivery.Attempts {
			size += attempt + len(a.Body)
		}
	}
	return size
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
	keep := func(e *Entry) {
		if m.What == "" || m.What == e.What {
			out = append(out, e.apart())
		}
	}
	h := c.ids[m.Incident]
	switch {
	case m.Incident == "":
		c.timeline.each(m.After, keep)
	case h != nil:
		for _, number := range h.after(m.After) {
			if e := c.timeline.at(number); e != nil {
				keep(e)
			}
		}
	default: // it was let go, and its entries may be there still
		c.timeline.each(m.After, func(e *Entry) {
			if e.Incident == m.Incident {
				keep(e)
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

// apart is a copy that shares nothing with e but its delivery, which nobody
// changes.
func (e *Entry) apart() Entry {
	out := *e
	out.Notes = slices.Clone(e.Notes)
	if e.Detail != nil {
		out.Detail = copiedMap(e.Detail)
	}
	return out
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
	number := c.timeline.append(e)
	if h := c.ids[e.Incident]; h != nil {
		h.entries = append(c.timeline.kept(h.entries), number)
	}
	return number
}

// timeline keeps the newest entries, bounded by number and bytes. It is under its
// console's lock, but for what tell does.
type timeline struct {
	maxEntries, maxBytes int

	blocks  [][]Entry // each of blockSize but the last
	first   int       // of the first block, the entries that were dropped
	held    int
	bytes   int
	number  uint64 // of the newest entry
	dropped uint64

	telling
}

// blockSize is how many entries are made room for at a time: a slice of all
// would be copied as it grows.
const blockSize = 256

func (t *timeline) limit(entries, bytes int) { t.maxEntries, t.maxBytes = entries, bytes }

// restart forgets all entries; the next has the number behind the given one.
func (t *timeline) restart(number, dropped uint64) {
	t.blocks, t.first, t.held, t.bytes = nil, 0, 0, 0
	t.number, t.dropped = number, dropped
}

func (t *timeline) append(e Entry) uint64 {
	t.number++
	e.Number = t.number
	if n := len(t.blocks); n == 0 || len(t.blocks[n-1]) == blockSize {
		t.blocks = append(t.blocks, make([]Entry, 0, blockSize))
	}
	last := len(t.blocks) - 1
	t.blocks[last] = append(t.blocks[last], e)
	t.held++
	t.bytes += e.size()
	for t.held > t.maxEntries || (t.bytes > t.maxBytes && t.held > 1) {
		t.drop()
	}
	return e.Number
}

// drop forgets the oldest entry.
func (t *timeline) drop() {
	oldest := &t.blocks[0][t.first]
	t.bytes -= oldest.size()
	*oldest = Entry{}
	t.held--
	t.dropped++
	if t.first++; t.first == blockSize {
		t.blocks, t.first = slices.Delete(t.blocks, 0, 1), 0
	}
}

// oldest is the number of the oldest entry that is held.
func (t *timeline) oldest() uint64 { return t.number - uint64(t.held) + 1 }

// at returns the entry of that number; nil where it was dropped.
func (t *timeline) at(number uint64) *Entry {
	if number < t.oldest() || number > t.number {
		return nil
	}
	place := int(number-t.oldest()) + t.first
	return &t.blocks[place/blockSize][place%blockSize]
}

// each calls f with the entries above a number, oldest first.
func (t *timeline) each(after uint64, f func(*Entry)) {
	for number := max(after+1, t.oldest()); number <= t.number; number++ {
		f(t.at(number))
	}
}

// kept are those of ascending numbers whose entries are held.
func (t *timeline) kept(numbers []uint64) []uint64 {
	from, _ := slices.BinarySearch(numbers, t.oldest())
	return numbers[from:]
}
