package sender

import (
	"fmt"
	"strings"

	"github.com/hookdrill/hookdrill/schema"
)

// trim takes out of a body what the platform leaves out of one that is over its
// guaranteed size, and says so. A body that was given for this press stays as it
// is.
func (s *Sender) trim(push *schema.Push, rendered *Rendered, p Press) error {
	limit := s.registry.profile.SizeLimit()
	size := len(push.Body)
	if p.Body != nil || limit.Guaranteed == 0 || size <= limit.Guaranteed {
		return nil
	}
	body, replaced, err := s.registry.profile.Trim(push.Body)
	if err != nil {
		return err
	}
	push.Body = body
	rendered.Body = body
	rendered.Findings = append(rendered.Findings, s.sayTrimmed(size, len(body), replaced))
	return nil
}

// sayTrimmed says what was replaced, and how sure delivery still is.
func (s *Sender) sayTrimmed(before, after int, replaced []string) string {
	limit := s.registry.profile.SizeLimit()
	text := fmt.Sprintf("the body has %s, over %s %s: ", inBytes(before), inBytes(limit.Guaranteed), s.registry.cite("size_limit"))
	if len(replaced) == 0 {
		text += "there was nothing to leave out"
	} else {
		text += strings.Join(replaced, ", ") + " left out"
	}
	if after > limit.Guaranteed {
		text += fmt.Sprintf("; with %s its delivery is best effort, perhaps out of order", inBytes(after))
	}
	return text
}

// isTooLarge reports whether the platform drops the push for its size.
func (s *Sender) isTooLarge(push schema.Push, p Press) bool {
	limit := s.registry.profile.SizeLimit()
	return p.Body == nil && limit.BestEffort > 0 && len(push.Body) > limit.BestEffort
}
