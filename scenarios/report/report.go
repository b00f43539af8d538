// Package report writes a run for people and machines: one Writer for each
// format. Text from outside (answers, bodies, headers) is escaped and secrets
// are redacted in every one of them.
package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/hookdrill/hookdrill/scenarios"
)

// Writer writes one run in one format. The error is the writer's own.
type Writer func(io.Writer, scenarios.Run) error

// Kind is one format by the name that --output and --report know it by.
type Kind struct {
	Name  string
	Write Writer
}

// kinds is sorted by name.
var kinds = []Kind{
	{"json", JSON},
	{"junit", JUnit},
	{"ndjson", NDJSON},
	{"text", Text},
}

// Kinds returns every format, sorted by name.
func Kinds() []Kind { return append([]Kind(nil), kinds...) }

// ByName returns the writer of that name; the error lists those that there are.
func ByName(name string) (Writer, error) {
	var names []string
	for _, k := range kinds {
		if k.Name == name {
			return k.Write, nil
		}
		names = append(names, k.Name)
	}
	return nil, fmt.Errorf("no report format %q; there are %s", name, strings.Join(names, ", "))
}
