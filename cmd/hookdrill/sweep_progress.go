package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/hookdrill/hookdrill/scenarios"
	"github.com/hookdrill/hookdrill/scenarios/report"
)

// progressBar says how long a sweep takes, and on a terminal how far it is.
type progressBar struct {
	to    *outlet
	limit time.Duration
	live  bool
	all   int
	shown int // in percent
}

func (a *app) sweepBar(s *sweeping) *progressBar {
	return &progressBar{to: a.stderr, limit: s.maxTime, live: a.stderr.terminal()}
}

func (b *progressBar) plan(p scenarios.SweepPlan) {
	b.all = p.Presses
	text := fmt.Sprintf("%d presses", p.Presses)
	if p.Opening > 0 {
		text += fmt.Sprintf(" and about %d that open connections", p.Opening)
	}
	text += ", about " + report.Duration(p.Takes)
	if p.Takes > b.limit {
		text += fmt.Sprintf("; --max-time ends them after %s", report.Duration(b.limit))
	}
	fmt.Fprintln(b.to, text)
}

func (b *progressBar) made(n int) {
	const width = 40
	percent := 100 * n / b.all
	if !b.live || percent == b.shown {
		return
	}
	b.shown = percent
	full := width * n / b.all
	fmt.Fprintf(b.to, "\r[%s%s] %d of %d", strings.Repeat("#", full), strings.Repeat(".", width-full), n, b.all)
}

// end takes the bar away.
func (b *progressBar) end() {
	if b.shown > 0 {
		fmt.Fprint(b.to, "\r\x1b[K")
	}
}
