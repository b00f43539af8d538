package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/hookdrill/hookdrill/sender"
)

// An attempt that could not be made is no mistake of the flags, and takes none of
// those before it along.
func TestAnAttemptThatCouldNotBeMade(t *testing.T) {
	made := sender.Delivery{
		Profile: "flashduty@2026-05-27", Title: "Flashduty", URL: "http://127.0.0.1:1/",
		Attempts: []sender.Attempt{{Number: 1, URL: "http://127.0.0.1:1/", Outcome: sender.Outcome{Kind: sender.Refused, Phase: sender.PhaseConnect}}},
	}
	none := made
	none.Attempts = nil
	descriptors := errors.New("socket: too many open files")
	tests := map[string]struct {
		delivery sender.Delivery
		blind    error
		code     int
		shows    string
	}{
		"the first":           {none, descriptors, exitLook, ""},
		"a repeat":            {made, descriptors, exitLook, "connection refused"},
		"none, all were made": {made, nil, exitFailed, "connection refused"},
		"metadata":            {none, fmt.Errorf("press: %w", sender.ErrMetadata), exitUsage, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			a := &app{getenv: func(string) (string, bool) { return "", false }, stdout: &outlet{w: &out}, stderr: &outlet{w: io.Discard}}
			err := a.conclude(&pressing{format: &choice{value: "text"}}, headers{}, test.delivery, test.blind)
			if got := exitCode(err); got != test.code {
				t.Errorf("exit code %d (%v), want %d", got, err, test.code)
			}
			if !strings.Contains(out.String(), test.shows) || test.shows == "" && out.Len() > 0 {
				t.Errorf("told %q, want it to hold %q", out.String(), test.shows)
			}
		})
	}
}

func TestWhatComesBackHoldsNoSecret(t *testing.T) {
	h := headers{
		list: []sender.Header{
			{Name: "X-Token", Value: "drill"},
			{Name: "X-Api-Key", Value: "drill-and-more"},
			{Name: "Authorization", Value: "Bearer of-the-platform"},
			{Name: "X-Plain", Value: "harmless"},
		},
	}
	back := "drill-and-more, of-the-platform, harmless"
	d := h.conceal(sender.Delivery{Attempts: []sender.Attempt{{
		Body: []byte(back), Error: back, GoText: back, Notes: []string{back}, Header: http.Header{"X-Back": {back}},
	}}})
	const want = "[redacted], [redacted], harmless"
	a := d.Attempts[0]
	for place, got := range map[string]string{"body": string(a.Body), "error": a.Error, "Go's text": a.GoText, "note": a.Notes[0], "header": a.Header.Get("X-Back")} {
		if got != want {
			t.Errorf("%s: %q, want %q", place, got, want)
		}
	}
}
