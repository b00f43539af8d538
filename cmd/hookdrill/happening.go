package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/hookdrill/hookdrill/scenarios/report"
	"github.com/hookdrill/hookdrill/schema"
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
	parts := []string{e.At.Local().Format("15:04:05.000"), fmt.Sprintf("%-9s", t.platform()), fmt.Sprintf("%-13s", e.What)}
	add := func(text string) {
		if text != "" {
			parts = append(parts, report.Clean(text))
		}
	}
	add(e.Incident)
	if e.Call != "" {
		add(fmt.Sprintf("%s %d", e.Call, e.Status))
	}
	switch about := t.about(); {
	case about == "" || about == e.Text:
		add(e.Text)
	case e.Text == "":
		add(about)
	default:
		add(about + ": " + e.Text)
	}
	if name := e.By.Name; name != "" {
		add("by " + name)
	}
	if event := t.event(); event != "" {
		add("event " + event)
	}
	add(e.Reason)
	if len(e.Notes) > 0 {
		add("noted: " + strings.Join(e.Notes, "; "))
	}
	return strings.Join(parts, "  ")
}

// secrets takes what nobody is to see out of what is shown or written: the key,
// and what stands in the endpoints' URLs. Whoever calls may send it back to us.
type secrets struct{ swap *strings.Replacer }

func newSecrets(list []string) secrets {
	var swaps []string
	for _, one := range list {
		if len(one) < minSecret {
			continue
		}
		swaps = append(swaps, one, schema.Redacted)
		if escaped := url.QueryEscape(one); escaped != one {
			swaps = append(swaps, escaped, schema.Redacted)
		}
	}
	return secrets{strings.NewReplacer(swaps...)}
}

func (s secrets) text(text string) string { return s.swap.Replace(text) }

// write writes doc as a line of JSON.
func (s secrets) write(w io.Writer, doc any) error {
	line, err := json.Marshal(doc)
	if err != nil {
		return err
	}
	tree, err := schema.ReadTree(line)
	if err == nil {
		tree, err = tree.Replace(func(_, text string) (schema.Tree, error) { return schema.TextTree(s.text(text)), nil })
	}
	if err != nil { // deeper than what we read
		return report.WriteJSON(w, struct {
			heading
			Error string `json:"error"`
		}{heading{report.Version, "unwritten"}, s.text(err.Error())}, false)
	}
	return report.WriteJSON(w, json.RawMessage(tree.JSON()), false)
}
