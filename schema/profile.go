package schema

import (
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"net/netip"
	"time"
)

// Status says how well a fact is known.
type Status string

// The statuses of a fact. A contested fact has alternatives and acts on its
// hard side; an unknown one has a value that is our choice.
const (
	Documented Status = "documented"
	Contested  Status = "contested"
	Inferred   Status = "inferred"
	Observed   Status = "observed"
	Unknown    Status = "unknown"
)

// Fact is one rule of a platform with where and when it was read.
type Fact struct {
	Name         string          `json:"name"`
	Value        json.RawMessage `json:"value"`  // what hookdrill acts on: the hard side of a contested fact
	Source       string          `json:"source"` // the document's address
	Read         string          `json:"read"`   // the day on which it was read, or the document's own date; YYYY-MM-DD
	Status       Status          `json:"status"`
	Note         string          `json:"note,omitempty"`
	Alternatives []Alternative   `json:"alternatives,omitempty"` // of a contested fact: every side, the acting one included
}

// Alternative is one side of a contested fact.
type Alternative struct {
	Value  json.RawMessage `json:"value"`
	Label  string          `json:"label"` // which document, in words: "English page"
	Source string          `json:"source"`
	Read   string          `json:"read"`
	Hard   bool            `json:"hard,omitempty"` // the side that hookdrill acts on
}

// Values are neutral names of a press (event_id, incident, title, host, ...)
// with their values, or JSON pointers into the body (keys that begin with "/")
// with theirs. Values are what encoding/json gives with UseNumber; a nil value
// removes the member.
type Values map[string]any

// Scope says how long a neutral name keeps its value.
type Scope string

// The scopes of neutral names.
const (
	ScopeIncident Scope = "incident" // the same in every press of one incident
	ScopeAction   Scope = "action"   // the same in every press of one action
	ScopePress    Scope = "press"    // new with every press
)

// Name is one neutral name that a profile knows.
type Name struct {
	Name     string
	Scope    Scope
	Pointers []string // where it stands in the body, first the canonical place
	Headers  []string // headers that carry it too
}

// Retry is what a platform repeats after a failed attempt, as documented.
type Retry struct {
	Max    int           `json:"max"`              // repeats at most; 0 none, -1 bounded by Within alone
	Within time.Duration `json:"within,omitempty"` // "48h" in the profile
	On     []RetryCase   `json:"on,omitempty"`
}

// RetryCase is one kind of failure that is repeated: an outcome's kind and
// phase ("" is any), or a range of HTTP statuses ("500-599") for answers.
type RetryCase struct {
	Kind   string `json:"kind,omitempty"`
	Phase  string `json:"phase,omitempty"`
	Status string `json:"status,omitempty"`
}

// Push is one press as it goes on the wire: what Compose writes.
type Push struct {
	Method string
	Header http.Header // canonical names; without Host and Content-Length
	Body   []byte
	Values Values // every neutral name with the value that was written
}

// Strength says how strictly Validate reads the schema.
type Strength int

// Lenient accepts all that a platform may send: names that no document knows
// pass. Strict is for what hookdrill itself sends.
const (
	Lenient Strength = iota
	Strict
)

// Profile is what one platform documents at one date. It is immutable and safe
// for concurrent use.
type Profile struct{ inner }

type inner struct{}

var errNotBuilt = errors.New("not built yet")

// Ref names one profile of the catalog.
type Ref struct {
	Platform string // "flashduty"
	Date     string // "2024-11-20"
}

// String gives the reference that Open reads: "flashduty@2024-11-20".
func (r Ref) String() string { return r.Platform + "@" + r.Date }

// Open returns the embedded profile that ref names: "flashduty@2024-11-20";
// "flashduty", the newest; "flashduty@strictest", the newest body with the
// hardest value of each fact over all dates.
func Open(ref string) (*Profile, error) { return nil, errNotBuilt }

// OpenFS is Open over a user's own folder of profiles
// (<platform>/<date>/profile.json), which may extend ours; a name that fsys
// lacks is looked up in ours.
func OpenFS(fsys fs.FS, ref string) (*Profile, error) { return nil, errNotBuilt }

