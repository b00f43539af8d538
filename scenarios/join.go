package scenarios

import "slices"

// join puts both sides of each attempt together, and the first delivery of each
// step in its place.
func (p *play) join(res *Result) {
	sides := p.watch.sides()
	for i := range res.Steps {
		step := &res.Steps[i]
		if len(step.Deliveries) == 0 {
			continue
		}
		step.Delivery = &step.Deliveries[0]
		for d, delivery := range step.Deliveries {
			for a, attempt := range delivery.Attempts {
				on := visitBy(attempt)
				// A port may have been used before.
				at := slices.IndexFunc(sides[on], func(s Pair) bool { return !s.Entry.Arrived.Before(attempt.Started) })
				if at >= 0 {
					pair := sides[on][at]
					pair.Delivery, pair.Attempt = d, a
					step.Pairs = append(step.Pairs, pair)
				}
			}
		}
	}
}

// sides returns the endpoints' side of every request, in order of arrival at
// each endpoint.
func (w *watch) sides() map[visit][]Pair {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := map[visit][]Pair{}
	for name, list := range w.entries {
		for _, e := range list {
			at := visitOf(*e)
			out[at] = append(out[at], Pair{Endpoint: name, Entry: *e})
		}
	}
	return out
}
