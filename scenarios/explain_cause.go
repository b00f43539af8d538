package scenarios

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

// How far from a deadline a time that somebody has measured may be and still be
// that deadline's: clocks begin at different moments, and timers are late. They
// are ours.
const (
	nearBefore = 20                     // before it, a twentieth of it
	nearAfter  = 10                     // behind it, a tenth of it
	leastAfter = 250 * time.Millisecond // and at least so much
)

// during says when a connection came to its end.
var during = map[sender.Phase]string{
	sender.PhaseDNS:     "while its name was looked up",
	sender.PhaseConnect: "while it was being made",
	sender.PhaseTLS:     "in the TLS handshake",
	sender.PhaseWrite:   "while the request was being written",
	sender.PhaseHeaders: "before the headers of an answer had come",
	sender.PhaseBody:    "in the middle of the answer's body",
}

// unended says what had not come to its end when time was over.
var unended = map[sender.Phase]string{
	sender.PhaseDNS:     "the host's name was not resolved in time",
	sender.PhaseConnect: "nobody answered the SYN in time: it was lost or dropped, or the endpoint accepts no more",
	sender.PhaseTLS:     "the connection was made, and the TLS handshake did not end in time",
	sender.PhaseWrite:   "the endpoint did not take the whole request in time",
	sender.PhaseHeaders: "the whole request was written, and the answer's headers did not come in time: a slow handler, mostly",
	sender.PhaseBody:    "the answer's headers came in time, the end of its body did not",
}

// happens says of kinds what they are, where the phase adds nothing.
var happens = map[sender.Kind]string{
	sender.NotFound:             "nobody knows the host by that name",
	sender.Refused:              "nobody listens at that port, or a firewall says so",
	sender.CertExpired:          "the endpoint's certificate has expired",
	sender.CertNotYetValid:      "the endpoint's certificate is not valid yet: its clock or ours is wrong, or it is used too soon",
	sender.CertUnknownAuthority: "the endpoint's certificate leads to no authority that is known: self-signed, signed by a private one, or sent without its intermediate",
	sender.CertWrongHost:        "the endpoint's certificate is for another host",
	sender.CertOutOfOrder:       "the endpoint sends its certificates out of order, which many clients forgive",
	sender.CertRequired:         "the endpoint wants a client certificate, and was shown none that it accepts",
	sender.PlainHTTP:            "the endpoint speaks plain HTTP where the URL says https",
	sender.TLSOther:             "the TLS handshake failed for another reason than a certificate: no version or cipher in common, or no TLS at all",
	sender.TooLarge:             "the answer's headers do not end, or are longer than anybody reads",
	sender.Canceled:             "whoever pressed gave up: no platform says so of itself",
}

// does says what the candidate is.
func (c *candidate) does() string {
	switch {
	case c.dial:
		return "a limit of the dialer's own, shorter than the deadline, was over: " + unended[c.Phase]
	case c.Kind == sender.Timeout:
		return unended[c.Phase]
	case c.Kind == sender.Reset:
		return "the other side broke the connection off (RST) " + during[c.Phase]
	case c.Kind == sender.Closed:
		return "the other side closed the connection (FIN) " + during[c.Phase]
	case c.Kind == sender.Malformed && c.Phase == sender.PhaseBody:
		return "the answer's body is not framed as HTTP says"
	case c.Kind == sender.Malformed:
		return "what came in place of headers is not HTTP"
	case c.Kind == sender.Unreachable && c.Phase == sender.PhaseDNS:
		return "the host's name could not be looked up: its name servers do not answer as they should"
	case c.Kind == sender.Unreachable:
		return "there is no way to the host"
	case c.Kind == sender.Answered && c.status == 0:
		return "the endpoint, or a proxy in front of it, answered"
	case c.Kind == sender.Answered:
		return strings.TrimSpace(fmt.Sprintf("the endpoint, or a proxy in front of it, answered %d %s", c.status, http.StatusText(c.status)))
	}
	return happens[c.Kind]
}

// near reports whether the candidate fits the time: a time-out at a deadline,
// anything else before one.
func (c *candidate) near(q Question) bool {
	if q.After == 0 {
		return true
	}
	return slices.ContainsFunc(q.Profiles, func(p *schema.Profile) bool {
		switch {
		case c.Kind != sender.Timeout:
			return q.After <= p.Deadline()
		case c.dial:
			return q.After < p.Deadline() && (p.DialTimeout() == 0 || isNear(q.After, p.DialTimeout()))
		}
		return isNearAny(q.After, deadlines(p))
	})
}

func isNear(at, deadline time.Duration) bool {
	return deadline-deadline/nearBefore <= at && at <= deadline+max(deadline/nearAfter, leastAfter)
}

