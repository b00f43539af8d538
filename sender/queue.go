package sender

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"
)

// turns are a sender's queues, and how its actions stand. A queue exists while
// one of its presses has its turn.
type turns struct {
	mu     sync.Mutex
	queues map[string][]*Pending // those that wait, by Pending.line
	stands map[string]*standing  // by the action's name
}

// standing is how an action stands with the platform.
type standing struct {
	drops int        // consecutive ones
	until time.Time  // until when the action is disabled; zero: it is not
	live  []*Pending // those that have not ended, in their order
}

func (t *turns) standing(action string) *standing {
	if t.stands[action] == nil {
		t.stands[action] = &standing{}
	}
	return t.stands[action]
}

// leave takes p out of the queue and reports whether it stood there.
func (t *turns) leave(p *Pending) bool {
	i := slices.Index(t.queues[p.line], p)
	if i >= 0 {
		t.queues[p.line] = slices.Delete(t.queues[p.line], i, i+1)
	}
	return i >= 0
}

// enqueue gives p its turn, at once, which is reported, or behind those of its
// queue. What the platform would not send at all ends here.
func (s *Sender) enqueue(p *Pending) (turn bool) {
	if p.delivery.Ended != "" {
		s.settle(p)
		return false
	}
	s.turns.mu.Lock()
	defer s.turns.mu.Unlock()
	stand := s.turns.standing(p.action.Name)
	if until := stand.until; s.settings.clock.Now().Before(until) {
		p.end(EndedDisabled, "the action is disabled until "+until.UTC().Format(time.RFC3339))
		return false
	}
	if limit := s.registry.profile.QueueLimit(); limit > 0 && len(stand.live) >= limit {
		p.end(EndedQueueFull, "")
		return false
	}
	stand.live = append(stand.live, p)
	p.line = s.lineOf(p)
	waiting, busy := s.turns.queues[p.line]
	if busy && p.line != "" {
		s.turns.queues[p.line] = append(waiting, p)
		p.forget = context.AfterFunc(p.ctx, func() { s.abandon(p) })
		return false
	}
	if p.line != "" {
		s.turns.queues[p.line] = nil
	}
	p.hold()
	return true
}

// lineOf names the queue in which p stands: that of all who share what fact
// "queue" lists. "" is none: where no order is documented nobody waits for others.
func (s *Sender) lineOf(p *Pending) string {
	queue := s.registry.profile.Queue()
	if !queue.InOrder {
		return ""
	}
	parts := []string{"line"}
	for _, per := range queue.Per {
		switch per {
		case "action":
			parts = append(parts, p.action.Name)
		case "incident":
			id, _ := p.delivery.Push.Value(nameIncident).(string)
			parts = append(parts, id)
		}
	}
	return strings.Join(parts, "\x00")
}

// play gives p and those behind it their turns. The next one holds the clock
// before the former lets it go.
func (s *Sender) play(p *Pending) {
	for p != nil {
		p.play()
		p = s.pass(p)
	}
}

// goOn is play for p, of which an attempt has been made.
func (s *Sender) goOn(p *Pending) {
	if p.rest() {
		p.play()
	}
	s.play(s.pass(p))
}

// pass ends p's turn and returns whose it is then.
func (s *Sender) pass(p *Pending) *Pending {
	p.wake()
	next := s.next(p)
	p.release()
	return next
}

func (s *Sender) next(p *Pending) *Pending {
	s.turns.mu.Lock()
	defer s.turns.mu.Unlock()
	waiting := s.turns.queues[p.line]
	if len(waiting) == 0 {
		delete(s.turns.queues, p.line)
		return nil
	}
	s.turns.queues[p.line] = waiting[1:]
	waiting[0].forget()
	waiting[0].hold()
	return waiting[0]
}

// abandon ends a press whose context ended while it stood in its queue.
func (s *Sender) abandon(p *Pending) {
	s.turns.mu.Lock()
	waited := s.turns.leave(p)
	s.turns.mu.Unlock()
	if waited {
		s.drop(p, EndedCanceled, "")
	}
}

