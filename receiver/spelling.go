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
	var steps []string
	add := func(words ...string) { steps = append(steps, strings.Join(words, " ")) }
	if a.Delay > 0 {
		add("delay", a.Delay.String())
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
	switch {
	case a.Cut:
		add("cut headers")
		add(string(a.end()))
		return strings.Join(steps, " + ")
	case a.Length > 0:
		add("length", strconv.FormatInt(a.Length, 10))
	}
	if a.BodyDelay > 0 {
		add("delay", a.BodyDelay.String())
	}
	switch {
	case a.BodyFile != "":
		add("body file", a.BodyFile)
	case len(a.Body) > 0:
		add("body", spelled(a.Body))
	}
	if a.EndDelay > 0 {
		add("delay", a.EndDelay.String())
	}
	if end := a.end(); end != Answered {
		add(string(end))
	}
	return strings.Join(steps, " + ")
}

// plain reports whether a is a status and nothing else, which most are.
func (a Answer) plain() bool {
	return a.Delay == 0 && a.Redirect == "" && len(a.Header) == 0 && a.BodyDelay == 0 && len(a.Body) == 0 && a.BodyFile == "" &&
		a.EndDelay == 0 && a.End == Answered && !a.Cut && a.Length == 0
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
		if w.text == "+" || w.text == "then" || i == 0 && (w.text == "base64" || w.text == "file") || !fieldValue(w.text) {
			plain = nil
			break
		}
	}
	if utf8.ValidString(s) && strings.Join(plain, " ") == s {
		return s
	}
	return "base64 " + base64.RawURLEncoding.EncodeToString(text)
}
