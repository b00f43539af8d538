package scenarios

import (
	"fmt"
	"time"

	"github.com/hookdrill/hookdrill/receiver"
	"github.com/hookdrill/hookdrill/sender"
)

// margin is by how much a mock must have been in time for a time-out to be this
// machine's.
const margin = 50 * time.Millisecond

// slow says which attempt ran out of time although its mock had answered by
// then, or was never asked, which a mock's own limits may have ended too; "" when
// there is none. Both sides are on one clock.
func (p *play) slow(res *Result) string {
	for _, step := range res.Steps {
		for i, d := range step.Deliveries {
			for j, a := range d.Attempts {
				side := step.sideOf(i, j)
				ended := side == nil && a.Local.IsValid() && (a.Outcome.Kind == sender.Closed || a.Outcome.Kind == sender.Reset)
				if a.Outcome.Kind != sender.Timeout && !ended || d.Press.Fault.Reaches(a.Number) {
					continue
				}
				if why := p.tooSlow(a, side); why != "" {
					return fmt.Sprintf("line %d: %s", step.Line, why)
				}
			}
		}
	}
	return ""
}

// sideOf returns the mock's side of an attempt, nil when it has none.
func (r *StepResult) sideOf(delivery, attempt int) *Pair {
	for i, pair := range r.Pairs {
		if pair.Delivery == delivery && pair.Attempt == attempt {
			return &r.Pairs[i]
		}
	}
	return nil
}

func (p *play) tooSlow(a sender.Attempt, side *Pair) string {
	if side == nil {
		if p.watch.arrived(visitBy(a)) {
			return "" // a fault has the connection
		}
		return fmt.Sprintf("%s, and nothing of it has reached the mock", a.Outcome)
	}
	done := side.Entry.Done
	if ended := done.Ended; a.Late == (sender.Late{}) && (ended == receiver.EndedClosed || ended == receiver.EndedUnread || ended == receiver.EndedReset) {
		// It notices when a client has gone, so it was there first.
		return fmt.Sprintf("%s, and %s had ended the connection", a.Outcome, side.Endpoint)
	}
	at := done.HeadersAt
	if a.Outcome.Phase == sender.PhaseBody {
		if at = done.BodyAt; done.Ended != receiver.EndedAnswered {
			return "" // its body was not to end
		}
	}
	early := a.Started.Add(a.Deadline).Sub(side.Entry.Arrived.Add(at - done.Difference))
	if at == 0 || early < margin {
		return ""
	}
	return fmt.Sprintf("%s, and %s had answered %s before", a.Outcome, side.Endpoint, human(early.Round(time.Millisecond)))
}
