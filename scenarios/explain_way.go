package scenarios

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hookdrill/hookdrill/receiver"
	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

// specimenDeadline is what the catalogue's attempts were given.
const specimenDeadline = 500 * time.Millisecond

// outcomeOf is an outcome, and the status where it is an answer.
type outcomeOf struct {
	sender.Outcome
	status int
}

// specimen is one outcome of one fault: of the endpoint's, or of our dialer's.
type specimen struct {
	outcomeOf
	fault   receiver.NamedFault
	dialer  bool
	profile string      // the only one that sees it so; "" is any
	header  http.Header // of an answer
	breaks  bool        // it does more than answer, soon or late
	kept    bool        // it is seen by the next attempt on a kept connection, and by no other
}

// specimens are what both catalogues have.
var specimens = sync.OnceValue(func() (out []specimen) {
	for _, f := range receiver.Faults() {
		one := specimen{fault: f}
		answer := receiver.Answer{}
		// The catalogue's own texts are sound: its tests carry them out.
		if behavior, err := receiver.ParseBehavior(cmp.Or(f.Behavior, "status 200")); err == nil {
			one.breaks = receiver.Breaks(behavior)
			answer, _ = behavior.(receiver.Answer)
		}
		for _, seen := range f.Seen {
			one.Outcome, one.status, one.profile = sender.Outcome{Kind: sender.Kind(seen.Kind), Phase: sender.Phase(seen.Phase)}, 0, seen.Profile
			if one.header = nil; one.Kind == sender.Answered {
				one.status, one.header = statusOf(answer), answer.Header
			}
			out = append(out, one)
		}
		if answer.End == receiver.CloseNext {
			one.outcomeOf, one.header, one.kept = outcomeOf{Outcome: closed[0]}, nil, true
			out = append(out, one)
		}
	}
	for _, f := range sender.DialFaults() {
		fault := receiver.NamedFault{Name: string(f.Kind), Does: "Our own dialer " + f.Does + "."}
		out = append(out, specimen{outcomeOf: outcomeOf{Outcome: f.Outcome}, fault: fault, dialer: true})
	}
	return out
})

// statusOf is what an answer's status line has.
func statusOf(a receiver.Answer) int {
	if a.Status == 0 && a.Redirect != "" {
		return http.StatusFound
	}
	return cmp.Or(a.Status, http.StatusOK)
}

// ways are how the candidate is made to happen: that which shows the very time
// first, then the catalogue's, those that do least beside answering before others.
func (c *candidate) ways(q Question, all []specimen) (out []Way) {
	wanted := c.wantedFaults()
	asked := c.fits[0].only != nil // for one fault
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b specimen) int {
		return cmp.Or(
			before(slices.Contains(wanted, a.fault.Name), slices.Contains(wanted, b.fault.Name)),
			before(!a.breaks, !b.breaks),
			before(a.fault.Layer == receiver.InHTTP, b.fault.Layer == receiver.InHTTP),
			cmp.Compare(strings.Count(a.fault.Behavior, "+"), strings.Count(b.fault.Behavior, "+")),
		)
	})
	plain := false // one of them is no more than the answer
	for _, s := range all {
		if s.Outcome != c.Outcome || s.status != c.status || asked && !slices.Contains(wanted, s.fault.Name) {
			continue
		}
		if profile, seen := s.seenOn(q.Profiles); seen {
			out = append(out, s.way(profile, c.dial))
			plain = plain || !s.breaks && s.fault.TLS == ""
		}
	}
	if asked {
		return out
	}
	return append(c.own(q, plain), out...)
}

// seenOn is a platform that sees the specimen's outcome in its fault.
func (s specimen) seenOn(profiles []*schema.Profile) (ref string, seen bool) {
	if s.profile != "" {
		return s.profile, true
	}
	for _, p := range profiles {
		if !slices.ContainsFunc(s.fault.Seen, func(other receiver.Seen) bool { return other.Profile == p.Ref() }) {
			return p.Ref(), true
		}
	}
	return "", false
}

