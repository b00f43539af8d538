package main

import (
	"io"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// sample is a value that a flag of each type takes, and how it is shown.
var sample = map[string]struct{ text, shown string }{
	"bool":        {"true", "true"},
	"string":      {"json", "json"},
	"stringArray": {"one,1\ntwo", `["one,1",two]`},
	"stringSlice": {"one\ntwo,three", "[one,two,three]"},
	"time":        {"2026-05-27T10:00:00Z", "2026-05-27T10:00:00Z"},
	"fault":       {"first 2 refused", "first 2 refused"},
	"int":         {"7", "7"},
	"kind":        {"true", "valid"},
	"int64":       {"7", "7"},
	"uint64":      {"18446744073709551615", "18446744073709551615"},
	"duration":    {"1500ms", "1.5s"},
}

func TestEveryFlagHasATwinInTheEnvironment(t *testing.T) {
	var try func(a *app, cmd *cobra.Command)
	try = func(a *app, cmd *cobra.Command) {
		for _, sub := range cmd.Commands() {
			try(a, sub)
		}
		flags := 0
		a.getenv = func(name string) (string, bool) {
			var text string
			cmd.Flags().VisitAll(func(f *pflag.Flag) {
				if twin(f.Name) == name {
					text = sample[f.Value.Type()].text
				}
			})
			return text, text != ""
		}
		_ = cmd.InheritedFlags() // merges those of the root into Flags
		if err := a.twins(cmd); err != nil {
			t.Errorf("%s: %v", cmd.CommandPath(), err)
		}
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if f.Name == "help" {
				return
			}
			flags++
			want, known := sample[f.Value.Type()]
			if got := f.Value.String(); !known || !f.Changed || got != want.shown {
				t.Errorf("%s --%s (%s) is %q after %s=%q, want %q", cmd.CommandPath(), f.Name, f.Value.Type(), got, twin(f.Name), want.text, want.shown)
			}
		})
		if flags == 0 {
			t.Errorf("%s has no flags at all", cmd.CommandPath())
		}
	}
	a := &app{stdout: &outlet{w: io.Discard}, stderr: &outlet{w: io.Discard}, stdin: strings.NewReader("")}
	try(a, a.root())
}

// The table of the design: what comes with a later feature is unknown, never a
// stub.
func TestFlagsThatAreNotThereYet(t *testing.T) {
	for _, line := range []string{
		"press --claim-source 192.0.2.1",
		"press --proxy-protocol v1", "receive --proxy-protocol v1", "selftest --allow-exec", "selftest --on mock",
	} {
		code := run(strings.Fields(line), func(string) (string, bool) { return "", false }, strings.NewReader(""), io.Discard, io.Discard)
		if code != exitUsage {
			t.Errorf("hookdrill %s: exit code %d, want %d", line, code, exitUsage)
		}
	}
}