// List returns the embedded profiles, sorted by platform and date.
func List() []Ref { return nil }

// ListFS returns those of fsys and the embedded ones, sorted.
func ListFS(fsys fs.FS) ([]Ref, error) { return nil, errNotBuilt }

// Ref returns the profile's reference, "flashduty@2024-11-20".
func (p *Profile) Ref() string { return "" }

// Platform returns the platform's folder name, "flashduty".
func (p *Profile) Platform() string { return "" }

// Title returns the platform's name for sentences, "Flashduty".
func (p *Profile) Title() string { return "" }

// Facts returns every fact, sorted by name.
func (p *Profile) Facts() []Fact { return nil }

// Fact returns the fact of that name.
func (p *Profile) Fact(name string) (Fact, bool) { return Fact{}, false }

// Assume returns a copy of p whose fact of that name has the given value, which
// must be one of its alternatives (or, of a fact that is unknown, any value of
// its type): Assume("deadline", "2s").
func (p *Profile) Assume(name, value string) (*Profile, error) { return nil, errNotBuilt }

// Deadline returns how long the platform waits for an answer (fact "deadline").
func (p *Profile) Deadline() time.Duration { return 0 }

// Succeeds reports whether the platform calls a push answered with this status
// delivered (fact "success").
func (p *Profile) Succeeds(status int) bool { return false }

// Cap returns how many actions may stand in one channel or service (facts
// "cap", "cap_scope": "channel" or "service").
func (p *Profile) Cap() (n int, scope string) { return 0, "" }

// ChannelsPerAction returns in how many channels one action may stand; 0 is
// any number (fact "channels_per_action").
func (p *Profile) ChannelsPerAction() int { return 0 }

// BasicAuth reports whether user information in an endpoint's URL becomes an
// Authorization header (fact "basic_auth").
func (p *Profile) BasicAuth() bool { return false }

// MayCreate and MayPress return the roles that may; none means that no document
// says (facts "roles_create", "roles_press").
func (p *Profile) MayCreate() []string { return nil }

// MayPress returns the roles that may press.
func (p *Profile) MayPress() []string { return nil }

// Sources returns the addresses from which the platform pushes, by region; ""
// is the only region of a platform that has none (fact "source_addresses").
func (p *Profile) Sources() map[string][]netip.Addr { return nil }

// Retry returns what the platform repeats (fact "retry").
func (p *Profile) Retry() Retry { return Retry{} }

// Names returns the neutral names that p knows, sorted.
func (p *Profile) Names() []Name { return nil }

// Only returns those of v whose neutral name has this scope; pointers are left
// out.
func (p *Profile) Only(s Scope, v Values) Values { return nil }

// ComposeOption changes how Compose makes what v leaves open.
type ComposeOption func()

// Seed makes every id that Compose makes depend on n alone. Without it each
// Compose has new ids.
func Seed(n uint64) ComposeOption { return nil }

// At sets the time of the press; without it, time.Now.
func At(t time.Time) ComposeOption { return nil }

// Compose writes v into the profile's prototype: neutral names at their
// pointers, then the dependent members, then the pointers of v. A list of
// objects repeats the prototype's element, each laid over a copy of it. An
// unknown name, a pointer that leads nowhere and a value that the schema cannot
// hold are errors.
func (p *Profile) Compose(v Values, opts ...ComposeOption) (Push, error) { return Push{}, errNotBuilt }

// Read is the inverse of Compose: the neutral names found in a push, and what
// is wrong with the places where they were looked for.
func (p *Profile) Read(h http.Header, body []byte) (Values, []Violation) { return nil, nil }

// Validate checks a body against what is documented: total (any bytes give
// violations or none, never a panic), at most 50 violations, the last of which
// then counts the rest.
func (p *Profile) Validate(body []byte, s Strength) []Violation { return nil }

// Examine is Read and Validate in one decoding, for a receiver.
func (p *Profile) Examine(h http.Header, body []byte, s Strength) (Values, []Violation) {
	return nil, nil
}
