package console

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/hookdrill/hookdrill/sender"
)

// stateVersion is that of the snapshots that State writes and Load reads.
const stateVersion = 1

// state is a console as a snapshot has it.
type state struct {
	Version   int               `json:"version"`
	Profile   string            `json:"profile"`
	At        time.Time         `json:"at"`
	Incidents []Incident        `json:"incidents"`
	Pages     []Page            `json:"pages"`
	Actions   []savedAction     `json:"actions"`
	Timeline  []savedEntry      `json:"timeline"`
	Number    uint64            `json:"number"` // of the newest entry
	Dropped   uint64            `json:"dropped,omitempty"`
	Minted    map[string]uint64 `json:"minted,omitempty"` // ids of each kind
}

// State writes a snapshot of c as JSON: its incidents, status pages, actions and
// timeline, with what came of each press. Secrets are left out: of an action's
// URL and headers, and the bodies and headers of pushes.
func (c *Console) State() ([]byte, error) {
	snapshot := c.snapshot()
	for _, a := range c.sender.Registry().Actions() {
		saved := saveAction(a)
		if id, err := c.actionID(a); err == nil {
			saved.ID = id // it stays, though without a seed it is luck
		}
		snapshot.Actions = append(snapshot.Actions, saved)
	}
	out, err := json.MarshalIndent(snapshot, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("state of the console: %w", err)
	}
	return append(out, '\n'), nil
}

func (c *Console) snapshot() state {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := state{
		Version: stateVersion, Profile: c.profile.Ref(), At: c.now(), Incidents: []Incident{}, Actions: []savedAction{}, Timeline: []savedEntry{},
		Number: c.timeline.number, Dropped: c.timeline.dropped, Minted: c.minted.counts(),
	}
	for _, h := range c.order {
		s.Incidents = append(s.Incidents, h.whole())
	}
	for _, page := range c.pages {
		s.Pages = append(s.Pages, page.apart())
	}
	c.timeline.each(0, func(number uint64, r *record) { s.Timeline = append(s.Timeline, saveEntry(r.entry(number))) })
	return s
}

// Load puts the console where a snapshot of State says it was: all of it, or
// nothing where its error says what of the snapshot is wrong, and where. Actions
// that the sender's registry has stay as they are there; one of which the
// snapshot leaves a secret out is not made anew, which the timeline then says.
// Whoever subscribed is not told what is loaded.
func (c *Console) Load(snapshot []byte) error {
	s, err := readState(snapshot)
	if err == nil {
		err = c.checkState(s)
	}
	if err == nil {
		err = c.restore(s)
	}
	if err != nil {
		return fmt.Errorf("state of the console: %w", err)
	}
	c.tell()
	return nil
}

// readState reads the bytes of a snapshot.
func readState(snapshot []byte) (s state, err error) {
	decoder := json.NewDecoder(bytes.NewReader(snapshot))
	decoder.UseNumber()
	var wrongType *json.UnmarshalTypeError
	var noJSON *json.SyntaxError
	switch err = decoder.Decode(&s); {
	case errors.As(err, &wrongType):
		return s, fmt.Errorf("%s: %s: found %s; want %s", at(snapshot, wrongType.Offset), wrongType.Field, wrongType.Value, wrongType.Type)
	case errors.As(err, &noJSON):
		return s, fmt.Errorf("%s: %w", at(snapshot, noJSON.Offset), err)
	case err != nil:
		return s, fmt.Errorf("%s: %w", at(snapshot, decoder.InputOffset()), err)
	}
	if rest := bytes.TrimSpace(snapshot[decoder.InputOffset():]); len(rest) > 0 {
		return s, fmt.Errorf("%s: something follows the snapshot", at(snapshot, decoder.InputOffset()))
	}
	return s, nil
}

// at says where in a text a byte stands.
func at(text []byte, offset int64) string {
	before := text[:min(max(0, offset), int64(len(text)))]
	line := bytes.Count(before, []byte("\n")) + 1
	return fmt.Sprintf("line %d, column %d", line, len(before)-bytes.LastIndexByte(before, '\n'))
}

