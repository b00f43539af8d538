// Package receiver plays the endpoint: it reads a request, checks it, keeps it
// in a journal, answers as told and goes on to react. It never knows who sends.
package receiver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"slices"
	"sync/atomic"
	"time"

	"github.com/hookdrill/hookdrill/schema"
	"github.com/rs/zerolog"
)

// Receiver is an endpoint: an http.Handler. It is safe for concurrent use.
//
//	r := receiver.New(profile)
//	defer r.Close()
//	server := httptest.NewServer(r)
//	... press the button ...
//	entries, err := r.Journal().Wait(ctx, receiver.Match{}, 1)
type Receiver struct {
	profile    *schema.Profile
	checks     []Check
	seen       *Check // the one among checks that the journal runs
	proxies    proxies
	maxBody    int64
	recordOnly bool
	secrets    []string
	logger     zerolog.Logger

	behavior  atomic.Pointer[Behavior]
	reactions atomic.Pointer[[]Reaction]
	journal   *Journal
	reactor   *reactor
	seed      uint64 // of what behaviors leave to chance
	base      context.Context
	stop      context.CancelCauseFunc

	// what options leave for New
	limits          struct{ entries, bytes int } // of the journal
	firstBehavior   Behavior
	checksGiven     bool
	reactionTimeout time.Duration
	network         Network // of reactions
}

// Option changes how a Receiver works. Without any, method, content type and
// schema are checked, then 200 is answered.
type Option func(*Receiver)

// WithChecks runs cs in the order given, in place of the defaults.
func WithChecks(cs ...Check) Option {
	return func(r *Receiver) { r.checks, r.checksGiven = slices.Clone(cs), true }
}

// WithBehavior answers as b says, in place of "status 200".
func WithBehavior(b Behavior) Option { return func(r *Receiver) { r.firstBehavior = b } }

// WithSeed says from what behaviors draw that leave something to chance, in place
// of 0: the same seed and the same order of requests give the same answers.
func WithSeed(seed uint64) Option { return func(r *Receiver) { r.seed = seed } }

// WithReactions has the endpoint go on to do rs, in this order.
func WithReactions(rs ...Reaction) Option {
	return func(r *Receiver) { r.SetReactions(rs...) }
}

// WithLogger logs one line for each request; without it there is silence.
// Secrets are redacted, control characters escaped.
func WithLogger(l zerolog.Logger) Option { return func(r *Receiver) { r.logger = l } }

// WithMaxBody bounds a request's body to n bytes, in place of DefaultMaxBody.
func WithMaxBody(n int64) Option { return func(r *Receiver) { r.maxBody = n } }

// WithJournalLimits bounds the journal to n entries and to about so many bytes,
// in place of DefaultJournalEntries and DefaultJournalBytes.
func WithJournalLimits(n int, bytes int) Option {
	return func(r *Receiver) { r.limits.entries, r.limits.bytes = n, bytes }
}

// WithRecordOnly answers as if all were well: what the checks find, an encoded
// body included, is kept in the entry and refuses nothing, and reactions follow.
// The limits of size, target, protocol and time still hold.
func WithRecordOnly() Option { return func(r *Receiver) { r.recordOnly = true } }

// WithTrustedProxies believes the one header ("" is DefaultProxyHeader) of peers
// on the list ps. Without it no forwarding header has any effect.
func WithTrustedProxies(ps []netip.Prefix, header string) Option {
	return func(r *Receiver) { r.proxies = newProxies(ps, header) }
}

// WithSecretHeaders redacts these headers at every exit too, beside the
// well-known ones and those of CheckHeader.
func WithSecretHeaders(names ...string) Option {
	return func(r *Receiver) { r.secrets = append(r.secrets, names...) }
}

// WithReactionTimeout bounds each reaction, in place of DefaultReactionTimeout.
func WithReactionTimeout(d time.Duration) Option { return func(r *Receiver) { r.reactionTimeout = d } }

// WithNetwork sends reactions over n in place of the system's network.
func WithNetwork(n Network) Option { return func(r *Receiver) { r.network = n } }

// New returns a receiver for pushes of p; nil is an endpoint that no platform
// pushes to, which has no checks unless they are given. Close ends what waits in
// it.
func New(p *schema.Profile, opts ...Option) *Receiver {
	r := &Receiver{profile: p, maxBody: DefaultMaxBody, firstBehavior: Answer{}, reactionTimeout: DefaultReactionTimeout, network: new(net.Dialer), logger: zerolog.Nop()}
	r.limits.entries, r.limits.bytes = DefaultJournalEntries, DefaultJournalBytes
	for _, o := range opts {
		o(r)
	}
	if !r.checksGiven && p != nil {
		r.checks = DefaultChecks()
	}
	for i, c := range r.checks {
		if c.seen {
			r.seen = &r.checks[i]
		}
		if c.secret != "" {
			r.secrets = append(r.secrets, c.secret)
		}
		if c.compile != nil && p != nil {
			c.compile(p)
		}
	}
	if form, signs := r.signature(); signs && !schema.SecretHeader(form.Header) {
		r.secrets = append(r.secrets, form.Header)
	}
	for _, t := range r.proxies.trusted {
		if t != UnixPeer && t.Bits() == 0 {
			r.logger.Warn().Str("prefix", t.String()).Msg("every peer is a trusted proxy: anybody can claim any address")
		}
	}
	r.base, r.stop = context.WithCancelCause(context.Background())
	r.journal = newJournal(r.limits.entries, r.limits.bytes)
	r.reactor = newReactor(r.reactionTimeout, r.network)
	r.SetBehavior(r.firstBehavior)
	return r
}

