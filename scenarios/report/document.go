package report

import (
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/hookdrill/hookdrill/receiver"
	"github.com/hookdrill/hookdrill/scenarios"
	"github.com/hookdrill/hookdrill/schema"
)

// Version is the version of the documents that JSON and NDJSON write. It rises
// when a member changes its meaning or goes away; new members do not raise it.
const Version = 1

// ms is a duration as documents write it: a number of milliseconds, exact to
// the nanosecond.
type ms time.Duration

// MarshalJSON writes 1000.25 for one second and 250 microseconds.
func (d ms) MarshalJSON() ([]byte, error) {
	n := time.Duration(d)
	out := strconv.AppendInt(nil, int64(n/time.Millisecond), 10)
	rest := int64(n % time.Millisecond)
	if rest == 0 {
		return out, nil
	}
	if rest < 0 {
		rest = -rest
		if n > -time.Millisecond {
			out = []byte("-0")
		}
	}
	digits := strconv.FormatInt(int64(time.Millisecond)+rest, 10)[1:]
	for digits[len(digits)-1] == '0' {
		digits = digits[:len(digits)-1]
	}
	return append(append(out, '.'), digits...), nil
}

type runDoc struct {
	Version     int         `json:"version"`
	Type        string      `json:"type"`
	Hookdrill   string      `json:"hookdrill"`
	Seed        uint64      `json:"seed"`
	Stage       string      `json:"stage"`
	UnderTest   string      `json:"under_test"`
	Started     time.Time   `json:"started"`
	Took        ms          `json:"took_ms"`
	Interrupted bool        `json:"interrupted"`
	Summary     summaryDoc  `json:"summary"`
	Results     []resultDoc `json:"results,omitzero"`
}

type summaryDoc struct {
	Results int `json:"results"`
	Passed  int `json:"passed"`
	Failed  int `json:"failed"`
	Errored int `json:"errored"`
	Skipped int `json:"skipped"`
	Checks  int `json:"checks"`
}

type resultDoc struct {
	Version int               `json:"version,omitempty"` // of an NDJSON line
	Type    string            `json:"type,omitempty"`    // of an NDJSON line
	File    string            `json:"file"`
	Line    int               `json:"line"`
	Name    string            `json:"name"`
	Tags    []string          `json:"tags,omitempty"`
	Stage   string            `json:"stage"`
	Profile string            `json:"profile,omitempty"`
	Seed    uint64            `json:"seed"`
	Verdict scenarios.Verdict `json:"verdict"`
	Reason  string            `json:"reason,omitempty"`
	Notes   []string          `json:"notes,omitempty"`
	Again   string            `json:"again,omitempty"`
	Started time.Time         `json:"started"`
	Took    ms                `json:"took_ms"`
	Steps   []stepDoc         `json:"steps"`
}

type stepDoc struct {
	Line     int                      `json:"line"`
	Name     string                   `json:"name"`
	Part     scenarios.Part           `json:"part,omitempty"`
	Platform ms                       `json:"platform_ms"` // platform time since the story began
	Verdict  scenarios.Verdict        `json:"verdict"`
	Checks   int                      `json:"checks"`
	Failures []scenarios.Failure      `json:"failures,omitempty"`
	Effects  []scenarios.EffectResult `json:"effects,omitempty"`
	Attempt  int                      `json:"attempt,omitempty"` // the number of this step's attempt in the delivery
	Delivery *deliveryDoc             `json:"delivery,omitempty"`
	Others   []deliveryDoc            `json:"other_deliveries,omitempty"` // of a press by several people, beside the first
	Answer   *answerDoc               `json:"answer,omitempty"`
	Entries  []entryDoc               `json:"entries,omitempty"`
	Pairs    []pairDoc                `json:"pairs,omitempty"`
	Timeline []toldDoc                `json:"timeline,omitempty"`
	Started  time.Time                `json:"started"`
	Took     ms                       `json:"took_ms"`
}

