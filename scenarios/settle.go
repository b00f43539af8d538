package scenarios

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/hookdrill/hookdrill/receiver"
)

// settle waits for what the step expects to come, and then for what must not
// come any more, and judges what was seen.
func (p *play) settle(ctx context.Context, s Step, before baseline, view *sight) (judgment, error) {
	if s.Effects == nil && !s.Expect.looks() {
		return judge(s, *view), nil
	}
	idle, done := p.quiet(ctx)
	defer done()
	l := &looking{play: p, ctx: ctx, step: s, before: before, view: view}
	reach, rest, entries := time.Duration(0), DefaultFor, time.Duration(0)
	if s.Effects != nil {
		reach, rest = s.Effects.Within, s.Effects.For
	}
	if s.Expect.looks() {
		entries = s.Expect.patience()
	}
	if view.nothingWritten() {
		reach, rest, entries = 0, 0, 0 // nobody was asked to do anything
	}
	began, tick := time.Now(), p.tick(s)
	if err := l.until(reach, tick, idle, func() bool { return l.over() || l.reached() }); err != nil {
		return judgment{}, err
	}
	if err := l.until(entries-time.Since(began), tick, idle, func() bool { return l.over() || l.arrived() }); err != nil {
		return judgment{}, err
	}
	if l.over() || l.reached() && l.arrived() {
		if err := l.rest(rest, tick); err != nil {
			return judgment{}, err
		}
	}
	return judge(s, *view), nil
}

// looking is the watching of one step's effects and entries.
type looking struct {
	play   *play
	ctx    context.Context
	step   Step
	before baseline
	view   *sight
	err    error // why a counter could not be read the last time
}

// until looks again and again until met or until nothing more is to be waited
// for. Its error says that it could not look.
func (l *looking) until(d, tick time.Duration, idle idleness, met func() bool) error {
	err := l.play.until(l.ctx, d, tick, idle, func() bool {
		l.look()
		return l.err == nil && met()
	})
	return cmp.Or(err, l.err)
}

// rest looks on for d at what must not come any more. Where it can be known that
// nothing does, that is enough; and how many come in the end is told there, not how
// many came first.
func (l *looking) rest(d, tick time.Duration) error {
	if !l.play.tells() {
		return l.until(d, tick, noIdea, l.over)
	}
	if err := l.play.rest(l.ctx, d); err != nil {
		return err
	}
	l.look()
	return l.err
}

// rest waits until nothing can come any more, d at most and for what is late then.
func (p *play) rest(ctx context.Context, d time.Duration) error {
	over := time.Now().Add(d)
	if !p.restedWithin(ctx, d, (*receiver.Journal).Idle) {
		p.restedWithin(ctx, lateWithin, due(over))
	}
	if ctx.Err() != nil {
		return errInterrupted
	}
	return nil
}

// until calls met at every change of a journal, or every tick if that is not 0,
// until it holds, d is over, or idle says that nothing can come any more.
// Where idle can tell, d is over only when all that should have come by then has
// come: on a busy machine a story waits, and does not judge what is under way.
func (p *play) until(ctx context.Context, d, tick time.Duration, idle idleness, met func() bool) error {
	over := time.Now().Add(max(d, 0))
	changed := p.watch.next() // before met looks: what comes meanwhile rings
	if met() {
		return nil
	}
	still := idle()
	enough := time.NewTimer(time.Until(over))
	defer enough.Stop()
	var ticks <-chan time.Time
	if tick > 0 {
		ticker := time.NewTicker(tick)
		defer ticker.Stop()
		ticks = ticker.C
	}
	for last, late := false, false; !last; {
		if ticks != nil {
			changed = nil // a counter that asks a mock rings, too
		}
		select {
		case <-changed:
		case <-ticks:
		case <-still:
			last = true
		case <-enough.C:
			if still == nil || late {
				last = true
				break
			}
			var done func()
			still, done = p.still(ctx, due(over))
			defer done()
			enough.Reset(lateWithin)
			late = true
		case <-ctx.Done():
			return errInterrupted
		}
		changed = p.watch.next()
		if met() {
			return nil
		}
	}
	return nil
}

// look reads every counter and every journal.
func (l *looking) look() {
	l.err = nil
	l.view.effects = l.view.effects[:0]
	if l.step.Effects != nil {
		for _, c := range l.step.Effects.Counts {
			n, err := l.play.counted(l.ctx, c.Name)
			if err != nil {
				l.err = err
			}
			l.view.effects = append(l.view.effects, EffectResult{Name: c.Name, Want: c.Want, Got: n - l.before.effects[c.Name]})
		}
	}
	if l.step.Expect == nil {
		return
	}
	if l.step.Expect.ofConsole() {
		l.view.office = l.play.office(l.before.began, l.before.told)
	}
	l.view.entries = map[string][]seen{}
	for _, e := range l.step.Expect.Entries {
		if _, done := l.view.entries[e.Endpoint]; !done {
			l.view.entries[e.Endpoint] = l.play.seen(e.Endpoint, l.before.entries[e.Endpoint])
		}
	}
}

// over reports whether a counter has risen by more than is wanted.
func (l *looking) over() bool {
	for _, e := range l.view.effects {
		if e.Got > e.Want {
			return true
		}
	}
	return false
}

// reached reports whether every counter has risen as wanted.
func (l *looking) reached() bool {
	for _, e := range l.view.effects {
		if e.Got != e.Want {
			return false
		}
	}
	return true
}

