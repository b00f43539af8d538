package scenarios

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hookdrill/hookdrill/sender"
)

// act does what the step does and returns what was seen of it so far, and for
// each push the delivery with which the platform may have more to do; with an
// error, too: what was sent is told.
func (p *play) act(ctx context.Context, s Step) (*sight, []*sender.Pending, error) {
	view := &sight{success: p.success}
	var pending []*sender.Pending
	var err error
	switch {
	case s.Press != nil:
		pending, err = p.press(ctx, *s.Press, s.Expect, view)
	case s.Settle != "":
		pending, err = p.settleDown(ctx, s.Settle, view)
	case s.Redeliver != "":
		err = p.redeliver(ctx, s.Redeliver, view)
	case s.Request != nil:
		view.answer, err = p.request(ctx, *s.Request)
	case s.Add != "":
		view.refusal = p.add(s.Add)
	case s.Enable != "":
		err = p.sender.Enable(s.Enable)
	}
	if ctx.Err() != nil {
		err = errInterrupted
	}
	return view, pending, err
}

// success says in words what the platform calls delivered.
func (p *play) success() string {
	fact, _ := p.profile.Fact("success")
	var statuses []string
	if json.Unmarshal(fact.Value, &statuses) != nil {
		return fact.Text()
	}
	return strings.Join(statuses, " or ")
}

// press clicks an action's button on the story's incident: once, or once for
// each of several people in the same moment.
func (p *play) press(ctx context.Context, s PressStep, e *Expectation, view *sight) ([]*sender.Pending, error) {
	source, err := address(s.Source)
	if err != nil {
		return nil, err
	}
	by := s.By
	if len(by) == 0 {
		by = []string{""}
	}
	pending := make([]*sender.Pending, len(by))
	view.pushes = make([]push, len(by))
	for i, name := range by {
		if len(by) > 1 {
			view.pushes[i].who = name
		}
		press := sender.Press{
			Action: s.Action, Incident: p.incident, By: sender.Person{Name: name, Role: s.Role},
			Set: s.Set, Source: source, Header: headers(s.Header), Fault: s.Fault,
		}
		pending[i], err = p.start(ctx, press, len(by) == 1)
		switch {
		case errors.Is(err, errNotItsHost):
			return pending, err
		case errors.Is(err, sender.ErrNotAllowed), errors.Is(err, sender.ErrNotOffered):
			view.pushes[i].refusal = err
		case err != nil:
			return pending, err
		default:
			p.newest[s.Action] = pending[i]
			p.follow(pending[i])
		}
	}
	for i, one := range pending {
		if one == nil {
			continue
		}
		if view.pushes[i].delivery, err = one.First(ctx); err != nil {
			return pending, err
		}
		if first := view.pushes[i].delivery.Attempts; len(first) > 0 && first[0].Platform > time.Second {
			p.moved.Store(true) // it stood in a queue
		}
		if e.sequel() {
			if view.pushes[i].delivery, err = p.sequel(ctx, one); err != nil {
				return pending, err
			}
		}
		p.pressed[s.Action] = view.pushes[i].delivery
	}
	return pending, p.clock.Still(ctx) // what is repeated at once is part of it
}

// settleDown lets time go on until the platform has nothing more to do for the
// newest press of an action.
func (p *play) settleDown(ctx context.Context, action string, view *sight) ([]*sender.Pending, error) {
	pending, ok := p.newest[action]
	if !ok {
		return nil, fmt.Errorf("settle %s: it was not pressed before", action)
	}
	d, err := p.sequel(ctx, pending)
	view.pushes = []push{{delivery: d, attempt: max(0, len(d.Attempts)-1)}}
	if err == nil {
		p.pressed[action] = d
	}
	return []*sender.Pending{pending}, err
}

// redeliver repeats the newest press of an action as the platform would.
func (p *play) redeliver(ctx context.Context, action string, view *sight) error {
	newest, ok := p.pressed[action]
	if !ok {
		return fmt.Errorf("redeliver %s: it was not pressed before", action)
	}
	d, err := p.sender.Redeliver(ctx, newest)
	if err != nil {
		return err
	}
	p.pressed[action] = d
	view.pushes = []push{{delivery: d, attempt: len(d.Attempts) - 1}}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.take(d.Last())
	return nil
}

// behave changes how mocks answer from now on.
func (p *play) behave(behaviors map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(behaviors)) {
		s := p.seatOf(name)
		behavior, err := s.behavior(behaviors[name])
		if err != nil {
			return fmt.Errorf("endpoint %s: %w", name, err)
		}
		s.mock.SetBehavior(behavior)
	}
	return nil
}
