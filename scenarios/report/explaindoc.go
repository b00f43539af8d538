package report

import (
	"io"

	"github.com/hookdrill/hookdrill/scenarios"
	"github.com/hookdrill/hookdrill/sender"
)

type explainDoc struct {
	Version int         `json:"version"`
	Type    string      `json:"type"`
	Read    []sayingDoc `json:"read"`
	Causes  []causeDoc  `json:"causes"`
}

// sayingDoc is what was recognized in the text.
type sayingDoc struct {
	Text   string `json:"text"`
	By     string `json:"by"`
	Source string `json:"source,omitempty"`
	Note   string `json:"note,omitempty"`
}

type causeDoc struct {
	Kind        sender.Kind   `json:"kind"`
	Phase       sender.Phase  `json:"phase"`
	Status      int           `json:"status,omitempty"`
	DialTimeout bool          `json:"dial_timeout,omitempty"`
	Does        string        `json:"does"`
	Why         []string      `json:"why"`
	Time        string        `json:"time,omitempty"`
	GoText      []string      `json:"go_text,omitempty"`
	Platforms   []foretoldDoc `json:"platforms"`
	Ways        []wayDoc      `json:"ways"`
}

// foretoldDoc is what one platform makes of a cause; without a consequence where it
// is still waiting.
type foretoldDoc struct {
	Profile     string              `json:"profile"`
	Title       string              `json:"title"`
	Instead     string              `json:"instead,omitempty"`
	Kind        sender.Kind         `json:"kind,omitempty"`
	Phase       sender.Phase        `json:"phase,omitempty"`
	Delivered   *bool               `json:"delivered,omitempty"`
	Ended       sender.Ended        `json:"ended,omitempty"`
	Consequence *sender.Consequence `json:"consequence,omitempty"`
	Hinges      []sender.Hinge      `json:"hinges,omitempty"`
}

type wayDoc struct {
	Fault    string   `json:"fault,omitempty"`
	Does     string   `json:"does"`
	Profile  string   `json:"profile"`
	Commands []string `json:"commands"`
}

// ExplainJSON writes an explanation as one document: indented, or on one line.
func ExplainJSON(w io.Writer, e scenarios.Explanation, indented bool) error {
	doc := explainDoc{Version: Version, Type: "explanation", Read: []sayingDoc{}, Causes: []causeDoc{}}
	for _, s := range e.Read {
		doc.Read = append(doc.Read, sayingDoc{s.Text, s.By, s.Source, s.Note})
	}
	for _, c := range e.Causes {
		doc.Causes = append(doc.Causes, newCause(c))
	}
	return WriteJSON(w, doc, indented)
}

func newCause(c scenarios.Cause) causeDoc {
	doc := causeDoc{
		Kind: c.Outcome.Kind, Phase: c.Outcome.Phase, Status: c.Status, DialTimeout: c.DialTimeout, Does: c.Does,
		Why: c.Why, Time: c.Time, GoText: c.GoText, Platforms: []foretoldDoc{}, Ways: []wayDoc{},
	}
	for _, f := range c.Platforms {
		one := foretoldDoc{Profile: f.Profile, Title: f.Title, Instead: f.Instead}
		if d := f.Delivery; d != nil {
			o := d.Last().Outcome
			one.Kind, one.Phase, one.Delivered, one.Ended = o.Kind, o.Phase, &d.Delivered, d.Ended
			one.Consequence, one.Hinges = &d.Consequence, d.Hinges
		}
		doc.Platforms = append(doc.Platforms, one)
	}
	for _, way := range c.Ways {
		doc.Ways = append(doc.Ways, wayDoc{way.Fault, way.Does, way.Profile, Lines(way)})
	}
	return doc
}
