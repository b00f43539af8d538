package sender

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hookdrill/hookdrill/schema"
)

// hinge is one fact on which a verdict may depend, with each of its sides taken.
type hinge struct {
	fact  schema.Fact
	sides []side
}

// side is what the profile would be if one side of a contested fact were true.
type side struct {
	text    string // "2 s"
	acting  bool
	profile *schema.Profile
}

// hingesOf takes the sides of the facts that decide whether an attempt is
// delivered, once for all attempts.
func hingesOf(p *schema.Profile) []hinge {
	var out []hinge
	for _, name := range []string{"deadline", "success"} {
		fact, _ := p.Fact(name)
		h := hinge{fact: fact}
		for _, one := range fact.Alternatives {
			// The alternatives are what Assume takes.
			if other, err := p.Assume(name, one.Text()); err == nil {
				h.sides = append(h.sides, side{factInWords(one.Text()), one.Text() == fact.Text(), other})
			}
		}
		if len(h.sides) > 0 {
			out = append(out, h)
		}
	}
	return out
}

// hingesOn returns the contested and unknown facts under another side of which the
// attempt would be judged otherwise, or could be. ignored are facts that were
// not acted on.
func (r *Registry) hingesOn(a Attempt, ignored []string) []Hinge {
	if a.Outcome.Kind == Canceled {
		return nil // nothing was judged
	}
	var out []Hinge
	for _, h := range r.hinges {
		if text := h.on(a); text != "" && !slices.Contains(ignored, h.fact.Name) {
			out = append(out, Hinge{Fact: h.fact.Name, Text: text})
		}
	}
	if fact, known := r.profile.Fact("redirects"); known && isWeak(fact) && a.Outcome.Kind == Answered && a.Status/100 == 3 {
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

// on says how the verdict would change under the sides of a contested fact:
// "deadline 1 s (contested: English page 1 s, Chinese page 2 s; passes at 2 s)".
// It says nothing when every side agrees.
func (h hinge) on(a Attempt) string {
	var changes []string
	for _, s := range h.sides {
		if s.acting {
			continue
		}
		switch delivered, seen := judgeUnder(s.profile, a); {
		case !seen:
			changes = append(changes, "not known: cut at "+inWords(a.Deadline))
		case delivered && !a.Delivered:
			changes = append(changes, "passes at "+s.text)
		case !delivered && a.Delivered:
			changes = append(changes, "fails at "+s.text)
		}
	}
	if len(changes) == 0 {
		return ""
	}
	var sides []string
	for _, one := range h.fact.Alternatives {
		sides = append(sides, one.Label+" "+factInWords(one.Text()))
	}
	return fmt.Sprintf("%s %s (%s: %s; %s)", h.fact.Name, factInWords(h.fact.Text()), h.fact.Status, strings.Join(sides, ", "), strings.Join(changes, ", "))
}

// judgeUnder judges the attempt by another profile. seen is false when what
// would have come after our cut-off decides.
func judgeUnder(p *schema.Profile, a Attempt) (delivered, seen bool) {
	switch {
	case a.LastByte > 0:
		return a.LastByte <= p.Deadline() && p.Succeeds(cmp.Or(a.Status, a.Late.Status)), true
	case a.Outcome.Kind == Timeout && a.DialTimeout == 0 && p.Deadline() > a.Deadline:
		// A head that fails already fails whenever its body comes.
		status := cmp.Or(a.Status, a.Late.Status)
		return false, status != 0 && !p.Succeeds(status) || a.Late.settles(p.Deadline())
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
