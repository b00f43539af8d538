package receiver

import (
	"encoding/base64"
	"net/http"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/hookdrill/hookdrill/schema"
)

// String gives the text that ParseBehavior reads.
func (a Answer) String() string {
	if a.plain() {
		return "status " + strconv.Itoa(a.status())
	}
	if a.MidDelay == 0 && a.BodyFile == "" {
		a.Body, a.Rest = append(a.Body[:len(a.Body):len(a.Body)], a.Rest...), nil // nobody sees that it was two
	}
	var steps []string
	add := func(words ...string) { steps = append(steps, strings.Join(words, " ")) }
	if a.HandshakeDelay > 0 {
		add("tls delay", a.HandshakeDelay.String())
	}
	if a.Delay > 0 {
		add("delay", a.Delay.String())
	}
	if a.Latency.Kind != "" {
		add("delay", a.Latency.String())
	}
	if a.Drip.Headers {
		add(a.Drip.String())
	}
	if a.Flaw.headless() {
		add(string(a.Flaw.Kind))
	}
	switch status := a.status(); {
	case a.Redirect != "" && status == http.StatusFound:
		add("redirect", a.Redirect)
	case a.Redirect != "":
		add("redirect", strconv.Itoa(status), a.Redirect)
	case status != 0:
		add("status", strconv.Itoa(status))
	}
	names := make([]string, 0, len(a.Header))
	for name := range a.Header {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		for _, value := range a.Header[name] {
			add(strings.TrimRight("header "+name+" "+spelled([]byte(value)), " "))
		}
	}
	if a.Flaw.Kind != "" && !a.Flaw.headless() {
		add(a.Flaw.String())
	}
	switch {
	case a.Cut || a.HeadDelay > 0:
		add("cut headers")
	case a.OtherLength > 0:
		add("length", strconv.FormatInt(a.Length, 10), "and", strconv.FormatInt(a.OtherLength, 10))
	case a.Length > 0:
		add("length", strconv.FormatInt(a.Length, 10))
	}
	if a.HeadDelay > 0 {
		add("delay", a.HeadDelay.String())
	}
	if a.Cut {
		add(string(a.end()))
		return strings.Join(steps, " + ")
	}
	if a.BodyDelay > 0 && a.HeadDelay == 0 {
		add("delay", a.BodyDelay.String())
	}
	if a.Drip.Every > 0 && !a.Drip.Headers {
		add(a.Drip.String())
	}
	switch {
	case a.BodyFile != "":
		add("body file", a.BodyFile)
	case len(a.Body) > 0:
		add("body", spelled(a.Body))
	}
	if len(a.Rest) > 0 {
		add("delay", a.MidDelay.String())
		add("body", spelled(a.Rest))
	}
	if a.EndDelay > 0 {
		add("delay", a.EndDelay.String())
	}
	if a.Flaw.endless() {
		return strings.Join(steps, " + ")
	}
	if end := a.end(); end != Answered {
		add(string(end))
	}
	return strings.Join(steps, " + ")
}

// plain reports whether a is a status and nothing else, which most are.
func (a Answer) plain() bool {
	return a.HandshakeDelay == 0 && a.Delay == 0 && a.Redirect == "" && len(a.Header) == 0 && a.BodyDelay == 0 && len(a.Body) == 0 && a.BodyFile == "" &&
		a.EndDelay == 0 && a.End == Answered && !a.Cut && a.Length == 0 &&
		a.Latency.Kind == "" && a.Drip == Drip{} && a.Flaw == Flaw{} && a.HeadDelay == 0 && len(a.Rest) == 0
}

// String gives the step.
func (d Drip) String() string { return "drip " + strconv.Itoa(d.Bytes) + " every " + d.Every.String() }

// String gives the step.
func (f Flaw) String() string {
	if f.Kind == BigHeader || f.Kind == ManyHeaders {
		return string(f.Kind) + " " + strconv.Itoa(f.Size)
	}
	return string(f.Kind)
}

// redacted returns a as it may be told: without the values of headers that are
// secret, and of what a target holds of them.
func (a Answer) redacted(secrets []string) Answer {
	if len(a.Header) > 0 {
		a.Header = schema.RedactHeader(a.Header, secrets...)
	}
	if a.Redirect != "" {
		a.Redirect = schema.RedactURL(a.Redirect)
	}
	return a
}

// spelled writes text as inline reads it: as it is where words and single
// spaces say all, else as base64.
func spelled(text []byte) string {
	s := string(text)
	words := split(s)
	plain := make([]string, len(words))
	for i, w := range words {
		plain[i] = w.text
		if w.text == "+" || w.text == "then" || w.text == "else" || i == 0 && (w.text == "base64" || w.text == "file") || !fieldValue(w.text) {
			plain = nil
			break
		}
	}
	if utf8.ValidString(s) && strings.Join(plain, " ") == s {
		return s
	}
	return "base64 " + base64.RawURLEncoding.EncodeToString(text)
}
