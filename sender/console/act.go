package console

import (
	"errors"
	"fmt"
	"reflect"
	"sync"

	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

// incident returns the incident of that id; its maps and lists are to be read
// only. The call is about it, unless it is about another already.
func (k *call) incident(id string) (Incident, bool) {
	i, found := k.console.find(id)
	if found && k.about == "" {
		k.about = id
	}
	return i, found
}

// members are those of the body where it is an object.
func (k *call) members() map[string]any {
	m, _ := k.body.(map[string]any)
	return m
}

// id makes a new id of that kind. It may be called from within change and
// changePage.
func (k *call) id(kind string) string {
	id, err := k.console.newID(kind)
	if err != nil {
		panic(err)
	}
	return id
}

// change lets f change a copy of each of the incidents, and puts the entries that
// it returns on the timeline: all of it at once, or nothing where f refuses one,
// whose refusal it returns. An incident that is named twice is changed once; one
// that does not exist is missing's. f sets
// members, and puts new values into the maps and lists; what stands deeper in them
// it must not change but replace. It must not call the console.
func (k *call) change(ids []string, missing func(id string) *refusal, f func(*Incident) ([]Entry, *refusal)) *refusal {
	c := k.console
	c.mu.Lock()
	defer c.mu.Unlock()
	changed := make(map[string]Incident, len(ids))
	var entries []Entry
	for _, id := range ids {
		h := c.ids[id]
		if _, twice := changed[id]; twice {
			continue
		}
		if h == nil {
			return missing(id)
		}
		i := h.apart()
		made, refused := f(&i)
		if refused != nil {
			return refused
		}
		if err := c.settle(&i, h.Incident, len(made) > 0); err != nil {
			return k.fails("incident %s: %v", id, err)
		}
		if refused := k.fits("incident "+id, h.room, i.room()); refused != nil {
			return refused
		}
		for m := range made {
			made[m].Incident = id
		}
		entries = append(entries, made...)
		changed[id] = i
	}
	for id, i := range changed {
		i.revision = new(revision)
		c.hold(c.ids[id], i)
	}
	c.makeRoom(0, 0, changed)
	c.enter(k.mine(entries)...)
	return nil
}

// settle makes what a push of i says agree with the rest of i.
func (c *Console) settle(i *Incident, before Incident, changed bool) error {
	if i.Status != Status(i.text(nameStatus)) && c.names[nameStatus] {
		i.Values[nameStatus] = string(i.Status)
	}
	if c.names[nameFields] {
		i.Values[nameFields] = i.Fields
	}
	if n := len(i.Comments); n != len(before.Comments) {
		kept := make([]Comment, min(n, c.settings.bounds.Comments)) // with no room to spare: there are many
		copy(kept, i.Comments[n-len(kept):])
		i.Comments = kept
	}
	if changed {
		i.Updated = c.now()
	}
	if reflect.DeepEqual(i.Values, before.Values) {
		i.Values = before.Values
		return nil
	}
	_, err := c.show(*i) // or no button could be pressed any more
	return err
}

// create makes an incident of neutral names in channel, which may be "".
func (k *call) create(v schema.Values, channel string) (Incident, *refusal) {
	c := k.console
	for {
		made, err := c.sender.NewIncident(v)
		if err != nil {
			return Incident{}, k.fails("%v", err)
		}
		i, err := c.newIncident(made, channel)
		if err != nil {
			return Incident{}, k.fails("%v", err)
		}
		c.mu.Lock()
		if err = c.insert(i); err == nil {
			c.enter(k.mine([]Entry{{What: Created, Incident: i.ID, Text: i.text("title")}})...)
		}
		c.mu.Unlock()
		if err == nil {
			return i, nil
		}
		if _, given := v[nameIncident]; given {
			return Incident{}, k.fails("%v", err)
		}
		// Taken, as by one of a snapshot: the next one has another id.
	}
}

// changePage lets f change a copy of the status page of that id, and puts the
// entries that it returns on the timeline: all of it, or nothing where f refuses.
// found is false where there is no such page. f must not call the console.
func (k *call) changePage(id string, f func(*Page) ([]Entry, *refusal)) (found bool, refused *refusal) {
	c := k.console
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.findPage(id)
	if n < 0 {
		return false, nil
	}
	page := c.pages[n].apart()
	entries, refused := f(&page)
	if refused != nil {
		return true, refused
	}
	page.bound(c.settings.bounds.Events)
	if refused := k.fits("status page "+id, c.pages[n].room(), page.room()); refused != nil {
		return true, refused
	}
	c.pages[n] = page
	c.enter(k.mine(entries)...)
	return true, nil
}

// start presses a button for real. The press goes on when the call ends, until
// the console is closed. Its errors are those of Console.Start.
func (k *call) start(incident, action string) (*sender.Pending, error) {
	c := k.console
	made := k.mine([]Entry{{}})[0]
	pending, err := c.start(c.life, incident, sender.Press{Action: action, By: k.by}, made)
	if err != nil {
		k.entered, k.notes = false, made.Notes
	}
	return pending, err
}

// press is start, and waits for what comes of the first attempt. Its errors are
// the call's context's too.
func (k *call) press(incident, action string) (sender.Delivery, error) {
	pending, err := k.start(incident, action)
	if err != nil {
		return sender.Delivery{}, err
	}
	// Meanwhile neither this call nor its hold of the clock is in the way of what
	// the press waits for.
	calls := &k.console.calls
	calls.end()
	goOn := sync.OnceFunc(calls.begin)
	pending.BeforeFirst(goOn)
	defer goOn()
	return pending.First(k.ctx)
}

// actionID is the id by which the platform's API knows an action: the one in the
// push, where it has one, and else one that stays the same as long as the
// sender's seed does.
func (c *Console) actionID(a sender.Action) (string, error) {
	values, err := c.sender.ActionValues(a.Name)
	if err != nil {
		return "", err
	}
	if id, ok := values[nameActionID].(string); ok {
		return id, nil
	}
	if a.ID != "" {
		return a.ID, nil
	}
	return c.sender.Mint(c.door.pattern(c.api, "action"), "action "+a.Name, 0)
}

// errNoAction says that no action has an id.
var errNoAction = errors.New("no such action")

// actionOf returns the action that has that id.
func (c *Console) actionOf(id string) (sender.Action, error) {
	for _, a := range c.sender.Registry().Actions() {
		if its, err := c.actionID(a); err == nil && its == id {
			return a, nil
		}
	}
	return sender.Action{}, fmt.Errorf("%w: %q", errNoAction, id)
}
