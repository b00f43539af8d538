package report

import (
	"time"

	"github.com/hookdrill/hookdrill/scenarios"
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

// told writes what the consoles told of calls while a step went on: a line for each.
func (p *printer) told(s scenarios.StepResult) {
	for _, t := range s.Timeline {
		if t.OfPress() {
			continue
		}
		p.row("console", t.String())
		for _, note := range t.Notes {
			p.row("", note)
		}
	}
}
