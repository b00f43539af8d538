package main

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/hookdrill/hookdrill/scenarios/report"
	"github.com/hookdrill/hookdrill/sender/console"
)

// happening is one thing that happened on a platform, or before one was asked.
type happening struct {
	board *board // nil: no platform was asked
	entry console.Entry
}

// happeningDoc is an entry of a timeline for machines.
type happeningDoc struct {
	heading
	Platform string         `json:"platform,omitempty"` // none: no platform was asked
	Number   uint64         `json:"number,omitempty"`
	At       time.Time      `json:"at"`
	What     console.What   `json:"what"`
	Incident string         `json:"incident,omitempty"`
	Field    string         `json:"field,omitempty"`
	Text     string         `json:"text,omitempty"`
	By       *personDoc     `json:"by,omitempty"`
	Call     string         `json:"call,omitempty"`
	Status   int            `json:"status,omitempty"`
	Reason   string         `json:"reason,omitempty"`
	Notes    []string       `json:"notes,omitempty"`
	Detail   map[string]any `json:"detail,omitempty"`
	Event    string         `json:"event_id,omitempty"` // of a press
}

type personDoc struct {
	ID    string `json:"id,omitempty"`
	Name  string `json:"name,omitempty"`
	Email string `json:"email,omitempty"`
}

func (t happening) doc() happeningDoc {
	e := t.entry
	doc := happeningDoc{
		heading: heading{report.Version, "timeline"}, Number: e.Number, At: e.At, What: e.What, Incident: e.Incident,
		Field: t.about(), Text: e.Text, Call: e.Call, Status: e.Status, Reason: e.Reason, Notes: e.Notes, Detail: e.Detail, Event: t.event(),
	}
	if t.board != nil {
		doc.Platform = t.board.platform
	}
	if by := (personDoc{e.By.ID, e.By.Name, e.By.Email}); by != (personDoc{}) {
		doc.By = &by
	}
	return doc
}

func (t happening) platform() string {
	if t.board == nil {
		return "-"
	}
	return t.board.platform
}

// about is what an entry is about: a field, a status page's event, or the label of
// the button that was pressed.
func (t happening) about() string {
	if t.entry.Delivery == nil {
		return t.entry.Field
	}
	action, _ := t.board.registry.Action(t.entry.Field)
	return cmp.Or(action.Label, t.entry.Field)
}

// event is the id of the press that an entry tells of.
func (t happening) event() string {
	if t.entry.Delivery == nil {
		return ""
	}
	return t.entry.Delivery.EventID
}

// showHappening writes one line. An outlet's writes do not fail.
func (a *app) showHappening(format string, d *desk, t happening) {
	if format == "text" {
		fmt.Fprintln(a.stdout, d.hide.text(t.line()))
		return
	}
	_ = d.hide.write(a.stdout, t.doc())
}

// line says for people what happened, on what, by which call and why not.
func (t happening) line() string {
	e := t.entry
	parts := []string{e.At.Local().Format("15:04:05.000"), fmt.Sprintf("%-9s", t.platform()), fmt.Sprintf("%-14s", e.What)}
	add := func(text string) {
		if text != "" {
			parts = append(parts, report.Clean(text))
		}
	}
	add(e.Incident)
	if e.Call != "" {
		add(fmt.Sprintf("%s %d", e.Call, e.Status))
	}
	switch about, text := t.about(), atMost(200, e.Text); {
	case about == "" || about == text:
		add(text)
	case text == "":
		add(about)
	default:
		add(about + ": " + text)
	}
	if name := e.By.Name; name != "" {
		add("by " + name)
	}
	if event := t.event(); event != "" {
		add("event " + event)
	}
	add(atMost(1000, e.Reason))
	if len(e.Notes) > 0 {
		add("noted: " + atMost(1000, strings.Join(e.Notes, "; ")))
	}
	return strings.Join(parts, "  ")
}

// atMost is the beginning of a text, in so many characters: a stranger may say a
// million. --output ndjson has all of them.
func atMost(most int, text string) string {
	characters := 0
	for at := range text {
		if characters++; characters > most {
			return text[:at] + "..."
		}
	}
	return text
}
