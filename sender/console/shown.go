package console

import (
	"slices"
	"sync"

	"github.com/hookdrill/hookdrill/schema"
)

// revision is an incident between two changes. Nothing stands in it: only which
// one it is counts.
type revision struct{ _ byte }

// shownBodies is how many bodies of incidents are kept, since whoever lists
// incidents lists them again: more than a page of any list.
const shownBodies = 256

// shownRoom is how much memory one of them may take.
const shownRoom = 256 << 10

// shown keeps what was shown last.
type shown struct {
	mu     sync.Mutex
	bodies map[*revision]map[string]any
	order  []*revision // oldest first
}

// show is the body of a push of i as it stands, with no button's part in it. The
// caller may change it. The console may be locked.
func (c *Console) show(i Incident) (map[string]any, error) {
	if body := c.shown.recall(i.revision); body != nil {
		return copiedMap(body), nil
	}
	pushed, err := c.profile.Show(i.Values, schema.At(i.Created), schema.Seed(0))
	if err != nil {
		return nil, err
	}
	body, _ := pushed.(map[string]any)
	if i.revision == nil || body == nil || room(body) > shownRoom { // no revision: of a copy that is being changed
		return body, nil
	}
	c.shown.keep(i.revision, body)
	return copiedMap(body), nil
}

func (s *shown) recall(r *revision) map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bodies[r]
}

func (s *shown) keep(r *revision, body map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bodies == nil {
		s.bodies = map[*revision]map[string]any{}
	}
	if _, kept := s.bodies[r]; kept {
		return
	}
	if len(s.order) == shownBodies {
		delete(s.bodies, s.order[0])
		s.order = slices.Delete(s.order, 0, 1)
	}
	s.bodies[r] = body
	s.order = append(s.order, r)
}
