package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/hookdrill/hookdrill/scenarios/report"
	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender/console"
)

// maxRecorded bounds what of an answer is recorded. A request's body is recorded
// as far as the console read it, which has a bound of its own.
const maxRecorded = 1 << 20

// recording is the file of --record: a document a line, in the order in which
// calls were answered and pushes ended. A nil recording records nothing.
type recording struct {
	path string
	hide secrets

	mu   sync.Mutex
	file *os.File
	err  error // the first
}

// newRecording begins the file anew; nil when path is "". A path that cannot be
// written is an error now.
func newRecording(path, url string, hide secrets) (*recording, error) {
	if path == "" {
		return nil, nil
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("--record: %w", err)
	}
	r := &recording{path: path, hide: hide, file: file}
	first := struct {
		heading
		At  time.Time `json:"at"`
		URL string    `json:"url"`
	}{heading{report.Version, "recording"}, time.Now(), url}
	r.write(first)
	if r.err != nil {
		return nil, r.close()
	}
	return r, nil
}

func (r *recording) write(doc any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil {
		r.err = r.hide.write(r.file, doc)
	}
}

// close says what could not be written.
func (r *recording) close() error {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := errors.Join(r.err, r.file.Close()); err != nil {
		return fmt.Errorf("--record %s cannot be written: %w", r.path, err)
	}
	return nil
}

// recordedCall is a call and its answer for machines.
type recordedCall struct {
	heading
	At       time.Time   `json:"at"`
	Platform string      `json:"platform,omitempty"` // none: no platform was asked
	Method   string      `json:"method"`
	Path     string      `json:"path"`
	Query    string      `json:"query,omitempty"`
	Header   http.Header `json:"header"`
	recordedBody
	Answer recordedAnswer `json:"answer"`
}

type recordedAnswer struct {
	Status int         `json:"status"`
	Header http.Header `json:"header"`
	recordedBody
}

// recordedBody is a body: as text when it is UTF-8, without secrets, else as Base64.
type recordedBody struct {
	Body       string `json:"body,omitempty"`
	BodyBase64 []byte `json:"body_base64,omitempty"`
	BodyBytes  int64  `json:"body_bytes"` // all that was read or written
}

func newRecordedBody(b []byte, all int64) recordedBody {
	if utf8.Valid(b) {
		return recordedBody{Body: string(withoutSecrets(b)), BodyBytes: all}
	}
	return recordedBody{BodyBase64: b, BodyBytes: all}
}

// serve lets next answer, and records the call before the answer's last byte
// leaves.
func (r *recording) serve(platform string, w http.ResponseWriter, req *http.Request, next http.HandlerFunc) {
	if r == nil {
		next(w, req)
		return
	}
	call := recordedCall{
		heading: heading{report.Version, "call"}, At: time.Now(), Platform: platform, Method: req.Method, Path: req.URL.Path,
		Header: schema.RedactHeader(req.Header),
	}
	if req.URL.RawQuery != "" {
		call.Query = schema.RedactURL("?" + req.URL.RawQuery)[1:]
	}
	var sent bytes.Buffer
	body := &counted{Reader: io.TeeReader(req.Body, &sent), Closer: req.Body}
	req.Body = body
	answer := &answerRecorder{ResponseWriter: w, status: http.StatusOK}
	next(answer, req)
	call.recordedBody = newRecordedBody(sent.Bytes(), body.n)
	call.Answer = recordedAnswer{
		Status: answer.status, Header: schema.RedactHeader(answer.Header()),
		recordedBody: newRecordedBody(answer.body.Bytes(), answer.n),
	}
	r.write(call)
}

// counted counts what is read.
type counted struct {
	io.Reader
	io.Closer
	n int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += int64(n)
	return n, err
}

// answerRecorder keeps what is answered.
type answerRecorder struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
	n      int64
}

// Unwrap is for http.ResponseController.
func (a *answerRecorder) Unwrap() http.ResponseWriter { return a.ResponseWriter }

func (a *answerRecorder) WriteHeader(status int) {
	a.status = status
	a.ResponseWriter.WriteHeader(status)
}

func (a *answerRecorder) Write(b []byte) (int, error) {
	a.body.Write(b[:min(len(b), max(0, maxRecorded-a.body.Len()))])
	n, err := a.ResponseWriter.Write(b)
	a.n += int64(n)
	return n, err
}

// recordedPush is a push that has ended, for machines.
type recordedPush struct {
	heading
	At       time.Time   `json:"at"`
	Platform string      `json:"platform"`
	Incident string      `json:"incident"`
	Method   string      `json:"method"`
	Header   http.Header `json:"header"`
	recordedBody
	Delivery json.RawMessage `json:"delivery"`
}

// delivery records a push that has ended.
func (r *recording) delivery(b *board, e console.Entry) {
	if r == nil || e.Delivery == nil || e.What == console.Pressed {
		return
	}
	d := *e.Delivery
	var line bytes.Buffer
	_ = report.DeliveryJSON(&line, d, false) // it is made of what can be written
	r.write(recordedPush{
		heading: heading{report.Version, "push"}, At: e.At, Platform: b.platform, Incident: e.Incident, Method: d.Push.Method,
		Header: schema.RedactHeader(d.Push.Header), recordedBody: newRecordedBody(d.Push.Body, int64(len(d.Push.Body))),
		Delivery: line.Bytes(),
	})
}