// checkState asks for all that a console relies on.
func (c *Console) checkState(s state) error {
	if s.Version != stateVersion {
		return fmt.Errorf("/version: found %d; this hookdrill reads %d", s.Version, stateVersion)
	}
	if its, ours := platform(s.Profile), platform(c.profile.Ref()); its != ours {
		return fmt.Errorf("/profile: found %q; this console is of %s", s.Profile, c.profile.Ref())
	}
	seen := map[string]bool{}
	for n, i := range s.Incidents {
		where := fmt.Sprintf("/incidents/%d", n)
		switch {
		case i.ID == "" || i.ID != i.text(nameIncident):
			return fmt.Errorf("%s/id: found %q, and %q in its values", where, i.ID, i.text(nameIncident))
		case seen[i.ID]:
			return fmt.Errorf("%s/id: %q is there twice", where, i.ID)
		case i.Status != Status(i.text(nameStatus)):
			return fmt.Errorf("%s/status: found %q, and %q in its values", where, i.Status, i.text(nameStatus))
		}
		seen[i.ID] = true
		if _, err := c.show(i); err != nil {
			return fmt.Errorf("%s/values: %w", where, err)
		}
	}
	if len(s.Pages) == 0 {
		return errors.New("/pages: none; a console always has one")
	}
	for n, page := range s.Pages {
		if page.ID == "" {
			return fmt.Errorf("/pages/%d/id: missing", n)
		}
	}
	if uint64(len(s.Timeline)) > s.Number {
		return fmt.Errorf("/number: found %d; the timeline has %d entries", s.Number, len(s.Timeline))
	}
	for n, e := range s.Timeline {
		if want := s.Number - uint64(len(s.Timeline)-1-n); e.Number != want {
			return fmt.Errorf("/timeline/%d/number: found %d; want %d", n, e.Number, want)
		}
	}
	return nil
}

func platform(ref string) string {
	name, _, _ := strings.Cut(ref, "@")
	return name
}

// restore takes over a snapshot that was checked.
func (c *Console) restore(s state) error {
	left, err := c.addActions(s.Actions)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ids, c.order, c.room, c.pages = map[string]*held{}, nil, 0, s.Pages
	for _, i := range s.Incidents {
		if i.Fields == nil {
			i.Fields = map[string]any{}
		}
		_ = c.insert(i) // no id is there twice
	}
	c.minted.set(s.Minted)
	c.timeline.restart(s.Number-uint64(len(s.Timeline)), s.Dropped)
	for _, e := range s.Timeline {
		c.put(e.entry())
	}
	c.timeline.seen(s.Number)
	c.enter(left...)
	return nil
}

// addActions adds the actions that the registry lacks, all or none, and returns
// an entry for each that cannot be made anew.
func (c *Console) addActions(saved []savedAction) (left []Entry, err error) {
	registry := c.sender.Registry()
	var added []string
	for n, one := range saved {
		if _, there := registry.Action(one.Name); there {
			continue
		}
		if len(one.LeftOut) > 0 {
			left = append(left, Entry{
				What: ActionDeleted, Field: one.Name,
				Text: "not made anew: a snapshot does not keep its " + strings.Join(one.LeftOut, ", "),
			})
			continue
		}
		if err := registry.Add(one.action()); err != nil {
			for _, name := range added {
				_ = registry.Remove(name)
			}
			return nil, fmt.Errorf("/actions/%d: %w", n, err)
		}
		added = append(added, one.Name)
	}
	return left, nil
}

func (m *minted) counts() map[string]uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.next)
}

func (m *minted) set(next map[string]uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.next = maps.Clone(next)
}

// savedEntry is an entry as a snapshot has it.
type savedEntry struct {
	Entry
	Delivery *savedDelivery `json:"delivery,omitempty"`
}

func saveEntry(e Entry) savedEntry {
	saved := savedEntry{Entry: e}
	if e.Delivery != nil {
		saved.Delivery = saveDelivery(*e.Delivery)
	}
	return saved
}

func (s savedEntry) entry() Entry {
	e := s.Entry
	if s.Delivery != nil {
		d := s.Delivery.delivery()
		e.Delivery = &d
	}
	return e
}

// savedDelivery is what a snapshot keeps of a delivery: how it went, and nothing
// of what was sent.
type savedDelivery struct {
	Profile     string             `json:"profile"`
	Title       string             `json:"title"`
	Action      string             `json:"action"`
	EventID     string             `json:"event_id"`
	URL         string             `json:"url"` // redacted
	Pressed     time.Time          `json:"pressed"`
	Ended       sender.Ended       `json:"ended,omitempty"`
	Delivered   bool               `json:"delivered"`
	Consequence sender.Consequence `json:"consequence,omitzero"`
	Attempts    []savedAttempt     `json:"attempts,omitempty"`
}

// savedAttempt is what a snapshot keeps of an attempt.
type savedAttempt struct {
	Number    int            `json:"number"`
	Reason    string         `json:"reason,omitempty"`
	Platform  time.Duration  `json:"platform_ns"`
	Started   time.Time      `json:"started"`
	URL       string         `json:"url"`
	Outcome   sender.Outcome `json:"outcome"`
	Delivered bool           `json:"delivered"`
	Took      time.Duration  `json:"took_ns"`
	Deadline  time.Duration  `json:"deadline_ns"`
	Status    int            `json:"status,omitempty"`
}
