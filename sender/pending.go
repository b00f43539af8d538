package sender

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Pending is a press of which the platform may have more to do. It is safe for
// concurrent use.
type Pending struct {
	sender *Sender
	action Action
	route  route
	number uint64 // its place among the sender's presses, from 1
	line   string // the queue in which it stands; "" for none

	ctx     context.Context // of the press
	held    context.Context // the same, holding the clock while an attempt is made
	release func()          // of the clock
	asleep  context.Context // held, until the action is disabled
	wake    context.CancelFunc
	forget  func() bool // stops watching ctx while it stands in a queue

	reason string        // of the next attempt
	pause  time.Duration // before it

	first, done gate

	mu       sync.Mutex
	delivery Delivery
	early    Delivery // as it stood after the first attempt
	err      error
	dropped  string // the action was disabled, and why; "" when not
	over     bool
	watchers []func(Delivery, error)
}

// Start presses p's button and returns once the push is composed and stands in
// its queue. What happens then goes on until ctx ends; its errors are those of
// Press.
func (s *Sender) Start(ctx context.Context, p Press) (*Pending, error) {
	pending, err := s.prepare(ctx, p)
	if err != nil {
		return nil, err
	}
	if s.enqueue(pending) {
		go s.play(pending)
	}
	return pending, nil
}

// Begin is Start, and returns when First would not wait any more if no press of
// the queue stands before this one: its first attempt is made by who calls.
func (s *Sender) Begin(ctx context.Context, p Press) (*Pending, error) {
	pending, err := s.prepare(ctx, p)
	if err != nil {
		return nil, err
	}
	if s.enqueue(pending) {
		if pending.try() {
			go s.goOn(pending)
		} else if next := s.pass(pending); next != nil {
			go s.play(next)
		}
	}
	return pending, nil
}

// First returns once the first attempt is made, or once it is certain that there
// is none, with the delivery as it stood then, whatever has followed since. Its
// error is that of Wait.
func (p *Pending) First(ctx context.Context) (Delivery, error) {
	d, err := p.pass(ctx, &p.first)
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(d.Attempts) > 1 {
		return p.early, err
	}
	return d, err
}

// Wait returns once the platform has nothing more to do for the press: it is
// delivered, dropped, given up, or the context of its Start has ended. When ctx
// ends before, Wait returns ctx's error and the attempts that were made.
func (p *Pending) Wait(ctx context.Context) (Delivery, error) { return p.pass(ctx, &p.done) }

func (p *Pending) pass(ctx context.Context, g *gate) (Delivery, error) {
	if err := g.pass(ctx, p.sender.settings.clock); err != nil {
		return p.Delivery(), fmt.Errorf("wait for %s: %w", p.action.Name, context.Cause(ctx))
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.delivery, p.err
}

// Delivery returns what has become of the press so far.
func (p *Pending) Delivery() Delivery {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.delivery
}

// BeforeFirst calls f once First would not wait any more, before anybody's First
// returns; at once when that is so already. f must not block.
func (p *Pending) BeforeFirst(f func()) { p.first.before(f) }

// Watch calls f with what Wait will return once the platform has nothing more to
// do for the press, before Wait returns; at once when that is so already. The
// press waits for f, which must not wait for the press.
func (p *Pending) Watch(f func(Delivery, error)) {
	p.mu.Lock()
	if !p.over {
		p.watchers = append(p.watchers, f)
		p.mu.Unlock()
		return
	}
	d, err := p.delivery, p.err
	p.mu.Unlock()
	f(d, err)
}

// prepare composes a press that has not been sent.
func (s *Sender) prepare(ctx context.Context, press Press) (*Pending, error) {
	action, err := s.action(press)
	if err != nil {
		return nil, err
	}
	if s.settings.guard != nil {
		if err := s.settings.guard(action, press); err != nil {
			return nil, err
		}
	}
	p := &Pending{sender: s, action: action, ctx: ctx}
	if p.delivery, p.route, err = s.compile(ctx, action, press); err != nil {
		return nil, fmt.Errorf("press %s: %w", action.Name, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.begun++
	p.number = s.begun
	return p, nil
}

// hold takes the clock for p's turn.
func (p *Pending) hold() {
	p.sender.work.begin()
	held, release := p.sender.settings.clock.Hold(p.ctx)
	p.held, p.release = held, func() { release(); p.sender.work.end() }
	p.asleep, p.wake = context.WithCancel(p.held)
}

// play makes p's attempts until the platform has nothing more to do. p holds the
// clock meanwhile and has ended when it returns.
func (p *Pending) play() {
	for p.try() && p.rest() {
	}
}

// try makes one attempt and reports whether another one follows; p has ended when
// none does.
func (p *Pending) try() (again bool) {
	s := p.sender
	if why := p.disabled(); why != "" {
		s.drop(p, EndedDisabled, why)
		return false
	}
	d, next, err := s.attempt(p.held, p.Delivery(), p.route, p.reason)
	if err != nil {
		p.fail(fmt.Errorf("press %s: %w", p.action.Name, err))
		return false
	}
	made := len(d.Attempts)
	if next.ended == "" && s.settings.repeats >= 0 && made > s.settings.repeats {
		next.ended = EndedOpen
	}
	d.Ended = next.ended
	p.set(d)
	if next.ended != "" {
		s.settle(p)
		return false
	}
	p.first.unlock()
	p.reason = fmt.Sprintf("repeat %d after %s", made, d.Last().how())
	p.pause = s.jittered(next, p.number, made)
	return true
}

// rest waits until the next attempt is due and reports whether it is to be made;
// p has ended when it is not.
func (p *Pending) rest() (goOn bool) {
	if err := p.sender.rest(p, p.pause); err != nil && p.disabled() == "" {
		p.sender.drop(p, EndedCanceled, "")
		return false
	}
	return true
}

// how says how an attempt ended, for the reason of the next.
func (a Attempt) how() string {
	if a.Outcome.Kind == Answered {
		return fmt.Sprintf("status %d", a.Status)
	}
	return a.Outcome.String()
}

func (p *Pending) disabled() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.dropped
}

func (p *Pending) set(d Delivery) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.delivery = d
	if len(d.Attempts) == 1 {
		p.early = d
	}
}
