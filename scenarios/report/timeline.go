package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/hookdrill/hookdrill/scenarios"
	"github.com/hookdrill/hookdrill/sender"
)

// toldDoc is one entry of a console's timeline.
type toldDoc struct {
	Platform  string     `json:"platform"`
	Elsewhere bool       `json:"elsewhere,omitempty"` // it is not the platform that the story is told on
	Number    uint64     `json:"number"`
	At        time.Time  `json:"at"` // platform time
	What      string     `json:"what"`
	Incident  string     `json:"incident,omitempty"`
	Field     string     `json:"field,omitempty"`
	Text      string     `json:"text,omitempty"`
	By        *personDoc `json:"by,omitempty"`
	Call      string     `json:"call,omitempty"`
	Status    int        `json:"status,omitempty"`
	Reason    string     `json:"reason,omitempty"`
	Notes     []string   `json:"notes,omitempty"`
}

type personDoc struct {
	ID    string `json:"id,omitempty"`
	Name  string `json:"name,omitempty"`
	Email string `json:"email,omitempty"`
}

func newTold(t scenarios.Told) toldDoc {
	doc := toldDoc{
		Platform: t.Platform, Elsewhere: t.Elsewhere, Number: t.Number, At: t.At, What: string(t.What), Incident: t.Incident,
		Field: t.Field, Text: t.Text, Call: redactCall(t.Call), Status: t.Status, Reason: t.Reason, Notes: t.Notes,
	}
	if by := (personDoc{t.By.ID, t.By.Name, t.By.Email}); by != (personDoc{}) {
		doc.By = &by
	}
	return doc
}

// told writes what the consoles told while a step went on: a line for each entry.
func (p *printer) told(s scenarios.StepResult) {
	for _, t := range s.Timeline {
		p.row("console", toldText(t))
		for _, note := range t.Notes {
			p.row("", note)
		}
	}
}

// toldText says in a line what happened, by which call, or why it was refused.
func toldText(t scenarios.Told) string {
	words := []string{string(t.What)}
	if t.Elsewhere {
		words = []string{t.Platform, string(t.What)}
	}
	if t.Call != "" {
		words = append(words, redactCall(t.Call))
	}
	if t.Status != 0 {
		words = append(words, fmt.Sprint(t.Status))
	}
	if t.Field != "" {
		words = append(words, t.Field)
	}
	if by := person(t.By); by != "" {
		words = append(words, "by "+by)
	}
	text := strings.Join(words, " ")
	for _, more := range []string{t.Text, t.Reason} {
		if more != "" {
			text += ": " + more
		}
	}
	return text
}

// person names somebody, "" where nobody is named.
func person(p sender.Person) string {
	for _, name := range []string{p.Name, p.Email, p.ID} {
		if name != "" {
			return name
		}
	}
	return ""
}
