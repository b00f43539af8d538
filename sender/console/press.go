package console

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hookdrill/hookdrill/sender"
)

// The errors of Start, to be asked with errors.Is, beside those of sender.Start.
var (
	ErrNoIncident = errors.New("no such incident")
	ErrNotThere   = errors.New("no such button on this incident")
)

// Start presses a button on the incident of that id as it stands now; p.Incident
// is not looked at. The press, and what becomes of it, are on the timeline: that
// it ended before anybody's Wait for it returns. Its errors are ErrNoIncident,
// ErrNotThere where the action is not on the incident's channel, and those of
// sender.Start.
func (c *Console) Start(ctx context.Context, incident string, p sender.Press) (*sender.Pending, error) {
	return c.start(ctx, incident, p, Entry{})
}

// start is Start; made says by which call, if by one. Close waits for the press of
// a call.
func (c *Console) start(ctx context.Context, incident string, p sender.Press, made Entry) (*sender.Pending, error) {
	made.What, made.Incident, made.Field, made.By = Pressed, incident, p.Action, p.By
	pending, err := c.press(ctx, incident, p, made)
	c.tell()
	if err != nil {
		return nil, err
	}
	pending.Watch(func(d sender.Delivery, err error) {
		c.mu.Lock()
		c.enter(ended(made, d, err))
		c.mu.Unlock()
		c.tell()
	})
	if made.Call != "" {
		c.outlives(pending)
	}
	return pending, nil
}

// outlives makes Close wait for a press that a call made.
func (c *Console) outlives(pending *sender.Pending) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return // it is canceled
	}
	c.pressed.Add(1)
	pending.Watch(func(sender.Delivery, error) { c.pressed.Done() })
}

// press composes and begins with the console locked: no change comes between
// what the push says and its entry, and nothing that the endpoint does comes
// before it.
func (c *Console) press(ctx context.Context, incident string, p sender.Press, made Entry) (*sender.Pending, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	h := c.ids[incident]
	if h == nil {
		return nil, fmt.Errorf("press %s: %w: %q", p.Action, ErrNoIncident, incident)
	}
	if err := c.offers(h.Channel, p.Action); err != nil {
		return nil, err
	}
	p.Incident = sender.Incident{Values: maps.Clone(h.Values)}
	pending, err := c.sender.Start(ctx, p)
	if err != nil {
		return nil, err
	}
	d := pending.Delivery()
	made.Delivery, made.Text = &d, c.label(p.Action)
	c.enter(made)
	return pending, nil
}

// offers asks whether an incident in channel has the action's button.
func (c *Console) offers(channel, action string) error {
	a, found := c.sender.Registry().Action(action)
	if !found || channel == "" || len(a.Channels) == 0 || slices.Contains(a.Channels, channel) {
		return nil // what does not exist is sender.Start's to refuse
	}
	return fmt.Errorf("press %s: %w: the incident is in %q, the action is on %s", action, ErrNotThere, channel, strings.Join(a.Channels, ", "))
}

func (c *Console) label(action string) string {
	a, _ := c.sender.Registry().Action(action)
	return cmp.Or(a.Label, action)
}

// ended is the entry of how a press ended.
func ended(made Entry, d sender.Delivery, err error) Entry {
	made.What, made.Call, made.Status, made.Notes, made.Delivery = NotDelivered, "", 0, nil, &d
	last := d.Last()
	switch {
	case err != nil:
		made.Reason = err.Error()
	case d.Delivered:
		made.What, made.Text = Delivered, fmt.Sprintf("answered %d", last.Status)
	case len(d.Attempts) == 0:
		made.Reason = "no request was made: " + string(d.Ended)
	case last.Outcome.Kind == sender.Answered:
		made.Reason = fmt.Sprintf("answered %d", last.Status)
	default:
		made.Reason = last.Outcome.String()
	}
	return made
}

// Actions returns the actions whose buttons an incident in channel has, in the
// order in which they were added; "" is every channel.
func (c *Console) Actions(channel string) []sender.Action {
	return slices.DeleteFunc(c.sender.Registry().Actions(), func(a sender.Action) bool { return c.offers(channel, a.Name) != nil })
}