// settle counts how p ended and ends it. The last of so many consecutive drops
// disables the action: whatever of it has not ended is dropped.
func (s *Sender) settle(p *Pending) {
	d := p.Delivery()
	rule := s.registry.profile.Disablement()
	var waiting []*Pending
	s.turns.mu.Lock()
	if s.turns.standing(p.action.Name).count(d.Ended, rule.After) {
		d.Consequence = s.disables(d.Consequence)
		p.set(d)
		if s.plays() {
			waiting = s.disable(p, s.settings.clock.Now().Add(rule.For))
		}
	}
	s.turns.mu.Unlock()
	for _, other := range waiting {
		s.drop(other, EndedDisabled, "the action was disabled while it waited in its queue")
	}
	s.drop(p, d.Ended, "")
}

// count counts how a press of the action ended, and reports whether it was the
// last drop before the action is disabled. One that found no room in the queue
// is no drop of the endpoint's making, and counts for nothing.
func (stand *standing) count(ended Ended, limit int) bool {
	switch ended {
	case EndedDelivered:
		stand.drops = 0
	case EndedDropped, EndedExhausted, EndedTooLarge:
		stand.drops++
	}
	if limit == 0 || stand.drops < limit {
		return false
	}
	stand.drops = 0
	return true
}

// disable disables the action of last until then. It interrupts the presses of
// the action that have their turn, and returns those that waited for it.
func (s *Sender) disable(last *Pending, until time.Time) (waiting []*Pending) {
	stand := s.turns.standing(last.action.Name)
	stand.until = until
	for _, other := range stand.live {
		switch {
		case other == last:
		case s.turns.leave(other):
			other.forget()
			waiting = append(waiting, other)
		default:
			other.interrupt("the action was disabled while it was being repeated")
		}
	}
	stand.live = nil
	return waiting
}

// plays reports whether what follows an attempt is played at all.
func (s *Sender) plays() bool { return s.settings.repeats != 0 }

// drop takes p out of those that have not ended, and ends it.
func (s *Sender) drop(p *Pending, ended Ended, why string) {
	s.turns.mu.Lock()
	stand := s.turns.standing(p.action.Name)
	stand.live = slices.DeleteFunc(stand.live, func(one *Pending) bool { return one == p })
	s.turns.mu.Unlock()
	p.end(ended, why)
}

// interrupt drops a press that has its turn: it ends when it would be repeated.
func (p *Pending) interrupt(why string) {
	p.mu.Lock()
	p.dropped = why
	p.mu.Unlock()
	p.wake()
}

// end ends p. Of one that is disabled why is the reason.
func (p *Pending) end(ended Ended, why string) {
	p.mu.Lock()
	d := &p.delivery
	switch {
	case ended == EndedDisabled:
		d.Consequence = p.sender.droppedAs(why)
	case ended == EndedQueueFull:
		d.Consequence = p.sender.queueFull()
	case ended == EndedCanceled && d.Ended == "":
		d.Consequence = canceledHere
	}
	d.Ended = ended
	p.over = true
	last, err, watchers := p.delivery, p.err, p.watchers
	p.mu.Unlock()
	for _, watch := range watchers {
		watch(last, err)
	}
	p.first.unlock()
	p.done.unlock()
}

// fail ends p because this machine could not look.
func (p *Pending) fail(err error) {
	p.mu.Lock()
	p.err = err
	p.mu.Unlock()
	p.sender.drop(p, p.delivery.Ended, "")
}

// Enable enables an action that the platform has disabled, as its owner may by
// hand, and forgets the drops before. What was dropped stays dropped.
func (s *Sender) Enable(action string) error {
	if _, found := s.registry.Action(action); !found {
		return breaks(ErrUnknownAction, "no such action: %q%s", action, s.known())
	}
	s.turns.mu.Lock()
	defer s.turns.mu.Unlock()
	stand := s.turns.standing(action)
	stand.drops, stand.until = 0, time.Time{}
	return nil
}

// Disabled reports whether the platform has disabled the action, and until when
// in platform time.
func (s *Sender) Disabled(action string) (until time.Time, disabled bool) {
	s.turns.mu.Lock()
	defer s.turns.mu.Unlock()
	until = s.turns.standing(action).until
	return until, s.settings.clock.Now().Before(until)
}
