package sender

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/hookdrill/hookdrill/schema"
)

// hinges returns the contested and unknown facts under another side of which the
// attempt would be judged otherwise, or could be. overridden are facts that were
// not acted on.
func hinges(p *schema.Profile, a Attempt, overridden ...string) []Hinge {
	if a.Outcome.Kind == Canceled {
		return nil // nothing was judged
	}
	var out []Hinge
	for _, name := range []string{"deadline", "success"} {
		fact, known := p.Fact(name)
		if !known || slices.Contains(overridden, name) {
			continue
		}
		if text := hingesOn(p, fact, a); text != "" {
			out = append(out, Hinge{Fact: name, Text: text})
		}
	}
	if fact, known := p.Fact("redirects"); known && isWeak(fact) && a.Outcome.Kind == Answered && a.Status/100 == 3 {
		out = append(out, Hinge{Fact: "redirects", Text: "redirects not followed (" + howWeak(fact) + ")"})
	}
	return out
}

func isWeak(f schema.Fact) bool { return f.Status == schema.Contested || f.Status == schema.Unknown }

func howWeak(f schema.Fact) string {
	if f.Status == schema.Unknown {
		return "not known: no document says"
	}
	return string(f.Status)
}

// hingesOn says how the verdict would change under the sides of a contested
// fact: "deadline 1 s (contested: English page 1 s, Chinese page 2 s; passes at
// 2 s)". It says nothing when every side agrees.
func hingesOn(p *schema.Profile, fact schema.Fact, a Attempt) string {
	var sides, changes []string
	for _, side := range fact.Alternatives {
		sides = append(sides, side.Label+" "+factInWords(side.Text()))
		other, err := p.Assume(fact.Name, side.Text())
		if err != nil || side.Text() == fact.Text() {
			continue
		}
		switch delivered, seen := judgeUnder(other, a); {
		case !seen:
			changes = append(changes, "not known: cut at "+inWords(a.Deadline))
		case delivered && !a.Delivered:
			changes = append(changes, "passes at "+factInWords(side.Text()))
		case !delivered && a.Delivered:
			changes = append(changes, "fails at "+factInWords(side.Text()))
		}
	}
	if len(changes) == 0 {
		return ""
	}
	return fact.Name + " " + factInWords(fact.Text()) + " (" + string(fact.Status) + ": " + strings.Join(sides, ", ") + "; " + strings.Join(changes, ", ") + ")"
}

// judgeUnder judges the attempt by another profile. seen is false when what
// would have come after our cut-off decides.
func judgeUnder(p *schema.Profile, a Attempt) (delivered, seen bool) {
	switch {
	case a.LastByte > 0:
		return a.LastByte <= p.Deadline() && p.Succeeds(a.Status), true
	case a.Outcome.Kind == Timeout && p.Deadline() > a.Deadline:
		// A head that fails already fails whenever its body comes.
		return false, a.Status != 0 && !p.Succeeds(a.Status)
	}
	return false, true
}

// factInWords writes a fact's value for a sentence: a duration with a space, a
// list without its brackets.
func factInWords(text string) string {
	if d, err := time.ParseDuration(text); err == nil {
		return inWords(d)
	}
	var list []string
	if json.Unmarshal([]byte(text), &list) == nil {
		return strings.Join(list, " or ")
	}
	return text
}