// before is how what has a quality is sorted against what may have it too.
func before(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// own are ways that no catalogue has; plain is whether it has the mere answer.
func (c *candidate) own(q Question, plain bool) []Way {
	if len(q.Profiles) == 0 {
		return nil
	}
	p, delay := q.Profiles[0], ""
	if q.After > 0 {
		delay = "delay " + q.After.String() + " + "
	}
	switch {
	case c.Kind == sender.Timeout && c.Phase == sender.PhaseHeaders && q.After > 0:
		if p = whose(q); p == nil {
			return nil
		}
		return []Way{{Does: fmt.Sprintf("It answers 200 after %s.", human(q.After)), Profile: p.Ref(), Behavior: delay + "status 200"}}
	case c.Kind == sender.Timeout && c.Phase == sender.PhaseTLS && q.After > 0:
		if p = whose(q); p == nil {
			return nil
		}
		return []Way{{
			Does: fmt.Sprintf("It answers the client's hello after %s.", human(q.After)), Profile: p.Ref(), Behavior: "tls " + delay + "status 200",
			TLS: string(receiver.TLSValid), HTTPS: true, Insecure: true,
		}}
	case c.Kind == sender.Answered && c.status >= http.StatusOK && (!plain || delay != ""):
		does := fmt.Sprintf("It answers %d.", c.status)
		if delay != "" {
			does = fmt.Sprintf("It answers %d after %s.", c.status, human(q.After))
		}
		return []Way{{Does: does, Profile: p.Ref(), Behavior: fmt.Sprintf("%sstatus %d", delay, c.status)}}
	}
	return nil
}

// whose is the platform whose deadline the time is by, or else one whose deadline
// was over by then; nil for none.
func whose(q Question) (over *schema.Profile) {
	for _, p := range q.Profiles {
		switch {
		case p.Deadline() > q.After:
		case isNear(q.After, p.Deadline()):
			return p
		case over == nil:
			over = p
		}
	}
	return over
}

// way is how the specimen is seen; limit is whether by a limit of the dialer's own.
func (s specimen) way(profile string, limit bool) Way {
	w := Way{Fault: s.fault.Name, Does: s.fault.Does, Profile: profile, TLS: string(s.fault.TLS), HTTPS: s.fault.TLS != "", header: s.header}
	if s.fault.Behavior != "" {
		w.Behavior = "fault " + s.fault.Name
	}
	if s.dialer {
		w.Dial = s.fault.Name
	}
	if s.Kind == sender.Timeout {
		w.Deadline = specimenDeadline
	}
	switch {
	case limit:
		w.Story = s.shippedStory(profile, func(story *Scenario) bool { return story.DialTimeout > 0 })
	case s.kept:
		w.Story = s.shippedStory(profile, func(story *Scenario) bool { return story.KeepConnections })
	case s.Kind == sender.CertOutOfOrder: // press would need the mock's authority
		w.Story = s.shippedStory(profile, func(*Scenario) bool { return true })
	case w.HTTPS:
		// What is wrong with a certificate is seen because it is verified.
		w.Insecure = s.fault.TLS != receiver.TLSPlain && (!strings.HasPrefix(string(s.Kind), "cert_") || s.Kind == sender.CertRequired)
	}
	return w
}

// shipped are the stories of the library. They can be loaded: their tests tell it.
var shipped = sync.OnceValue(func() []*Scenario {
	list, _ := LoadLibrary(LoadOptions{})
	return list
})

// shippedStory is the first story of the library in which the fault happens and
// which is as shows says, if there is one on that profile; "" for none.
func (s specimen) shippedStory(profile string, shows func(*Scenario) bool) (file string) {
	for _, story := range shipped() {
		for _, one := range append([]*Scenario{story}, story.variants...) {
			switch {
			case !one.has(s.fault), !shows(one):
			case slices.Contains(one.Profiles, profile):
				return story.File
			case file == "":
				file = story.File
			}
		}
	}
	return file
}

// has reports whether the fault happens in the story: in the dialer, as the kind
// of a mock's TLS, or by its name in a mock's behavior.
func (s *Scenario) has(fault receiver.NamedFault) bool {
	for _, step := range slices.Concat(s.Setup, s.Steps) {
		if step.Press != nil && string(step.Press.Fault.Kind) == fault.Name {
			return true
		}
	}
	for _, stage := range s.Stages {
		for _, endpoint := range stage.Endpoints {
			if fault.TLS != "" && endpoint.TLS == fault.TLS || len(phrase{"fault " + fault.Name}.in(endpoint.Behavior)) > 0 {
				return true
			}
		}
	}
	return false
}
