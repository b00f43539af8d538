// Package report writes a run for people and machines: one Writer for each
// format.
package report

import (
	"io"

	"github.com/hookdrill/hookdrill/scenarios"
)

// Writer writes one run in one format. The error is the writer's own.
type Writer func(io.Writer, scenarios.Run) error
