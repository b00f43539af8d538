package scenarios

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/hookdrill/hookdrill/receiver"
	"github.com/hookdrill/hookdrill/sender"
)

// platform is the platform's side of a play: its time, and the deliveries with
// which it may have more to do. The story holds the clock and lets it go where a
// step says that time passes: what is repeated in a minute is not repeated
// between two steps that say nothing of it.
type platform struct {
	clock   *sender.PlatformClock
	began   time.Time          // when the story began, in platform time
	life    context.Context    // of the deliveries, longer than that of a step
	end     context.CancelFunc // of life
	release func()             // of the clock
	moved   atomic.Bool        // time has gone on by more than what really passed
	awaited atomic.Pointer[func() bool]
	newest  map[string]*sender.Pending // of each action
	unended []unfinished
}

// unfinished is a delivery that had not ended when its step had.
type unfinished struct {
	step, place int // in the results
	pending     *sender.Pending
}

// errMet keeps the clock where it is: what is awaited has come.
var errMet = errors.New("what was awaited has come")

// begin starts the platform's time and returns ctx with the story's hold of it.
func (p *play) begin(ctx context.Context, start time.Time) context.Context {
	p.clock = sender.NewPlatformClock(start, func(ctx context.Context) error {
		met := func() bool { f := p.awaited.Load(); return f != nil && (*f)() }
		switch {
		case met():
			return errMet
		case !p.rested(ctx, (*receiver.Journal).Idle):
			return errInterrupted
		case met():
			return errMet
		}
		p.watch.wentOn()
		return nil
	})
	p.platform.began = p.clock.Now()
	p.watch.clock = p.elapsed
	p.newest = map[string]*sender.Pending{}
	p.life, p.end = context.WithCancel(context.WithoutCancel(ctx))
	held, release := p.clock.Hold(ctx)
	p.release = release
	return held
}

// now is what composed bodies show where the run's clock stands still: that
// time, and what has passed on the platform since once anything has.
func (p *play) now(fixed func() time.Time) func() time.Time {
	return func() time.Time {
		if !p.moved.Load() {
			return fixed()
		}
		return fixed().Add(p.elapsed().Truncate(time.Second))
	}
}

// elapsed is the platform time since the story began.
func (p *play) elapsed() time.Duration { return p.clock.Now().Sub(p.platform.began) }

// moveTo lets platform time go on to that point of the story.
func (p *play) moveTo(ctx context.Context, at time.Duration) error {
	passed := p.elapsed()
	if passed > at {
		return fmt.Errorf("at +%s: it is +%s already", span(at), span(passed))
	}
	p.moved.Store(true)
	ctx, done := p.waiting(ctx)
	defer done()
	if p.clock.Sleep(ctx, at-passed) != nil {
		return unmet(ctx)
	}
	return p.clock.Still(ctx) // who woke in the same moment comes first
}

// await lets platform time go on until met holds, which may be called from any
// goroutine, or d is over. What is late by then because the machine is busy is
// waited for.
func (p *play) await(ctx context.Context, d time.Duration, met func() bool) error {
	if met() {
		return nil
	}
	p.moved.Store(true)
	p.awaited.Store(&met)
	defer p.awaited.Store(nil)
	ctx, cancel := p.waiting(ctx)
	defer cancel()
	slept := make(chan error, 1)
	go func() { slept <- p.clock.Sleep(ctx, d) }()
	for {
		changed := p.watch.next()
		if met() {
			cancel()
			<-slept // the hold is ours again
			return nil
		}
		select {
		case <-changed:
		case err := <-slept:
			if err != nil {
				return unmet(ctx)
			}
			p.calm(ctx)
			return nil
		}
	}
}

// sequel lets platform time go on until the platform has nothing more to do for
// the press.
func (p *play) sequel(ctx context.Context, pending *sender.Pending) (sender.Delivery, error) {
	if d := pending.Delivery(); d.Ended == "" {
		p.moved.Store(true)
	}
	ctx, done := p.waiting(ctx)
	defer done()
	return pending.Wait(ctx)
}