// arrived reports whether the entries are as wanted.
func (l *looking) arrived() bool {
	if l.step.Expect == nil {
		return true
	}
	var j judgment
	for _, e := range l.step.Expect.Entries {
		j.entry("", e, l.view.entries[e.Endpoint])
	}
	j.console(*l.step.Expect, l.view.office)
	return len(j.failures) == 0
}

// tick returns how often the step's counters must be asked.
func (p *play) tick(s Step) time.Duration {
	if s.Effects == nil {
		return 0
	}
	for _, c := range s.Effects.Counts {
		if p.counters[c.Name] != nil {
			return pollEvery
		}
	}
	return 0
}

// idleness returns a channel that is closed once nothing can come any more, where
// that can be known: with mocks only. With a real endpoint only time tells, and
// the channel is nil. It is watched for from the first call on.
type idleness func() <-chan struct{}

// noIdea is the idleness of what is not ours.
func noIdea() <-chan struct{} { return nil }

// quiet returns the idleness of what is in flight; done ends the watching.
func (p *play) quiet(ctx context.Context) (idle idleness, done func()) {
	unwatch := func() {}
	if !p.tells() {
		return noIdea, unwatch
	}
	return sync.OnceValue(func() (still <-chan struct{}) {
		still, unwatch = p.still(ctx, (*receiver.Journal).Idle)
		return still
	}), func() { unwatch() }
}

// still returns a channel that is closed once every mock's journal is at rest,
// as rest tells. done ends the watching.
func (p *play) still(ctx context.Context, rest func(*receiver.Journal, context.Context) error) (still <-chan struct{}, done func()) {
	ctx, cancel := context.WithCancel(ctx)
	closed, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		if p.rested(ctx, rest) {
			close(closed)
		}
	}()
	return closed, func() {
		cancel()
		<-ended
	}
}

// tells reports whether it can be known that nothing more comes: where all
// endpoints are mocks, and no counter looks elsewhere.
func (p *play) tells() bool {
	return len(p.counters) == 0 && !slices.ContainsFunc(p.seats, func(s *seat) bool { return s.real() })
}

// due is a journal's rest in which only what comes later than then is in flight.
func due(then time.Time) func(*receiver.Journal, context.Context) error {
	return func(j *receiver.Journal, ctx context.Context) error { return j.Quiet(ctx, then) }
}

// rested waits until no attempt is being made, all that was written has arrived
// and every journal is at rest. It returns false when ctx ends first.
func (p *play) rested(ctx context.Context, rest func(*receiver.Journal, context.Context) error) bool {
	for {
		if p.clock.Still(ctx) != nil || !p.arrived(ctx) {
			return false
		}
		before := p.watch.total()
		for _, s := range p.seats {
			if !s.real() && rest(s.mock.Journal(), ctx) != nil {
				return false
			}
		}
		for _, a := range p.accounts {
			if a.console != nil && a.console.Idle(ctx) != nil {
				return false
			}
		}
		// A reaction of one mock is a request at another: only a round in which
		// nothing came was quiet.
		if p.watch.total() == before {
			return true
		}
	}
}

// calm waits for what is in flight and due, where that can be known.
func (p *play) calm(ctx context.Context) {
	if !p.tells() {
		return
	}
	p.restedWithin(ctx, lateWithin, due(time.Now()))
}

// restedWithin is rested for d at most.
func (p *play) restedWithin(ctx context.Context, d time.Duration, rest func(*receiver.Journal, context.Context) error) bool {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	return p.rested(ctx, rest)
}

// arrived waits until everything has arrived that was written and not answered.
func (p *play) arrived(ctx context.Context) bool {
	p.note()
	p.mu.Lock()
	unanswered := slices.Clone(p.unanswered)
	p.mu.Unlock()
	for _, on := range unanswered {
		if !p.arrival(ctx, on) {
			return false
		}
		p.mu.Lock()
		p.unanswered = slices.DeleteFunc(p.unanswered, func(other visit) bool { return other == on })
		p.mu.Unlock()
	}
	return true
}

// lateWithin is how long what should have come by a time may be late because the
// machine is busy. A reaction that waits for a mock that hangs is in flight, too,
// and not late.
const lateWithin = 2 * time.Second

// arriveWithin is how long a request that was written may take to a mock's
// journal. One that was lost with its connection never gets there.
const arriveWithin = 2 * time.Second

// arrival waits until that request has come, or will not any more. It returns
// false when ctx ends first.
func (p *play) arrival(ctx context.Context, on visit) bool {
	if p.watch.arrived(on) {
		return true
	}
	lost := time.NewTimer(arriveWithin)
	defer lost.Stop()
	for {
		changed := p.watch.next()
		if p.watch.arrived(on) {
			return true
		}
		select {
		case <-changed:
		case <-lost.C:
			return true
		case <-ctx.Done():
			return false
		}
	}
}

// seen returns what reached an endpoint since its entry number from.
func (p *play) seen(endpoint string, from int) []seen {
	var out []seen
	p.note()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range p.watch.between(endpoint, from, p.watch.count(endpoint)) {
		s := seen{Entry: e}
		if first, ok := p.watch.first(endpoint, e.DuplicateOf); ok {
			s.duplicate = max(p.attempts[visitOf(first)], first.Attempt)
		}
		out = append(out, s)
	}
	return out
}
