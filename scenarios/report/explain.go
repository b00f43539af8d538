package report

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/hookdrill/hookdrill/scenarios"
	"github.com/hookdrill/hookdrill/sender"
)

// Sayings are the words of the text report for how an attempt ended, so that its
// lines can be explained too.
func Sayings() (out []scenarios.Saying) {
	const by = "a report of hookdrill's"
	for phase, text := range missing {
		out = append(out, scenarios.Saying{Text: text + " by", By: by, Means: []sender.Outcome{{Kind: sender.Timeout, Phase: phase}}})
	}
	for kind, text := range happened {
		out = append(out, scenarios.Saying{Text: text, By: by, Means: []sender.Outcome{{Kind: kind}}})
		for phase := range missing {
			out = append(out, scenarios.Saying{Text: text + " in " + string(phase), By: by, Means: []sender.Outcome{{Kind: kind, Phase: phase}}})
		}
	}
	slices.SortFunc(out, func(a, b scenarios.Saying) int { return strings.Compare(a.Text, b.Text) })
	return out
}

// ExplainText writes an explanation for people: each cause with what speaks for
// it, what follows on each platform, and lines that make it happen.
func ExplainText(w io.Writer, e scenarios.Explanation, color bool) error {
	p := printer{color: color}
	for _, s := range e.Read {
		p.line("%s", Clean(sayingText(s)))
	}
	for i, c := range e.Causes {
		p.line("")
		p.cause(i+1, c, len(c.Why) < len(e.Read))
	}
	_, err := io.WriteString(w, p.String())
	return err
}

// sayingText says whose text was recognized.
func sayingText(s scenarios.Saying) string {
	text := strconv.Quote(s.Text) + ": " + s.By
	if s.Note != "" {
		text += "; " + s.Note
	}
	return text
}

// cause writes one cause; partly is whether not all of what was recognized fits.
func (p *printer) cause(number int, c scenarios.Cause, partly bool) {
	p.line("%d  %s  %s", number, p.paint(yellow, causeName(c)), Clean(c.Does))
	if partly {
		for _, text := range c.Why {
			p.row("why", text)
		}
	}
	p.row("time", c.Time)
	if len(c.GoText) > 0 {
		p.row("looks", "in a Go client: "+strings.Join(quoted(c.GoText), " or "))
	}
	for _, f := range c.Platforms {
		p.foretold(f, c.Platforms)
	}
	if len(c.Ways) == 0 {
		p.row("to see it", "nothing here makes it happen")
	}
	for i, way := range c.Ways {
		label := "or"
		if i == 0 {
			label = "to see it"
		}
		p.row(label, wayText(way))
		if lines := Lines(way); i == 0 || len(lines) == 1 {
			for _, line := range lines {
				p.line("  %-9s    %s", "", Clean(line))
			}
		}
	}
}

func quoted(list []string) (out []string) {
	for _, text := range list {
		out = append(out, strconv.Quote(text))
	}
	return out
}

// causeName is the cause in the words of outcomes: "timeout in headers",
// "answered 503".
func causeName(c scenarios.Cause) string {
	name := c.Outcome.String()
	switch {
	case c.DialTimeout:
		name += ", by the dialer's own limit"
	case c.Status != 0:
		name += " " + strconv.Itoa(c.Status)
	}
	return name
}

// foretold writes what follows on one platform, by its name where no other of them
// has that name too.
func (p *printer) foretold(f scenarios.Foretold, all []scenarios.Foretold) {
	title := f.Title
	if slices.ContainsFunc(all, func(o scenarios.Foretold) bool { return o.Title == f.Title && o.Profile != f.Profile }) {
		title = f.Profile
	}
	if f.Delivery == nil {
		p.row(title, f.Instead)
		return
	}
	text := f.Delivery.Consequence.Text
	if f.Instead != "" {
		text = f.Instead + ": " + text
	}
	p.row(title, text)
	for _, h := range f.Delivery.Hinges {
		p.row("hinges on", h.Text)
	}
}

func wayText(w scenarios.Way) string {
	if w.Fault == "" {
		return w.Does
	}
	return "fault " + w.Fault + ": " + w.Does
}

// mockURL is where receive listens when nobody says otherwise.
const mockURL = "127.0.0.1:8080/"

// Lines are the commands that make it happen: a shipped story, a press, or an
// endpoint and a press in two terminals.
func Lines(w scenarios.Way) []string {
	if w.Story != "" {
		return []string{"hookdrill selftest " + w.Story}
	}
	receive, press, scheme := "hookdrill receive --profile "+w.Profile, "hookdrill press --profile "+w.Profile, "http"
	if w.TLS != "" {
		receive += " --tls=" + w.TLS
	}
	if w.Behavior != "" {
		receive += " --behavior '" + w.Behavior + "'"
	}
	if w.HTTPS {
		scheme = "https"
	}
	press += fmt.Sprintf(" --url %s://%s", scheme, mockURL)
	if w.Deadline > 0 {
		press += " --deadline " + w.Deadline.String()
	}
	if w.Insecure {
		press += " --insecure"
	}
	if w.Dial != "" {
		return []string{press + " --fault " + w.Dial}
	}
	return []string{receive, press}
}
