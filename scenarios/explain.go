package scenarios

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

// Question is what somebody wants explained.
type Question struct {
	Text     string            // an error's text, a line of a log, the name of an outcome or of a fault
	After    time.Duration     // how long after the press it came; 0: not known
	Profiles []*schema.Profile // the platforms that are asked what follows
	Sayings  []Saying          // texts of ours beside those of clients: a report's
}

// Saying is a text that a program prints, and what may have happened then.
type Saying struct {
	Text   string           // "…" in it is what differs each time
	By     string           // who prints it: "curl"
	Means  []sender.Outcome // the likeliest first; without a kind or a phase it is one of any; none: what its Faults are
	Status int              // of an answer; 0: it tells none
	Faults []string         // of the catalogue, that fit it better than others with the same outcome
	Source string           // where that is said, or how it was seen
	Note   string           // why one text stands for several outcomes; ""

	// DialTimeout is whether it is a limit of the dialer's own that speaks.
	DialTimeout bool

	weak   bool           // a word that many texts have: it counts where nothing else does
	within []sender.Phase // of a weak one: in which it is, whatever else says why; none: it does not tell
	phrase phrase         // Text as it is searched; nil for one that was handed in
}

// Explanation is what may stand behind a text.
type Explanation struct {
	Read   []Saying // what was recognized in it
	Causes []Cause  // the likeliest first; none: nothing was recognized
}

// Cause is one thing that may have happened.
type Cause struct {
	Outcome     sender.Outcome
	DialTimeout bool       // a limit of the dialer's own ended it, before the deadline
	Status      int        // of an answer; 0: there is none, or any
	Does        string     // what it is, in a sentence
	Why         []string   // what of the text speaks for it
	Time        string     // what the time speaks for; "" where none was given
	GoText      []string   // what a Go client with one deadline prints of it
	Platforms   []Foretold // in the order of the question's profiles
	Ways        []Way      // to see it happen, the plainest first; none: nothing here makes it
}

// Foretold is what one platform makes of a cause.
type Foretold struct {
	Profile string
	Title   string
	Instead string // what the platform sees in place of the cause at that time; ""
	// Delivery has one attempt that was never made; nil where the platform is still
	// waiting at that time, as Instead says.
	Delivery *sender.Delivery
}

// Way is how a cause is made to happen.
type Way struct {
	Fault    string        // its name in the catalogue; "" for none of it
	Does     string        // what the endpoint or our dialer does
	Profile  string        // the platform on which it is seen
	Behavior string        // of a mock endpoint; "" where it is in the handshake or in the dialer
	TLS      string        // that the mock needs; "" is plain HTTP
	Dial     string        // fault of our dialer, for which no mock is needed; "" for none
	HTTPS    bool          // whether it is pressed by https
	Insecure bool          // whether the mock's certificate is not to be verified
	Deadline time.Duration // of the press, in place of the documented one; 0: that
	Story    string        // a shipped story that shows it, where a press alone does not; ""

	header http.Header // of the answer
}

// Explain looks for what may stand behind a text: it sends nothing. What is not
// recognized in it is passed over.
func Explain(q Question) Explanation {
	read := q.read()
	e := Explanation{}
	for _, one := range read {
		e.Read = append(e.Read, one.Saying)
	}
	faults := specimens()
	candidates := candidatesOf(read, faults)
	if q.After > 0 {
		candidates = withLimits(candidates, q)
	}
	for _, c := range candidates {
		c.timely = c.near(q)
	}
	slices.SortStableFunc(candidates, func(a, b *candidate) int {
		switch {
		case a.timely == b.timely:
			return cmp.Or(b.weight-a.weight, a.status-b.status)
		case a.timely:
			return -1
		}
		return 1
	})
	for _, c := range candidates {
		e.Causes = append(e.Causes, c.cause(q, faults))
	}
	if len(read) > 0 && read[0].only != nil && len(e.Causes) > 1 {
		// One fault, which no platform that was asked sees so.
		e.Causes = slices.DeleteFunc(e.Causes, func(c Cause) bool { return len(c.Ways) == 0 })
	}
	return e
}

// candidate is a cause while it is weighed.
type candidate struct {
	sender.Outcome
	dial   bool
	status int
	fits   []evidence
	weight int
	timely bool // it fits the time
}

// candidatesOf are the causes that fit as much of what was read as any does.
func candidatesOf(read []evidence, all []specimen) (out []*candidate) {
	for _, e := range read {
		for _, o := range e.outcomes(all) {
			c := &candidate{Outcome: o.Outcome, dial: e.DialTimeout, status: o.status}
			if !slices.ContainsFunc(out, c.same) {
				out = append(out, c)
			}
		}
	}
	most := 0
	for _, c := range out {
		for _, e := range read {
			if at, fits := e.fits(c); fits {
				c.fits = append(c.fits, e)
				// Who means little is the more certain of what is likely.
				c.weight += 100*e.strength - 60*at/max(1, len(e.Means))
			}
		}
		most = max(most, len(c.fits))
	}
	return slices.DeleteFunc(out, func(c *candidate) bool { return len(c.fits) < most })
}

