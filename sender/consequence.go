package sender

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hookdrill/hookdrill/schema"
)

// consequence says what follows on the platform after an attempt, clause by
// clause from the profile's facts.
func consequence(p *schema.Profile, a Attempt, next sequel) Consequence {
	c := &clauses{profile: p, weakest: schema.Documented}
	switch {
	case a.Delivered:
		c.seen("success_seen")
		return c.sentence()
	case a.Outcome.Kind == Canceled:
		return canceledHere
	}
	c.seen("failure_seen")
	if a.Outcome.Kind == Answered {
		c.successRule()
	}
	c.repeat(next)
	if mayBeWorking(a) {
		c.say("the endpoint may still be working: a second click sends it again")
	}
	return c.sentence()
}

// canceledHere is the consequence of our own end.
var canceledHere = Consequence{Text: "none: the press was canceled here, where a platform would have gone on", Status: schema.Unknown}

// mayBeWorking reports whether the endpoint had all of the request, and the
// platform calls it failed although nobody said no. In TLS 1.3 the request is on the
// wire by the time that the endpoint refuses the handshake: nobody reads it.
func mayBeWorking(a Attempt) bool {
	return a.Written == WrittenAll && a.Outcome.Phase != PhaseTLS && (a.Outcome.Kind != Answered || a.Status/100 == 2)
}

// clauses gathers a consequence's sentence and the facts behind it.
type clauses struct {
	profile *schema.Profile
	parts   []string
	facts   []string
	weakest schema.Status
}

func (c *clauses) say(text string) { c.parts = append(c.parts, text) }

// fact takes the fact into account and returns it; a fact that the profile lacks
// is unknown.
func (c *clauses) fact(name string) schema.Fact {
	fact, known := c.profile.Fact(name)
	if !known {
		fact = schema.Fact{Name: name, Status: schema.Unknown}
	}
	c.facts = append(c.facts, name)
	c.weaken(fact.Status)
	return fact
}

func (c *clauses) weaken(s schema.Status) {
	if weakness(s) > weakness(c.weakest) {
		c.weakest = s
	}
}

// seen says what the presser sees.
func (c *clauses) seen(name string) {
	fact := c.fact(name)
	if fact.Status == schema.Unknown {
		c.say("what the presser sees is not known")
		return
	}
	c.say("the presser sees " + fact.Text() + howKnown(fact))
}

// successRule says what the platform would have called delivered.
func (c *clauses) successRule() {
	fact := c.fact("success")
	c.say("only " + factInWords(fact.Text()) + " counts as delivered" + howKnown(fact))
}

// repeat says whether the platform sends it again, and when.
func (c *clauses) repeat(next sequel) {
	fact, rule := c.fact("retry"), c.profile.Retry()
	switch {
	case fact.Status == schema.Unknown:
		c.say("whether it is repeated is not known")
	case next.ended == EndedExhausted && rule.Within > 0 && rule.Max < 0:
		c.say("not repeated again: its " + inWords(rule.Within) + " are over" + howKnown(fact))
	case next.ended == EndedExhausted:
		c.say("not repeated again" + howKnown(fact))
	case next.ended != "":
		c.say("not repeated" + howKnown(fact))
	default:
		c.say("repeated " + howOften(rule) + c.howSure(fact, *next.by) + c.next(next))
		c.behind()
	}
}

// howSure says how well a rule's case is known: it may only be inferred from a
// document that states the rule.
func (c *clauses) howSure(fact schema.Fact, by schema.RetryCase) string {
	if by.Inferred == "" {
		return howKnown(fact)
	}
	c.weaken(schema.Inferred)
	return " (inferred " + fact.Read + ": " + by.Inferred + ")"
}

// next says when it is repeated, where a schedule is stated.
func (c *clauses) next(next sequel) string {
	if _, stated := c.profile.Fact("retry_schedule"); !stated {
		return ""
	}
	text := ", next " + about(min(next.wait, next.left)) + howKnown(c.fact("retry_schedule"))
	if next.asked == "" {
		return text
	}
	text += "; the answer asks for " + next.asked
	switch fact := c.fact("retry_after"); {
	case c.profile.RetryAfter().Respected:
		return text + ", which is heeded" + howKnown(fact)
	case fact.Status == schema.Unknown:
		return text + ": whether that is heeded is not known, and here it is not"
	default:
		return text + ", which is not heeded" + howKnown(fact)
	}
}

// behind says that others wait for it.
func (c *clauses) behind() {
	if queue := c.profile.Queue(); queue.InOrder {
		fact := c.fact("queue")
		c.say("later presses of the same " + strings.Join(queue.Per, " and ") + " wait behind it" + howKnown(fact))
	}
}

// disables adds to the consequence of the last drop that the action is disabled.
func (s *Sender) disables(of Consequence) Consequence {
	c := &clauses{profile: s.registry.profile, parts: []string{of.Text}, facts: slices.Clone(of.Facts), weakest: of.Status}
	rule, fact := s.registry.profile.Disablement(), c.fact("disablement")
	c.say(fmt.Sprintf("%s consecutive drop: the action is disabled for %s%s, its queue and new presses are dropped",
		ordinal(rule.After), inWords(rule.For), howKnown(fact)))
	return c.sentence()
}

// droppedAs is the consequence for a press that a disabled action drops.
func (s *Sender) droppedAs(why string) Consequence {
	c := &clauses{profile: s.registry.profile, weakest: schema.Documented}
	c.say("dropped: " + why + howKnown(c.fact("disablement")))
	return c.sentence()
}

// queueFull is the consequence for a press that finds no room in the queue.
func (s *Sender) queueFull() Consequence {
	c := &clauses{profile: s.registry.profile, weakest: schema.Documented}
	c.say(fmt.Sprintf("dropped, and no request was made: %d of the action's pushes had not ended, and the platform keeps no more%s",
		s.registry.profile.QueueLimit(), howKnown(c.fact("queue_limit"))))
	return c.sentence()
}

// tooLarge is the consequence for a press whose body is never sent.
func (s *Sender) tooLarge(size int) Consequence {
	c := &clauses{profile: s.registry.profile, weakest: schema.Documented}
	c.say(fmt.Sprintf("dropped, and no request was made: the body has %s, the platform sends none over %s%s",
		inBytes(size), inBytes(s.registry.profile.SizeLimit().BestEffort), howKnown(c.fact("size_limit"))))
	return c.sentence()
}

func howOften(r schema.Retry) string {
	var words []string
	switch {
	case r.Max == 1:
		words = append(words, "once")
	case r.Max > 1:
		words = append(words, fmt.Sprintf("up to %d times", r.Max))
	}
	if r.Within > 0 {
		words = append(words, "for up to "+inWords(r.Within))
	}
	return strings.Join(words, " ")
}

func (c *clauses) sentence() Consequence {
	return Consequence{Text: strings.Join(c.parts, "; "), Status: c.weakest, Facts: c.facts}
}

// howKnown says in brackets how well a fact is known and since when:
// " (documented 2026-02-09)".
func howKnown(f schema.Fact) string {
	switch {
	case f.Status == schema.Unknown:
		return " (not known)"
	case f.Read == "":
		return " (" + string(f.Status) + ")"
	}
	return " (" + string(f.Status) + " " + f.Read + ")"
}

// weakness orders statuses: the higher, the less is known.
func weakness(s schema.Status) int {
	return slices.Index([]schema.Status{schema.Documented, schema.Observed, schema.Inferred, schema.Contested, schema.Unknown}, s)
}
