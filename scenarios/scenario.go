// Package scenarios tells stories of presses and judges how they ended. A story
// says what must happen, a stage says who sits where; either seat can be real.
package scenarios

import (
	"net/netip"
	"time"

	"github.com/hookdrill/hookdrill/receiver"
	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
	"github.com/hookdrill/hookdrill/sender/console"
)

// Position is a place in the story's file, line and column from 1.
type Position struct{ Line, Column int }

// Scenario is one story: who presses what, and what must come of it. It is data;
// Load makes it and has checked every name in it.
type Scenario struct {
	File        string // as given, slash-separated
	Position           // of the name
	Name        string
	Tags        []string
	Profiles    []string          // platforms ("flashduty") or references; none: every platform
	Incident    schema.Values     // neutral names and pointers
	Deadline    time.Duration     // in place of the documented one; 0: documented
	DialTimeout time.Duration     // for connecting, in place of the documented one; 0: documented
	Linger      time.Duration     // after the deadline, for late answers
	Assume      map[string]string // fact -> alternative
	Env         map[string]EnvVar // declared variables
	Actions     map[string]Action // by name: the story's own over the project's
	Stages      map[string]Stage  // by name: the story's own over the project's
	Setup       []Step            // before Steps, on every stage
	Steps       []Step
	Teardown    []Step // after Steps, whatever became of them
	Twins       []Twin

	KeepConnections bool // for the next attempt; else each has its own

	consoles map[string]bool   // that its texts refer to, by platform; "" is the one that it is told on
	chosen   string            // the combination of the matrix that it is, as its name says it; "" for none
	variants []*Scenario       // of a story with a matrix: one for each combination, in the order of the file
	dir      string            // folder of the file, for ${file:…} and lines:
	values   map[string]string // of the declared variables
	secrets  []string          // what no report may show: variables from outside (a default stands in the file for all to read), files in headers
}

// Step is one thing that happens. Exactly one of Press, Redeliver, Wait, Add,
// Settle, Request and Enable is set, or none where the step only moves time (At) or
// changes behaviors.
type Step struct {
	Position
	End       int               // the last line of the step
	At        time.Duration     // platform time, since the story began, to which time moves on before the step; 0: it does not
	Behaviors map[string]string // mock endpoint -> how it answers from this step on; changed after At and before all else
	Timeout   time.Duration     // real time that the whole step may take; 0: no bound of its own
	Press     *PressStep
	Redeliver string    // the action whose newest press is repeated
	Settle    string    // the action whose newest press is awaited until the platform has nothing more to do for it
	Wait      *WaitStep //
	Add       string    // an action that is configured here and not at the start
	Enable    string    // the disabled action that the person in charge switches on again
	Request   *RequestStep
	Effects   *Effects
	Expect    *Expectation
	Captures  []Capture // in the order of the file
}

// PressStep is a click on an action's button, or one by each of several people
// in the same moment: expectations hold for each of their deliveries.
type PressStep struct {
	Action string
	By     []string      // the pressers' names; none: the prototype's
	Role   string        // of the pressers; "" is one that may
	Source string        // local address; "" for the system's choice
	Set    schema.Values // neutral names and pointers for this press
	Header map[string]string
	Fault  sender.DialFault // of the dialer; zero: none
}

// WaitStep waits until Count requests reached Endpoint since the story began,
// Within at most, and then for ThenQuiet without another. Both are platform time,
// which goes on meanwhile.
type WaitStep struct {
	Endpoint  string
	Count     int
	Within    time.Duration
	ThenQuiet time.Duration
	Gaps      *Span // platform time between each two of the arrivals since the story began
}

// Span is a time from Min to Max.
type Span struct {
	Position
	Min time.Duration // 0: no least
	Max time.Duration // 0: no most
}

// RequestStep is a request that is no press. With Raw, its bytes go as they are
// on a connection to URL's host and port, which is then read until the answer is
// whole.
type RequestStep struct {
	Method string // default GET, with a body POST
	URL    string
	Header map[string]string
	Body   string // "" is none
	Raw    string
}

