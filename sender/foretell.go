package sender

import "github.com/hookdrill/hookdrill/schema"

// Foretell says what p's platform would make of a first attempt that ended as a
// did: delivered or not, repeated or not, and which uncertain facts that hinges
// on. Nothing is sent, and of a only what the attempt itself tells is looked at;
// whether it is delivered is judged here.
func Foretell(p *schema.Profile, a Attempt) Delivery {
	a.Number, a.Platform = 1, 0
	a.Delivered = a.Outcome.Kind == Answered && p.Succeeds(a.Status)
	next := sequelOf(p, a, 0)
	d := Delivery{
		Profile: p.Ref(), Title: p.Title(), Attempts: []Attempt{a}, Delivered: a.Delivered, Ended: next.ended,
		Consequence: consequence(p, a, next), Hinges: NewRegistry(p).hingesOn(a, nil),
	}
	if d.Ended == "" {
		d.Ended = EndedOpen
	}
	return d
}