// Journal returns the receiver's journal.
func (r *Receiver) Journal() *Journal { return r.journal }

// SecretHeaders returns the names of headers that are secret here beside the
// well-known ones.
func (r *Receiver) SecretHeaders() []string { return slices.Clone(r.secrets) }

// SetBehavior changes the behavior for the requests that arrive from now on and
// starts its turns anew. Behavior returns it.
func (r *Receiver) SetBehavior(b Behavior) {
	if varies(b) {
		b = NewTurns(Turn{Behavior: b}) // which count
	}
	if turns, ok := b.(interface{ restart(seed uint64) }); ok {
		turns.restart(r.seed)
	}
	r.behavior.Store(&b)
}

// SetReactions changes what the endpoint goes on to do after the requests that
// arrive from now on.
func (r *Receiver) SetReactions(rs ...Reaction) {
	rs = slices.Clone(rs)
	r.reactions.Store(&rs)
}

// Behavior returns the behavior that answers.
func (r *Receiver) Behavior() Behavior { return *r.behavior.Load() }

// errStopped is the cause of contexts that Close ended.
var errStopped = errors.New("the receiver was closed")

// Close ends every waiting behavior, reaction and Journal.Wait, and returns when
// none is running, or with an error after 10 s: a behavior that is not ours must
// end with its request's context. What still arrives is answered; a wait in it
// ends at once.
func (r *Receiver) Close() error {
	r.stop(errStopped)
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	err := r.journal.Idle(ctx)
	r.journal.close()
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("close the receiver: a behavior or reaction still runs after %s", closeTimeout)
	}
	return nil
}

// ServeHTTP reads, checks, keeps and answers one request, and goes on to react.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	x := &exchange{arrived: time.Now(), stop: r.base.Done(), secrets: r.secrets, journal: r.journal}
	ctx, cancel := context.WithCancelCause(context.WithValue(req.Context(), exchangeKey{}, x))
	defer cancel(nil)
	defer context.AfterFunc(r.base, func() { cancel(errStopped) })()
	v := &visit{r: r, w: w, req: req.WithContext(ctx), entry: Entry{Arrived: x.arrived}}
	x.visit = v
	if list := r.reactions.Load(); list != nil {
		v.reactions = *list
	}
	defer v.recover()

	v.read()
	x.ready = time.Now()
	v.entry.ReadAt = x.ready.Sub(x.arrived)
	v.check()
	v.entry.CheckedAt = x.since()
	v.keep()
	if done := v.answer(); !v.completed {
		v.complete(done)
	}
}

// visit is one request on its way through the receiver.
type visit struct {
	r         *Receiver
	w         http.ResponseWriter
	req       *http.Request
	entry     Entry
	limited   *Finding // a limit kept the request from being read
	refused   *Finding // what is answered in place of the behavior
	repeated  bool     // CheckSeen knows the event
	reactions []Reaction
	known     known   // to them: one after the other is carried out
	record    *record // nil until the entry is in the journal
	completed bool
}

// read takes in the request as far as the limits let it.
func (v *visit) read() {
	q := &v.entry.Request
	*q = arrive(v.req)
	q.Client = v.r.proxies.client(q)
	if v.limited = q.refuseUnread(v.req, v.r.maxBody, v.r.recordOnly); v.limited == nil {
		v.limited = q.readBody(v.w, v.req, v.r.maxBody)
	}
}

// check runs the checks in order up to the first that refuses; the others
// would only repeat in other words what is refused already.
func (v *visit) check() {
	if v.limited != nil {
		v.entry.Findings = append(v.entry.Findings, *v.limited)
		v.refused = v.limited
		return
	}
	if v.r.recordOnly && v.entry.Request.Header["Content-Encoding"] != nil {
		v.entry.Findings = append(v.entry.Findings, *encoded(&v.entry.Request))
	}
	for _, c := range v.r.checks {
		if c.seen {
			continue
		}
		f := c.run(v.r.profile, &v.entry.Request)
		if f == nil {
			continue
		}
		v.entry.Findings = append(v.entry.Findings, *f)
		if f.Refuses() && !v.r.recordOnly {
			v.refused = f
			break
		}
	}
	v.entry.Request.read(v.r.profile)
}