// pairDoc joins an attempt and what a mock journaled of it.
type pairDoc struct {
	Delivery int    `json:"delivery"` // 1 is the first
	Attempt  int    `json:"attempt"`
	Endpoint string `json:"endpoint"`
	Seq      uint64 `json:"seq"` // of the entry in the endpoint's journal
	OneClock bool   `json:"one_clock"`
}

type answerDoc struct {
	Status int         `json:"status,omitempty"`
	Header http.Header `json:"header,omitempty"`
	bodyDoc
	Error string `json:"error,omitempty"`
	Took  ms     `json:"took_ms"`
}

// bodyDoc is a body: as text when it is UTF-8, else as Base64.
type bodyDoc struct {
	Body       string `json:"body,omitempty"`
	BodyBase64 []byte `json:"body_base64,omitempty"`
}

type entryDoc struct {
	Version     int         `json:"version,omitempty"` // of a document of its own
	Type        string      `json:"type,omitempty"`
	Seq         uint64      `json:"seq"`
	NoRequest   bool        `json:"no_request,omitempty"` // a connection without a request
	Arrived     time.Time   `json:"arrived"`
	ReadAt      ms          `json:"read_at_ms,omitempty"`
	CheckedAt   ms          `json:"checked_at_ms,omitempty"`
	Completed   *time.Time  `json:"completed,omitempty"`
	Method      string      `json:"method"`
	Target      string      `json:"target"`
	Host        string      `json:"host"`
	Header      http.Header `json:"header"`
	Peer        string      `json:"peer,omitempty"`
	Client      string      `json:"client,omitempty"`
	Connection  uint64      `json:"connection,omitempty"`
	DuplicateOf uint64      `json:"duplicate_of,omitempty"`
	Attempt     int         `json:"attempt,omitempty"`
	bodyDoc
	BodyBytes int64              `json:"body_bytes"`
	Truncated bool               `json:"truncated,omitempty"`
	Findings  []receiver.Finding `json:"findings,omitempty"`
	Done      doneDoc            `json:"done"`
	Reactions []reactedDoc       `json:"reactions,omitempty"`
	Panic     string             `json:"panic,omitempty"`
}

type doneDoc struct {
	Asked      string `json:"asked"`
	Status     int    `json:"status,omitempty"`
	Ended      string `json:"ended"`
	HeadersAt  ms     `json:"headers_at_ms"`
	BodyAt     ms     `json:"body_at_ms"`
	BodyBytes  int64  `json:"body_bytes"`
	Difference ms     `json:"difference_ms,omitempty"`
	Error      string `json:"error,omitempty"`
}

type reactedDoc struct {
	Call   string `json:"call"`
	Status int    `json:"status,omitempty"`
	Error  string `json:"error,omitempty"`
	Took   ms     `json:"took_ms"`
}

// newRun is the run without its results, which JSON adds and NDJSON writes
// before it.
func newRun(run scenarios.Run, kind string) runDoc {
	return runDoc{
		Version:     Version,
		Type:        kind,
		Hookdrill:   run.Version,
		Seed:        run.Seed,
		Stage:       run.Stage,
		UnderTest:   run.UnderTest,
		Started:     run.Started,
		Took:        ms(run.Took),
		Interrupted: run.Interrupted,
		Summary: summaryDoc{
			Results: len(run.Results),
			Passed:  run.Count(scenarios.Passed),
			Failed:  run.Count(scenarios.Failed),
			Errored: run.Count(scenarios.Errored),
			Skipped: run.Count(scenarios.Skipped),
			Checks:  checks(run),
		},
	}
}

func newResult(r scenarios.Result) resultDoc {
	doc := resultDoc{
		File: r.File, Line: r.Line, Name: r.Name, Tags: r.Tags,
		Stage: r.Stage, Profile: r.Profile, Seed: r.Seed,
		Verdict: r.Verdict, Reason: r.Reason, Notes: r.Notes, Again: r.Again,
		Started: r.Started, Took: ms(r.Took),
		Steps: []stepDoc{},
	}
	for _, s := range r.Steps {
		doc.Steps = append(doc.Steps, newStep(s))
	}
	return doc
}

