package sender

import (
	"net/http"
	"net/netip"
	"time"

	"github.com/hookdrill/hookdrill/schema"
)

// Person is somebody who creates actions or presses buttons.
type Person struct {
	ID       string `json:"id,omitempty"`
	Name     string `json:"name,omitempty"`
	Email    string `json:"email,omitempty"`
	Role     string `json:"role,omitempty"`      // "" is a role that may
	Team     string `json:"team,omitempty"`      // "" is a team that may
	TeamRole string `json:"team_role,omitempty"` // the role in it; "" is none
}

// Incident is what the button is on: neutral names of scope incident, complete
// when it came from NewIncident.
type Incident struct{ Values schema.Values }

// Press is one click on one action's button.
type Press struct {
	Action   string        // the action's name in the registry
	Incident Incident      // zero: a new one
	By       Person        // zero: the prototype's person
	EventID  string        // "" for a new one
	Set      schema.Values // neutral names and JSON pointers laid over all else
	Body     []byte        // sent as it is in place of the composed body; nil: composed
	Source   netip.Addr    // local address to send from; zero: the system's choice
	URL      string        // overrides the action's endpoint; "" for none
	Header   []Header      // added for this press
	Fault    DialFault     // of our dialer; zero: none
	// ConnectDelay is how long our dialer waits before it connects, in the attempt's
	// time; 0: it does not. As a Fault it is never said to be the network's doing.
	ConnectDelay time.Duration
}

// Kind says how an attempt ended.
type Kind string

// The kinds of outcomes.
const (
	Answered             Kind = "answered"
	Timeout              Kind = "timeout"
	NotFound             Kind = "not_found"
	Refused              Kind = "refused"
	Unreachable          Kind = "unreachable"
	Reset                Kind = "reset"
	Closed               Kind = "closed"
	CertExpired          Kind = "cert_expired"
	CertNotYetValid      Kind = "cert_not_yet_valid"
	CertUnknownAuthority Kind = "cert_unknown_authority"
	CertWrongHost        Kind = "cert_wrong_host"
	CertOutOfOrder       Kind = "cert_out_of_order"
	CertRequired         Kind = "cert_required"
	PlainHTTP            Kind = "plain_http"
	TLSOther             Kind = "tls_other"
	Malformed            Kind = "malformed"
	TooLarge             Kind = "too_large"
	Canceled             Kind = "canceled"
)

// Phase is the part of an attempt in which it ended, or whose time is told.
type Phase string

// The phases in their order.
const (
	PhaseDNS     Phase = "dns"
	PhaseConnect Phase = "connect"
	PhaseTLS     Phase = "tls"
	PhaseWrite   Phase = "write"
	PhaseHeaders Phase = "headers"
	PhaseBody    Phase = "body"
)

// Outcome is how an attempt ended and where: kind x phase.
type Outcome struct {
	Kind  Kind  `json:"kind"`
	Phase Phase `json:"phase"`
}

// String writes "timeout in headers"; an answered outcome is "answered".
func (o Outcome) String() string {
	if o.Kind == Answered {
		return string(o.Kind)
	}
	return string(o.Kind) + " in " + string(o.Phase)
}

// PhaseTime is how long one phase took; a phase that was not reached has none.
type PhaseTime struct {
	Phase Phase         `json:"phase"`
	Took  time.Duration `json:"took"`
}

// Written says how much of the request went on the wire.
type Written string

// How much of a request was written.
const (
	WrittenNone Written = "none"
	WrittenPart Written = "part"
	WrittenAll  Written = "all"
)

// Attempt is one request on one connection, as it happened. It is data.
type Attempt struct {
	Number    int           // 1 is the press itself
	Reason    string        // why it was made: "repeat 1 after closed in headers"; "" for the press itself
	Platform  time.Duration // when it began in platform time, since the press
	Started   time.Time     // wall clock, for people; durations are monotonic
	URL       string        // where to, user information and secrets redacted
	Outcome   Outcome       //
	Delivered bool          // whether the platform calls it delivered
	Phases    []PhaseTime   // in order, those that were entered
	FirstByte time.Duration // from the start to the first byte of the answer; 0: none came
	LastByte  time.Duration // from the start to the last byte of a whole answer, in time or not; 0: none came
	Took      time.Duration // the whole attempt
	Deadline  time.Duration // what it was given
	// DialTimeout is the dialer's own limit, if that is what ended the attempt; 0: it
	// is not.
	DialTimeout time.Duration
	CutOff      time.Duration  // how late our own timer fired; 0 unless the outcome is timeout
	Local       netip.AddrPort // zero: no connection
	Remote      netip.AddrPort //
	Place       int            // which request on its connection it is, from 1: 2 and more went over a kept one; 0: no connection
	Written     Written        // how much of the request was written
	BytesOut    int64          // bytes that the socket took, TLS included
	BytesIn     int64          // bytes that came, TLS included
	Status      int            // 0: no status line came
	Header      http.Header    // of the answer, redacted at the exits
	Body        []byte         // of the answer, the first 64 KiB
	BodyBytes   int64          // of the answer's body, all that came
	Late        Late           // what came after the deadline; zero: nothing was seen
	Error       string         // what the net package said; "" when answered
	GoText      string         // what a Go client with Client.Timeout prints; "" when answered
	Notes       []string       // overrides and oddities: TLS verification off, a proxy that was ignored, ...
}

// Consequence is what follows on the platform, in a sentence made from the
// profile, with how well that is known.
type Consequence struct {
	Text   string        `json:"text"`
	Status schema.Status `json:"status"` // the weakest of the facts behind it
	Facts  []string      `json:"facts"`
}

// Hinge is a contested or unknown fact on which the verdict depends.
type Hinge struct {
	Fact string `json:"fact"`
	Text string `json:"text"` // "deadline 1 s (contested: English page 1 s, Chinese page 2 s; passes at 2 s)"
}

// Delivery is all that became of one press.
type Delivery struct {
	Profile     string // its reference
	Title       string // the platform's own name, for sentences
	Action      string
	EventID     string
	Push        schema.Push // the bytes and headers that every attempt carries
	URL         string      // as configured
	Press       Press
	Pressed     time.Time // in platform time
	Attempts    []Attempt // none when Ended says that nothing was sent
	Ended       Ended     // how it ended; "" while the platform has more to do
	Delivered   bool
	Consequence Consequence
	Hinges      []Hinge
	Overrides   []string // "500 ms in place of the documented 1 s"
}

// Last returns the newest attempt; the zero one when there is none.
func (d Delivery) Last() Attempt {
	if len(d.Attempts) == 0 {
		return Attempt{}
	}
	return d.Attempts[len(d.Attempts)-1]
}