// withLimits adds that a limit of the dialer's own may have been over where the
// text says of a time-out no more than that it was one, and no deadline was near.
func withLimits(list []*candidate, q Question) []*candidate {
	for _, c := range slices.Clone(list) {
		told := slices.ContainsFunc(c.fits, func(e evidence) bool { return e.strength == ofClient })
		if c.Kind != sender.Timeout || c.Phase != sender.PhaseConnect || c.dial || told || c.near(q) {
			continue
		}
		limit := *c
		limit.dial = true
		list = append(list, &limit)
	}
	return list
}

func (c *candidate) same(o *candidate) bool {
	return c.Outcome == o.Outcome && c.dial == o.dial && c.status == o.status
}

// fits reports whether the cause is among what was read, and how far behind the
// likeliest.
func (e evidence) fits(c *candidate) (at int, fits bool) {
	switch {
	case e.narrows:
		return 0, slices.Contains(e.within, c.Phase)
	case e.only != nil:
		at = slices.Index(e.only, outcomeOf{c.Outcome, c.status})
	case e.Status != 0 && c.Kind != sender.Answered:
		return 0, c.Phase == sender.PhaseBody // its head had come
	case e.Status != 0:
		return 0, c.status == e.Status
	default:
		at = slices.IndexFunc(e.Means, func(o sender.Outcome) bool { return covers(o, c.Outcome) })
	}
	return at, at >= 0 && (!e.DialTimeout || c.dial)
}

// covers reports whether the outcome is one of those that a pattern stands for.
func covers(pattern, o sender.Outcome) bool {
	return (pattern.Kind == "" || pattern.Kind == o.Kind) && (pattern.Phase == "" || pattern.Phase == o.Phase)
}

// outcomes are those that a saying means: one that is fully told as it is, of the
// others those that the catalogue has.
func (e evidence) outcomes(all []specimen) (out []outcomeOf) {
	switch {
	case e.narrows:
		return nil
	case e.only != nil:
		return e.only
	case e.Status != 0:
		return []outcomeOf{{sender.Outcome{Kind: sender.Answered, Phase: sender.PhaseBody}, e.Status}}
	}
	for _, pattern := range e.Means {
		some := false
		for _, s := range all {
			if covers(pattern, s.Outcome) {
				out, some = append(out, s.outcomeOf), true
			}
		}
		if o := usual(pattern); !some && o.Kind != "" && o.Phase != "" {
			out = append(out, outcomeOf{Outcome: o})
		}
	}
	return out
}

// usual puts the phase where an outcome is told by its kind alone, and happens in
// one phase mostly.
func usual(o sender.Outcome) sender.Outcome {
	if o.Phase != "" {
		return o
	}
	switch o.Kind {
	case sender.Unreachable:
		o.Phase = sender.PhaseConnect
	case sender.PlainHTTP:
		o.Phase = sender.PhaseTLS
	case sender.Canceled:
		o.Phase = sender.PhaseHeaders
	}
	return o
}

// wantedFaults are those that the sayings fit best.
func (c *candidate) wantedFaults() (names []string) {
	for _, e := range c.fits {
		names = append(names, e.Faults...)
	}
	return names
}

// cause says all there is to say of a candidate.
func (c *candidate) cause(q Question, all []specimen) Cause {
	out := Cause{Outcome: c.Outcome, DialTimeout: c.dial, Status: c.status, Does: c.does(), GoText: c.goText()}
	for _, e := range c.fits {
		out.Why = append(out.Why, e.why())
	}
	if q.After > 0 {
		out.Time = c.timing(q)
	}
	out.Ways = c.ways(q, all)
	for _, p := range q.Profiles {
		out.Platforms = append(out.Platforms, c.foretell(p, q.After, out.Ways))
	}
	return out
}

// goText is what a Go client prints of the candidate, its likeliest texts and
// without the parts of longer ones.
func (c *candidate) goText() (out []string) {
	limit := sender.Phase("")
	if c.dial {
		limit = sender.PhaseConnect
	}
	first, rest := []string{}, []string{}
	for _, s := range sender.GoSayings() {
		switch at := slices.IndexFunc(s.Means, func(o sender.Outcome) bool { return covers(o, c.Outcome) }); {
		case at < 0 || s.Limit != limit:
		case at == 0:
			first = append(first, s.Text)
		default:
			rest = append(rest, s.Text)
		}
	}
	if out = first; len(out) == 0 {
		out = rest
	}
	return slices.DeleteFunc(out, func(text string) bool {
		return slices.ContainsFunc(out, func(other string) bool { return strings.Contains(other, text) && !strings.HasSuffix(other, text) })
	})
}