// keep puts the entry into the journal, before any byte of the answer leaves.
func (v *visit) keep() {
	v.record = v.r.journal.admit(v.entry, v.entry.Request.text("event_id"), func(e *Entry, accepted uint64) bool {
		if v.refused == nil && v.r.seen != nil {
			e.Request.seenAs = int64(accepted)
			if f := v.r.seen.run(v.r.profile, &e.Request); f != nil {
				e.Findings = append(e.Findings, *f)
				v.repeated = true
				if f.Refuses() && !v.r.recordOnly {
					v.refused = f
				}
			}
		}
		v.entry = *e
		return v.refused != nil
	})
}

// answer refuses, or does what comes before the answer and behaves.
func (v *visit) answer() Done {
	if v.refused != nil {
		return refuse(v.w, v.req, *v.refused)
	}
	if v.reacts(Before) {
		v.react(Before, &v.entry.Request)
		exchangeOf(v.req).ready = time.Now()
	}
	return v.behavior().Respond(v.w, v.req)
}

// behavior is that of the receiver, unless the connection has taken a turn of it
// for its first request.
func (v *visit) behavior() Behavior {
	if c := v.connection(); c.hello != nil && c.hello.of == v.r && v.entry.Request.Place == 1 {
		return c.hello.turn
	}
	return v.r.Behavior()
}

// connection is what v came on; of a server that is not ours, what the request
// tells.
func (v *visit) connection() *connection {
	if c, ok := v.req.Context().Value(connectionKey{}).(*connection); ok {
		return c
	}
	q := &v.entry.Request
	return &connection{peer: q.Peer, local: q.Local, unix: q.unix}
}

// complete closes the entry and starts what comes after the answer. It is in
// flight before the entry is complete, so that Journal.Idle cannot fall between.
func (v *visit) complete(done Done) {
	if v.reacts(After) {
		v.r.journal.react()
		request := v.entry.Request
		go func() {
			defer v.r.journal.reacted()
			v.react(After, &request)
		}()
	}
	v.completed = true
	v.r.journal.complete(v.record, func(e *Entry) { e.Done = done; v.entry = *e })
	v.log()
}

func (v *visit) reacts(when string) bool {
	return v.refused == nil && !v.repeated && slices.ContainsFunc(v.reactions, func(r Reaction) bool { return r.due(when) })
}

func (r Reaction) due(when string) bool { return r.When == when || r.When == "" && when == After }

// react carries out the reactions that are due, one after the other.
func (v *visit) react(when string, request *Request) {
	v.known.request = request
	for i, reaction := range v.reactions {
		if !reaction.due(when) {
			continue
		}
		if done, ok := v.r.reactor.run(v.r.base, v.r.journal, i, reaction, &v.known); ok {
			v.r.journal.note(v.record, done)
		}
	}
}

// recover turns a panic in a check or behavior into a 500 and an entry that
// says so; the process lives on.
func (v *visit) recover() {
	p := recover()
	if p == nil {
		return
	}
	if v.record == nil {
		v.record = v.r.journal.admit(v.entry, "", func(*Entry, uint64) bool { return true })
	}
	done := Done{Asked: "panic", Ended: EndedClosed}
	if p != http.ErrAbortHandler {
		done = Done{Asked: "panic", Status: http.StatusInternalServerError, Ended: EndedAnswered}
		v.w.Header().Set("Connection", "close")
		http.Error(v.w, "the receiver's handler panicked; its journal says more", done.Status)
	}
	if !v.completed {
		v.r.journal.complete(v.record, func(e *Entry) { e.Done, e.Panic = done, shown(fmt.Sprint(p)); v.entry = *e })
	}
	v.r.logger.Error().Uint64("seq", v.entry.Seq).Str("panic", shown(fmt.Sprint(p))).Str("stack", string(debug.Stack())).Msg("panic")
	if p == http.ErrAbortHandler {
		panic(p)
	}
}

// log writes the one line of a request.
func (v *visit) log() {
	e := v.r.logger.Info()
	if !e.Enabled() {
		return
	}
	q := &v.entry.Request
	e.Uint64("seq", v.entry.Seq).Str("method", shown(q.Method)).Str("target", shown(schema.RedactURL(q.Target))).
		Str("peer", q.Client.Peer).Int64("bytes", q.BodyBytes)
	if id := q.text("event_id"); id != "" {
		e.Str("event_id", shown(id)).Int("attempt", v.entry.Attempt)
	}
	for _, f := range v.entry.Findings {
		e.Str("found_"+f.Check, escaped(f.Violations[0].String()))
	}
	e.Int("status", v.entry.Done.Status).Str("ended", v.entry.Done.Ended).Dur("took", v.entry.Completed.Sub(v.entry.Arrived)).Msg("request")
}
