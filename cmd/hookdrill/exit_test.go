package main

import (
	"errors"
	"fmt"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTheHardestErrorDecidesTheExitCode(t *testing.T) {
	usage := usageError("no such file")
	look := lookError(errors.New("port in use"))
	interrupted := interruptedError(syscall.SIGTERM)
	for name, c := range map[string]struct {
		err  error
		code int
		said []string
	}{
		"nothing":                       {nil, 0, nil},
		"usage":                         {usage, 2, []string{"hookdrill: no such file"}},
		"a failure told as a result":    {errNotPassed, 1, nil},
		"could not look beats usage":    {join(usage, look), 3, []string{"hookdrill: no such file", "hookdrill: port in use"}},
		"a failure beats both":          {join(look, join(usage, errNotPassed)), 1, []string{"hookdrill: port in use", "hookdrill: no such file"}},
		"an interruption beats all":     {join(errNotPassed, interrupted, look), 143, []string{"hookdrill: port in use"}},
		"a wrapped error keeps its own": {fmt.Errorf("--header: %w", usage), 2, []string{"hookdrill: --header: no such file"}},
		"an error of cobra is usage":    {errors.New("odd"), 2, []string{"hookdrill: odd"}},
		"nothing joined is nothing":     {join(nil, lookError(nil)), 0, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if got := exitCode(c.err); got != c.code {
				t.Errorf("exitCode() = %d, want %d", got, c.code)
			}
			if diff := cmp.Diff(c.said, complaints(c.err)); diff != "" {
				t.Errorf("complaints() mismatch (-want +got):\n%s", diff)
			}
		})
	}
}
