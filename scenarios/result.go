package scenarios

import (
	"net/http"
	"time"

	"github.com/hookdrill/hookdrill/receiver"
	"github.com/hookdrill/hookdrill/sender"
)

// Verdict is how a step or a story ended.
type Verdict string

// The verdicts. Errored: we could not look. Skipped: not judged.
const (
	Passed  Verdict = "passed"
	Failed  Verdict = "failed"
	Errored Verdict = "errored"
	Skipped Verdict = "skipped"
)

// Failure is one expectation that was not met, in a sentence, or why we could
// not look.
type Failure struct {
	What string `json:"what"`           // "effects.restarts", "expect.status", ...
	Text string `json:"text"`           // "restarts: 1, want 0"
	Diff string `json:"diff,omitempty"` // a stable rendering for long values
	Line int    `json:"line,omitempty"` // where the expectation stands in the file
}

// StepResult is one step of one run of a story.
type StepResult struct {
	Line     int    // where the step stands in the file
	Name     string // "press restart", "redeliver restart", "wait agent"
	Verdict  Verdict
	Failures []Failure
	Checks   int           // how many expectations were judged
	Part     Part          // of the story
	Platform time.Duration // platform time since the story began, when the step began
	// Deliveries are those of a press, a redeliver or a settle: one, or one of each
	// presser in the order of the file. One that had not ended with the step is as it
	// was when the story ended.
	Deliveries []sender.Delivery
	Delivery   *sender.Delivery // the first of Deliveries, nil without any
	Attempt    int              // index of this step's attempt in each delivery's Attempts, from 0
	Answer     *Answer          // to a request
	Entries    []receiver.Entry // what reached mock endpoints during the step
	Timeline   []Told           // what the consoles told during the step, in the order in which it happened
	Pairs      []Pair           // the attempts of Deliveries that reached a mock, in order

	pending []*sender.Pending // behind Deliveries while the step goes on; nil of one that was refused
	Effects []EffectResult
	Started time.Time
	Took    time.Duration
}

// Part says where in a story a step stands.
type Part string

// The parts of a story. The empty one is its own steps.
const (
	PartSetup    Part = "setup"
	PartTeardown Part = "teardown"
)

// Pair is both sides of one attempt: what the sender saw of it and what a mock
// did. They were joined by the TCP connection, both ends of it, and by the place
// on that connection. Both ran in one process and on one clock.
type Pair struct {
	Delivery int            // index in StepResult.Deliveries
	Attempt  int            // index in its Attempts
	Endpoint string         // the mock's name
	Entry    receiver.Entry // what it journaled
}

// Answer is what came of a request that was no press.
type Answer struct {
	Status int         // 0: no whole answer came
	Header http.Header // redacted at the exits
	Body   []byte      // the first MiB
	Error  string      // why no whole answer came
	Took   time.Duration
}

// EffectResult is what became of one effect in one step.
type EffectResult struct {
	Name string `json:"name"`
	Want int    `json:"want"`
	Got  int    `json:"got"`
}

// Result is one run of one story on one profile.
type Result struct {
	File    string // as given, slash-separated
	Line    int    // of the story's name
	Name    string // of the story
	Tags    []string
	Stage   string
	Profile string // "flashduty@2026-05-27"; "" when skipped for want of one
	Seed    uint64
	Verdict Verdict
	Reason  string // why errored or skipped; of a twin, why passed or failed
	Steps   []StepResult
	Notes   []string // "500 ms in place of the documented 16 s"
	Again   string   // the command that runs it again
	Started time.Time
	Took    time.Duration

	slow string // how this machine was too slow for it, "" when it was not
}

// Run is all that one call of hookdrill judged.
type Run struct {
	Version     string // of hookdrill
	Seed        uint64
	Stage       string
	UnderTest   string // "nothing of yours: mock against mock", or the endpoints that are real
	Started     time.Time
	Took        time.Duration
	Results     []Result
	Interrupted bool
}

// Count returns how many results have this verdict.
func (r Run) Count(v Verdict) int {
	n := 0
	for _, one := range r.Results {
		if one.Verdict == v {
			n++
		}
	}
	return n
}
