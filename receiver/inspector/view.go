package inspector

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/netip"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/hookdrill/hookdrill/receiver"
	"github.com/hookdrill/hookdrill/schema"
)

type statusView struct {
	Status string `json:"status"`
}

type namespacesView struct {
	Namespaces []string `json:"namespaces"`
}

type behaviorView struct {
	Behavior string `json:"behavior"`
}

type errorView struct {
	Error  string `json:"error"`
	Column int    `json:"column,omitempty"` // of a behavior's text, from 1
	Hint   string `json:"hint,omitempty"`
}

type entriesView struct {
	Entries     []entryView      `json:"entries"`
	Connections []connectionView `json:"connections"` // without a request
	Total       uint64           `json:"total"`       // how many entries there ever were
	Dropped     uint64           `json:"dropped"`     // how many were pushed out by newer ones
}

type connectionView struct {
	Connection uint64     `json:"connection"`
	Arrived    time.Time  `json:"arrived"`
	Completed  *time.Time `json:"completed"` // null while it goes on
	Peer       string     `json:"peer"`
	Local      string     `json:"local"`
	Done       doneView   `json:"done"`
	Panic      string     `json:"panic,omitempty"`
}

type waitView struct {
	Met     bool        `json:"met"`
	Count   int         `json:"count"` // how many were answered in time
	Reason  string      `json:"reason,omitempty"`
	Entries []entryView `json:"entries"`
}

// entryView is an entry as it leaves the process: secrets redacted, numbers
// exact, a body that is no text in base64.
type entryView struct {
	Seq         uint64             `json:"seq"`
	Arrived     time.Time          `json:"arrived"`
	Completed   *time.Time         `json:"completed"` // null while it is being answered
	Request     requestView        `json:"request"`
	Findings    []receiver.Finding `json:"findings"`
	DuplicateOf uint64             `json:"duplicate_of"`
	Attempt     int                `json:"attempt"`
	Done        doneView           `json:"done"`
	Reactions   []reactionView     `json:"reactions"`
	Panic       string             `json:"panic,omitempty"`
}

type requestView struct {
	Method     string             `json:"method"`
	Target     string             `json:"target"`
	Path       string             `json:"path"`
	Proto      string             `json:"proto"`
	Host       string             `json:"host"`
	Header     http.Header        `json:"header"`
	Body       *string            `json:"body,omitempty"`        // the raw text
	BodyBase64 string             `json:"body_base64,omitempty"` // of a body that is not UTF-8
	BodyBytes  int64              `json:"body_bytes"`
	Truncated  bool               `json:"truncated"`
	Peer       string             `json:"peer"`
	Local      string             `json:"local"`
	Connection uint64             `json:"connection"`
	Place      int                `json:"place"`
	Client     clientView         `json:"client"`
	ClientCN   string             `json:"client_cn,omitempty"`
	Values     schema.Values      `json:"values"`
	Violations []schema.Violation `json:"violations"`
}

type clientView struct {
	Peer   string   `json:"peer"`
	Addr   string   `json:"addr"`
	Header string   `json:"header"`
	Chain  []string `json:"chain"`
	Reason string   `json:"reason"`
	Match  string   `json:"match"`
}

// doneView gives times in milliseconds, counted from the request's arrival.
type doneView struct {
	Asked        string  `json:"asked"`
	Status       int     `json:"status"`
	Ended        string  `json:"ended"`
	HeadersMS    float64 `json:"headers_at_ms"`
	BodyMS       float64 `json:"body_at_ms"`
	BodyBytes    int64   `json:"body_bytes"`
	DifferenceMS float64 `json:"difference_ms"`
	Error        string  `json:"error,omitempty"`
}

type reactionView struct {
	Call   string  `json:"call"`
	Status int     `json:"status"`
	Error  string  `json:"error,omitempty"`
	TookMS float64 `json:"took_ms"`
}

func views(r *receiver.Receiver, entries []receiver.Entry, limit int) []entryView {
	out := []entryView{}
	for _, e := range entries {
		if len(out) == limit {
			break
		}
		out = append(out, viewOf(r, e))
	}
	return out
}

