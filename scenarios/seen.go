package scenarios

import (
	"fmt"
	"net/url"

	"github.com/hookdrill/hookdrill/receiver"
)

// seen is one entry of a mock's journal with what only the runner knows of it.
type seen struct {
	receiver.Entry
	duplicate int // the attempt whose event came again; 0: none
}

// findings returns the names of the checks that found something, in their order.
func (s seen) findings() []string {
	var names []string
	for _, f := range s.Findings {
		names = append(names, f.Check)
	}
	return names
}

// answer says what was answered.
func (s seen) answer() string {
	if s.Done.Status == 0 {
		return fmt.Sprintf("not answered (%s)", none(s.Done.Ended))
	}
	return fmt.Sprintf("answered %d", s.Done.Status)
}

// client says whose address counted.
func (s seen) client() string {
	if !s.Request.Client.Addr.IsValid() {
		return "undetermined (" + none(s.Request.Client.Reason) + ")"
	}
	return s.Request.Client.Addr.String()
}

// query returns the query of the request's target; what cannot be read of it is
// left out.
func (s seen) query() url.Values {
	u, err := url.ParseRequestURI(s.Request.Target)
	if err != nil {
		return url.Values{}
	}
	return u.Query()
}
