package report

import (
	"bytes"
	"encoding/json"
	"io"

	"github.com/hookdrill/hookdrill/scenarios"
	"github.com/hookdrill/hookdrill/sender"
)

// JSON writes the run as one document: members in snake_case, durations as
// numbers of milliseconds, exact bodies, secrets redacted.
func JSON(w io.Writer, run scenarios.Run) error {
	doc := newRun(run, "run")
	doc.Results = []resultDoc{}
	for _, r := range run.Results {
		doc.Results = append(doc.Results, newResult(r))
	}
	return writeJSON(w, doc, "  ")
}

// NDJSON writes one line for each result, and a last one of type "summary".
func NDJSON(w io.Writer, run scenarios.Run) error {
	for _, r := range run.Results {
		doc := newResult(r)
		doc.Version, doc.Type = Version, "result"
		if err := writeJSON(w, doc, ""); err != nil {
			return err
		}
	}
	return writeJSON(w, newRun(run, "summary"), "")
}

// DeliveryJSON writes one delivery as a document of its own: on one line, or
// indented.
func DeliveryJSON(w io.Writer, d sender.Delivery, indent bool) error {
	doc := newDelivery(d)
	doc.Version, doc.Type = Version, "delivery"
	if indent {
		return writeJSON(w, doc, "  ")
	}
	return writeJSON(w, doc, "")
}

// writeJSON writes doc and a line break in one Write, so that a reader of lines
// never sees half of one.
func writeJSON(w io.Writer, doc any, indent string) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", indent)
	if err := enc.Encode(doc); err != nil {
		return err
	}
	_, err := w.Write(escapeJSON(b.Bytes()))
	return err
}