// errEndless is what a step ends with for which time would never go on.
var errEndless = fmt.Errorf("platform time cannot go on: more than %d requests came, and still more come; do reactions call each other in a circle?", mostAtOnce)

// waiting returns ctx for waiting until platform time goes on; it ends when that
// never will. done ends the waiting.
func (p *play) waiting(ctx context.Context) (waiting context.Context, done func()) {
	waiting, cancel := context.WithCancelCause(ctx)
	off := p.watch.bound(func() { cancel(errEndless) })
	return waiting, func() {
		off()
		cancel(nil)
	}
}

// unmet says what ended the waiting of ctx.
func unmet(ctx context.Context) error {
	if cause := context.Cause(ctx); errors.Is(cause, errEndless) {
		return cause
	}
	return errInterrupted
}

// keep remembers the deliveries of a step that have not ended.
func (p *play) keep(step int, res *StepResult) {
	place := 0
	for _, one := range res.pending {
		if one == nil {
			continue // refused
		}
		if one.Delivery().Ended == "" {
			p.unended = append(p.unended, unfinished{step, place, one})
		}
		place++
	}
	res.pending = nil
}

// leave gives up what is still under way when the story ends: results tell what
// happened until then.
func (p *play) leave(res *Result) {
	if p.clock == nil {
		return
	}
	for _, u := range p.unended {
		if d := u.pending.Delivery(); u.step < len(res.Steps) && u.place < len(res.Steps[u.step].Deliveries) {
			res.Steps[u.step].Deliveries[u.place] = d
		}
	}
	p.end()
	for _, a := range p.accounts {
		a.close() // and with it what calls have pressed, while time stands still
	}
	for _, w := range p.watched {
		_, _ = w.pending.Wait(context.Background()) // it ends soon after life has
	}
	for _, u := range p.unended {
		if u.step < len(res.Steps) && u.place < len(res.Steps[u.step].Deliveries) {
			cutShort(&res.Steps[u.step].Deliveries[u.place], u.pending.Delivery())
		}
	}
	p.note()
	p.release()
}

// cutShort adds to d, as it stood when the story ended, the attempt that was being
// made then: its request is on the wire.
func cutShort(d *sender.Delivery, ended sender.Delivery) {
	if len(d.Attempts) == 0 {
		*d = ended
	}
	d.Attempts = ended.Attempts
}

// follow notes the attempts of a delivery from now on.
func (p *play) follow(pending *sender.Pending) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.watched = append(p.watched, &watched{pending: pending})
}

// note takes in the attempts that were made since it was called last.
func (p *play) note() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.watched = slices.DeleteFunc(p.watched, func(w *watched) bool {
		d := w.pending.Delivery()
		for _, a := range d.Attempts[w.noted:] {
			p.take(a)
		}
		w.noted = len(d.Attempts)
		return d.Ended != ""
	})
}

// busy reports whether the platform has more to do for any press.
func (p *play) busy() bool {
	p.note()
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.watched) > 0
}

// watched is a delivery whose attempts are noted as they are made.
type watched struct {
	pending *sender.Pending
	noted   int
}

// take notes one attempt; p.mu is locked.
func (p *play) take(a sender.Attempt) {
	on := visitBy(a)
	p.attempts[on] = a.Number
	if a.Status == 0 && a.Written == sender.WrittenAll {
		p.unanswered = append(p.unanswered, on)
	}
}

// span writes a time in the platform's dimensions: "40h", "1h20m", "1.5s".
func span(d time.Duration) string {
	text := d.Round(time.Millisecond).String()
	for _, zero := range []string{"m0s", "h0m"} {
		if trimmed := text[:max(0, len(text)-2)]; len(text) > 2 && text[len(text)-3:] == zero {
			text = trimmed
		}
	}
	return text
}