// Capture keeps one value under a name for the steps behind it:
// ${captured.NAME}. It is of the step's delivery or answer, or, with Entry, of the
// newest request at that mock endpoint since the step began (of a wait: since the
// story began). Exactly one of the others is set.
type Capture struct {
	Position
	Name         string
	Answer       *string // JSON pointer into the answer's body
	AnswerHeader string  // header of the answer
	EventID      bool    // of the push, or of the entry
	Entry        string  // mock endpoint
	Body         *string // JSON pointer into the entry's body
	Header       string  // header of the entry
	Query        string  // query parameter of the entry
	Value        string  // neutral name read back from the entry
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
// Status, Written, Late, Consequence, Ended, Refused and Last says how it ends, it
// must be delivered; a request must then be answered with 2xx. Delivered, Outcome,
// Phase, Status, Written, Late, Place, Body and Header are about the step's first
// attempt, which is the newest where the step is a settle. Ended, Attempts, AttemptList and Last are judged
// once the platform has nothing more to do.
type Expectation struct {
	Position
	Lines       map[string]int // key -> its line, for failures
	Delivered   *bool
	Outcome     string // a kind
	Phase       string
	Status      *int
	Ended       string // how the delivery ended: a sender.Ended
	Attempts    *int   // how many there are; nil with AttemptList, whose length says it
	AttemptList []AttemptExpectation
	Last        *AttemptExpectation // of the newest attempt
	Consequence string              // text that the consequence's sentence contains
	Written     string              // none, part, all
	Late        string              // how it ended after the deadline, a kind
	Place       *int                // which request on its connection it was, from 1
	Body        map[string]any      // JSON pointers into the answer's body
	Header      map[string]string   // of the answer
	Refused     string              // of add, press and redeliver: text that the refusal contains
	Entries     []EntryExpectation  // what reached mock endpoints

	// What the console holds and told since the step began.
	Incident     *IncidentExpectation
	Timeline     []TimelineExpectation
	Page         *PageExpectation
	RefusedCalls *int          // how many calls the consoles refused
	Within       time.Duration // how long Entries and the console's may take; default DefaultWithin
}

// AttemptExpectation is about one attempt of a delivery. A nil field is not
// judged.
type AttemptExpectation struct {
	Position
	Delivered *bool
	Outcome   string // a kind
	Phase     string
	Status    *int
	Written   string // none, part, all
	Late      string // how it ended after the deadline, a kind
	Place     *int   // which request on its connection it was, from 1
	After     *Span  // platform time since the attempt before it began
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

	consoles map[string]bool // that its texts refer to, beside those of the story
}

// Action is a button as a file configures it.
type Action struct {
	Position
	Label           string
	Description     string
	Channels        []string
	Headers         map[string]string
	Endpoint        string // "" is the endpoint of the action's own name
	VerifyTLS       *bool
	Creator         string // role of who configures it
	CreatorTeam     string // team of who configures it; "" is one that may
	CreatorTeamRole string // role in that team
	Team            string // that it belongs to; "" is none

	Template       string                       // custom request body; "" is the platform's own
	ValueMap       map[string]map[string]string // field path -> value -> what is sent in its place
	SigningSecrets []string                     // every push is signed with each of them
	ClientCert     *string                      // common name in a client certificate that is made for the run; "" is the one that the profile documents, nil is no certificate
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
	Console   ConsoleSettings

	consoles map[string]bool // that its texts refer to, as a scenario's

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
	TLS            receiver.TLSKind // https with a made certificate of that kind; "" is http
	RequireCert    bool             // under TLS: clients must show a certificate that was made for the run
	Path           string
	// real
	URL   string
	Start []string          // command and arguments, run in the file's folder
	Env   map[string]string // variables that it sees beside those of this process and of the file
	Ready string            // URL that answers 2xx once it is ready
	Hosts []string          // hosts that may be named in a press against it
}

// CheckSetting is one entry of checks: off, a value, or {value, status}.
type CheckSetting struct {
	Position
	Off    bool
	Value  string
	Values []string // of signature: the secrets
	Status int      // 0: the check's default
}

// EffectSource is what one named counter counts. Exactly one field is set.
type EffectSource struct {
	Position
	Requests string         // requests at a mock endpoint
	Timeline *TimelineMatch // entries of the story's console
	Lines    string         // lines of a file
	Get      string         // a number at a URL, at Pointer
	Pointer  string
	Command  []string   // output of a command; needs AllowExec
	Count    func() int // counts in this process; no file can say it
}

// ConsoleSettings is how a stage's console is set up. The zero ConsoleSettings is
// a free port of the loopback, and an account without custom fields.
type ConsoleSettings struct {
	Position
	Listen string          // address; "" is a free port of the loopback
	URL    string          // by which endpoints reach it; "" is where it listens
	Fields []console.Field // custom fields that the account defines, by name
}