func newStep(s scenarios.StepResult) stepDoc {
	doc := stepDoc{
		Line: s.Line, Name: s.Name, Part: s.Part, Platform: ms(s.Platform), Verdict: s.Verdict, Checks: s.Checks,
		Failures: s.Failures, Effects: s.Effects,
		Started: s.Started, Took: ms(s.Took),
	}
	for i, one := range s.Deliveries {
		d := newDelivery(one)
		if i > 0 {
			doc.Others = append(doc.Others, d)
			continue
		}
		doc.Delivery = &d
		if s.Attempt < len(one.Attempts) {
			doc.Attempt = s.Attempt + 1
		}
	}
	if a := s.Answer; a != nil {
		doc.Answer = &answerDoc{Status: a.Status, Header: schema.RedactHeader(a.Header), bodyDoc: newBody(a.Body), Error: a.Error, Took: ms(a.Took)}
	}
	for _, pair := range s.Pairs {
		doc.Pairs = append(doc.Pairs, pairDoc{pair.Delivery + 1, pair.Attempt + 1, pair.Endpoint, pair.Entry.Seq, true})
	}
	for _, e := range s.Entries {
		doc.Entries = append(doc.Entries, newEntry(e))
	}
	for _, t := range s.Timeline {
		doc.Timeline = append(doc.Timeline, newTold(t))
	}
	return doc
}

func newEntry(e receiver.Entry, secretHeaders ...string) entryDoc {
	doc := entryDoc{
		Seq: e.Seq, NoRequest: e.NoRequest, Arrived: e.Arrived, ReadAt: ms(e.ReadAt), CheckedAt: ms(e.CheckedAt),
		Method: e.Request.Method, Target: schema.RedactURL(e.Request.Target), Host: e.Request.Host,
		Header: schema.RedactHeader(e.Request.Header, secretHeaders...),
		Peer:   address(e.Request.Peer), Connection: e.Request.Connection,
		DuplicateOf: e.DuplicateOf, Attempt: e.Attempt,
		bodyDoc: newBody(hideQuery(e.Request.Target, e.Request.Body)), BodyBytes: e.Request.BodyBytes, Truncated: e.Request.Truncated,
		Findings: e.Findings,
		Done: doneDoc{
			Asked: e.Done.Asked, Status: e.Done.Status, Ended: e.Done.Ended,
			HeadersAt: ms(e.Done.HeadersAt), BodyAt: ms(e.Done.BodyAt), BodyBytes: e.Done.BodyBytes,
			Difference: ms(e.Done.Difference), Error: e.Done.Error,
		},
		Panic: e.Panic,
	}
	if !e.Completed.IsZero() {
		doc.Completed = &e.Completed
	}
	if e.Request.Client.Addr.IsValid() {
		doc.Client = e.Request.Client.Addr.String()
	}
	for _, r := range e.Reactions {
		doc.Reactions = append(doc.Reactions, reactedDoc{redactCall(r.Call), r.Status, r.Error, ms(r.Took)})
	}
	return doc
}

func newBody(b []byte) bodyDoc {
	if utf8.Valid(b) {
		return bodyDoc{Body: string(b)}
	}
	return bodyDoc{BodyBase64: b}
}

func address(a netip.AddrPort) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

// checks counts every expectation that the run judged.
func checks(run scenarios.Run) int {
	n := 0
	for _, r := range run.Results {
		for _, s := range r.Steps {
			n += s.Checks
		}
	}
	return n
}

// redactCall hides the secrets of "METHOD URL".
func redactCall(call string) string {
	method, raw, found := strings.Cut(call, " ")
	if !found {
		return call
	}
	return method + " " + schema.RedactURL(raw)
}
