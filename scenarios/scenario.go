// Package scenarios tells stories of presses and judges how they ended. A story
// says what must happen, a stage says who sits where; either seat can be real.
package scenarios

import (
	"net/netip"
	"time"

	"github.com/hookdrill/hookdrill/receiver"
	"github.com/hookdrill/hookdrill/schema"
)

// Position is a place in the story's file, line and column from 1.
type Position struct{ Line, Column int }

// Scenario is one story: who presses what, and what must come of it. It is data;
// Load makes it and has checked every name in it.
type Scenario struct {
	File     string // as given, slash-separated
	Position        // of the name
	Name     string
	Tags     []string
	Profiles []string          // platforms ("flashduty") or references; none: every platform
	Incident schema.Values     // neutral names and pointers
	Deadline time.Duration     // in place of the documented one; 0: documented
	Assume   map[string]string // fact -> alternative
	Env      map[string]EnvVar // declared variables
	Actions  map[string]Action // by name: the story's own over the project's
	Stages   map[string]Stage  // by name: the story's own over the project's
	Steps    []Step
	Twins    []Twin

	dir     string            // folder of the file, for ${file:…} and lines:
	values  map[string]string // of the declared variables
	secrets []string          // what no report may show: variables from outside (a default stands in the file for all to read), files in headers
}

// Step is one thing that happens. Exactly one of Press, Redeliver, Wait and Add
// is set.
type Step struct {
	Position
	End       int // the last line of the step
	Press     *PressStep
	Redeliver string    // the action whose newest press is repeated
	Wait      *WaitStep //
	Add       string    // an action that is configured here and not at the start
	Effects   *Effects
	Expect    *Expectation
}

// PressStep is a click on an action's button.
type PressStep struct {
	Action string
	By     string        // the presser's name; "" for the prototype's
	Source string        // local address; "" for the system's choice
	Set    schema.Values // neutral names and pointers for this press
	Header map[string]string
}

// WaitStep waits until Count requests reached Endpoint since the story began,
// Within at most, and then for ThenQuiet without another.
type WaitStep struct {
	Endpoint  string
	Count     int
	Within    time.Duration
	ThenQuiet time.Duration
}

// Effects says by how much each named counter rises from the step's beginning.
type Effects struct {
	Position
	Counts []EffectCount
	Within time.Duration // default DefaultWithin
	For    time.Duration // default DefaultFor
}

// EffectCount is one counter of Effects.
type EffectCount struct {
	Position
	Name string
	Want int
}

// The defaults of Effects.
const (
	DefaultWithin = 2 * time.Second
	DefaultFor    = 200 * time.Millisecond
)

// Expectation says how a step's delivery ends and what reached the endpoints. A
// nil field is not judged, but for one: where none of Delivered, Outcome, Phase,
// Status, Written and Consequence says how it ends, it must be delivered.
type Expectation struct {
	Position
	Lines       map[string]int // key -> its line, for failures
	Delivered   *bool
	Outcome     string // a kind
	Phase       string
	Status      *int
	Attempts    *int
	Consequence string             // text that the consequence's sentence contains
	Written     string             // none, part, all
	Body        map[string]any     // JSON pointers into the answer's body
	Header      map[string]string  // of the answer
	Refused     string             // of add: text that the refusal contains
	Entries     []EntryExpectation // what reached mock endpoints
	Within      time.Duration      // how long Entries may take; default DefaultWithin
}

// EntryExpectation is about the newest entry at Endpoint since the step began
// that has the method and path, where they are given.
type EntryExpectation struct {
	Position
	Endpoint  string
	Method    string
	Path      string
	Query     map[string]string
	Header    map[string]string
	Body      map[string]any // JSON pointers into the request's body
	Findings  *[]string      // names of the checks that found something, exactly
	Status    *int           // what was answered
	Duplicate *int           // "duplicate of attempt n"; 0: no duplicate
	Count     *int           // how many such entries since the step began
	Client    string         // whose address counted
}

// Twin is the story's broken copy: the same steps with endpoints that are wrong
// in one way. It must fail with the sentence Fails.
type Twin struct {
	Position
	Name      string
	Endpoints map[string]Endpoint // laid over the stage's, key by key
	Actions   map[string]Action   // laid over the story's
	Fails     string
}

// Action is a button as a file configures it.
type Action struct {
	Position
	Label       string
	Description string
	Channels    []string
	Headers     map[string]string
	Endpoint    string // "" is the endpoint of the action's own name
	VerifyTLS   *bool
	Creator     string // role of who configures it
}

// EnvVar is one declared environment variable. Every one is secret.
type EnvVar struct {
	Default *string // nil: must be set
}

// Stage says who sits where.
type Stage struct {
	Position
	Name      string
	Profiles  []string // none: as the story says
	Endpoints map[string]Endpoint
	Effects   map[string]EffectSource

	dir string // folder of the file that declares it, slash-separated as File is: where start: runs and lines: are looked for
	own bool   // declared by the story itself: start: and commands need AllowExec
}

// Endpoint is one seat: a mock of ours (Behavior, Checks, Reactions), or a real
// one (URL, with Start and Ready when the run starts it).
type Endpoint struct {
	Position
	// mock
	Behavior       string
	Checks         map[string]CheckSetting
	Reactions      []receiver.Reaction
	TrustedProxies []netip.Prefix
	ProxyHeader    string
	RecordOnly     bool
	TLS            bool // https with a made certificate
	Path           string
	// real
	URL   string
	Start []string // command and arguments, run in the file's folder
	Ready string   // URL that answers 2xx once it is ready
	Hosts []string // hosts that may be named in a press against it
}

// CheckSetting is one entry of checks: off, a value, or {value, status}.
type CheckSetting struct {
	Position
	Off    bool
	Value  string
	Status int // 0: the check's default
}

// EffectSource is what one named counter counts. Exactly one field is set.
type EffectSource struct {
	Position
	Requests string // requests at a mock endpoint
	Lines    string // lines of a file
	Get      string // a number at a URL, at Pointer
	Pointer  string
	Command  []string // output of a command; needs AllowExec
}