func viewOf(r *receiver.Receiver, e receiver.Entry) entryView {
	v := entryView{
		Seq: e.Seq, Arrived: e.Arrived, Findings: e.Findings, DuplicateOf: e.DuplicateOf, Attempt: e.Attempt, Panic: e.Panic,
		Request: requestViewOf(r, e.Request), Reactions: []reactionView{},
		Done: doneViewOf(e.Done),
	}
	if v.Findings == nil {
		v.Findings = []receiver.Finding{}
	}
	if !e.Completed.IsZero() {
		v.Completed = &e.Completed
	}
	for _, d := range e.Reactions {
		v.Reactions = append(v.Reactions, reactionView{d.Call, d.Status, d.Error, ms(d.Took)})
	}
	return v
}

func doneViewOf(d receiver.Done) doneView {
	return doneView{
		Asked: d.Asked, Status: d.Status, Ended: d.Ended, Error: d.Error, BodyBytes: d.BodyBytes,
		HeadersMS: ms(d.HeadersAt), BodyMS: ms(d.BodyAt), DifferenceMS: ms(d.Difference),
	}
}

func connectionViews(entries []receiver.Entry, limit int) []connectionView {
	out := []connectionView{}
	for _, e := range entries[:min(len(entries), limit)] {
		v := connectionView{
			Connection: e.Request.Connection, Arrived: e.Arrived, Peer: address(e.Request.Peer), Local: address(e.Request.Local),
			Done: doneViewOf(e.Done), Panic: e.Panic,
		}
		if !e.Completed.IsZero() {
			v.Completed = &e.Completed
		}
		out = append(out, v)
	}
	return out
}

func requestViewOf(r *receiver.Receiver, q receiver.Request) requestView {
	v := requestView{
		Method: q.Method, Target: schema.RedactURL(q.Target), Path: q.Path, Proto: q.Proto, Host: q.Host,
		Header: schema.RedactHeader(q.Header, r.SecretHeaders()...), BodyBytes: q.BodyBytes, Truncated: q.Truncated,
		Peer: address(q.Peer), Local: address(q.Local), Connection: q.Connection, Place: q.Place, Values: q.Values, Violations: q.Violations, ClientCN: q.ClientCN,
		Client: clientView{q.Client.Peer, "", q.Client.Header, q.Client.Chain, q.Client.Reason, q.Client.Match},
	}
	if q.Client.Addr.IsValid() {
		v.Client.Addr = q.Client.Addr.String()
	}
	if v.Client.Chain == nil {
		v.Client.Chain = []string{}
	}
	if v.Values == nil {
		v.Values = schema.Values{}
	}
	if v.Violations == nil {
		v.Violations = []schema.Violation{}
	}
	secrets := schema.SecretsIn(q.Target)
	if len(secrets) > 0 { // a push may say where it was sent, and so may its endpoint's name
		v.Values = maps.Clone(v.Values)
		for name, value := range v.Values {
			if text, ok := value.(string); ok {
				v.Values[name] = schema.RedactText(text, secrets)
			}
		}
	}
	if text := string(q.Body); utf8.ValidString(text) {
		text = schema.RedactText(text, secrets)
		v.Body = &text
	} else {
		v.BodyBase64 = base64.StdEncoding.EncodeToString(q.Body)
	}
	return v
}

func address(a netip.AddrPort) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// reply writes v as JSON without a raw control character: what a stranger sent
// may end up in somebody's terminal.
func reply(w http.ResponseWriter, status int, v any) {
	text, err := json.Marshal(v)
	if err != nil {
		status, text = http.StatusInternalServerError, []byte(`{"error":"the answer cannot be written as JSON"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(plainText(text), '\n'))
}

func fail(w http.ResponseWriter, status int, problem string) {
	reply(w, status, errorView{Error: problem})
}

func failBehavior(w http.ResponseWriter, err error) {
	view := errorView{Error: err.Error()}
	var wrong *receiver.BehaviorError
	if errors.As(err, &wrong) {
		view.Column, view.Hint = wrong.Column, wrong.Hint
	}
	reply(w, http.StatusBadRequest, view)
}

// plainText escapes what encoding/json leaves raw: DEL, C1 controls and marks
// that reorder or hide text. They can stand in strings only.
func plainText(text []byte) []byte {
	if bytes.IndexFunc(text, hidden) < 0 {
		return text
	}
	var b bytes.Buffer
	for _, r := range string(text) {
		switch {
		case !hidden(r):
			b.WriteRune(r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.Bytes()
}

func hidden(r rune) bool {
	return r >= 0x7f && (unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp))
}