func isNearAny(at time.Duration, list []time.Duration) bool {
	return slices.ContainsFunc(list, func(d time.Duration) bool { return isNear(at, d) })
}

// deadlines are the sides of a platform's deadline, the one that is acted on
// first.
func deadlines(p *schema.Profile) []time.Duration {
	out := []time.Duration{p.Deadline()}
	fact, _ := p.Fact("deadline")
	for _, side := range fact.Alternatives {
		if d, err := time.ParseDuration(side.Text()); err == nil && !slices.Contains(out, d) {
			out = append(out, d)
		}
	}
	return out
}

// timing says what the time speaks for.
func (c *candidate) timing(q Question) string {
	at := "at " + human(q.After) + ": "
	var near, open []string
	for _, p := range q.Profiles {
		for _, d := range deadlines(p) {
			if isNear(q.After, d) {
				near = append(near, fmt.Sprintf("%s (%s)", p.Title(), human(d)))
			}
		}
		if q.After <= p.Deadline() {
			open = append(open, p.Title())
		}
	}
	switch {
	case c.Kind == sender.Timeout && !c.dial && len(near) > 0:
		return at + "by the deadline of " + strings.Join(near, " and ")
	case c.Kind == sender.Timeout && c.dial && c.timely:
		return at + "before the deadline"
	case c.Kind == sender.Timeout:
		return at + "by no deadline of these platforms; another client's, or a proxy's"
	case len(open) == 0:
		return at + "too late for these platforms to see it"
	}
	return at + "in time to be seen by " + strings.Join(open, " and ")
}

// foretell is what the platform makes of the candidate.
func (c *candidate) foretell(p *schema.Profile, after time.Duration, ways []Way) Foretold {
	f := Foretold{Profile: p.Ref(), Title: p.Title()}
	deadline := p.Deadline()
	timeout := c.Kind == sender.Timeout && !c.dial
	if timeout && after > 0 && after < deadline-deadline/nearBefore {
		f.Instead = fmt.Sprintf("still waiting at %s: its deadline is %s", human(after), human(deadline))
		return f
	}
	a := sender.Attempt{Outcome: c.Outcome, Status: c.status, Deadline: deadline, Took: after, Written: writtenBy(c.Phase)}
	if c.Kind == sender.Answered && len(ways) > 0 {
		a.Header = ways[0].header
	}
	for _, e := range c.fits {
		a.Status = cmp.Or(a.Status, e.Status) // of the head of a body that broke off
	}
	switch {
	case timeout:
		a.Took = deadline
		if after > 0 && !isNearAny(after, deadlines(p)) {
			f.Instead = fmt.Sprintf("had cut it off before, at %s", human(deadline))
		}
	case after > deadline:
		f.Instead = fmt.Sprintf("had cut it off before, at %s", human(deadline))
		a = cutOff(a, after)
	case c.dial:
		a.DialTimeout = cmp.Or(p.DialTimeout(), after, deadline/2)
	case c.Kind == sender.Answered:
		a.LastByte = max(1, after)
	}
	d := c.foretold(p, a)
	f.Delivery = &d
	return f
}

// foretold is what the platform makes of the attempt in the words of a Go client,
// where its rule is written in them: those that were seen, else those of which it
// makes most.
func (c *candidate) foretold(p *schema.Profile, a sender.Attempt) (d sender.Delivery) {
	texts := c.goText()
	for _, e := range c.fits {
		if e.By == goClient {
			texts = []string{e.Text}
		}
	}
	for _, text := range append(texts, "") {
		a.GoText = ": " + text
		if d = sender.Foretell(p, a); d.Ended == sender.EndedOpen || len(texts) == 1 {
			break
		}
	}
	return d
}

// cutOff is the attempt as its deadline ended it, before what came later.
func cutOff(a sender.Attempt, after time.Duration) sender.Attempt {
	phase := a.Outcome.Phase
	if a.Outcome.Kind == sender.Answered {
		phase = sender.PhaseHeaders
		a.LastByte = after
		a.Late = sender.Late{Kind: sender.Answered, Status: a.Status, Headers: after, Until: after}
	}
	a.Outcome, a.Status, a.Header, a.Took = sender.Outcome{Kind: sender.Timeout, Phase: phase}, 0, nil, a.Deadline
	return a
}

// writtenBy is how much of a request had been written in a phase.
func writtenBy(phase sender.Phase) sender.Written {
	switch phase {
	case sender.PhaseWrite:
		return sender.WrittenPart
	case sender.PhaseHeaders, sender.PhaseBody:
		return sender.WrittenAll
	}
	return sender.WrittenNone
}
