package sender

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hookdrill/hookdrill/schema"
)

// consequence says what follows on the platform after an attempt, clause by
// clause from the profile's facts.
func consequence(p *schema.Profile, a Attempt) Consequence {
	c := &clauses{profile: p, weakest: schema.Documented}
	switch {
	case a.Delivered:
		c.seen("success_seen")
		return c.sentence()
	case a.Outcome.Kind == Canceled:
		return Consequence{Text: "none: the press was canceled here, where a platform would have gone on", Status: schema.Unknown}
	}
	c.seen("failure_seen")
	if a.Outcome.Kind == Answered {
		c.successRule()
	}
	c.repeat(a)
	if mayBeWorking(a) {
		c.say("the endpoint may still be working: a second click sends it again")
	}
	return c.sentence()
}

// mayBeWorking reports whether the endpoint had all of the request, and the
// platform calls it failed although nobody said no.
func mayBeWorking(a Attempt) bool {
	return a.Written == WrittenAll && (a.Outcome.Kind != Answered || a.Status/100 == 2)
}

// repeats reports whether the platform sends it again, by the rule that the
// profile states.
func repeats(rule schema.Retry, a Attempt) bool {
	if rule.Max == 0 || rule.Max > 0 && a.Number > rule.Max {
		return false
	}
	return slices.ContainsFunc(rule.On, func(c schema.RetryCase) bool { return isCase(c, a) })
}

func isCase(c schema.RetryCase, a Attempt) bool {
	if c.Status != "" {
		return a.Outcome.Kind == Answered && inRange(c.Status, a.Status)
	}
	return c.Kind == string(a.Outcome.Kind) && (c.Phase == "" || c.Phase == string(a.Outcome.Phase))
}

// inRange reports whether status is "429" or in "500-599".
func inRange(text string, status int) bool {
	from, to, isRange := strings.Cut(text, "-")
	if !isRange {
		to = from
	}
	low, errLow := strconv.Atoi(from)
	high, errHigh := strconv.Atoi(to)
	return errLow == nil && errHigh == nil && low <= status && status <= high
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
	if weakness(fact.Status) > weakness(c.weakest) {
		c.weakest = fact.Status
	}
	return fact
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

// repeat says whether the platform sends it again.
func (c *clauses) repeat(a Attempt) {
	fact, rule := c.fact("retry"), c.profile.Retry()
	switch {
	case fact.Status == schema.Unknown:
		c.say("whether it is repeated is not known")
	case repeats(rule, a):
		c.say("repeated " + howOften(rule) + howKnown(fact))
	case rule.Max > 0 && a.Number > rule.Max:
		c.say("not repeated again" + howKnown(fact))
	default:
		c.say("not repeated" + howKnown(fact))
	}
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
