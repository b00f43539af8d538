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
	return WriteJSON(w, doc, true)
}

// NDJSON writes one line for each result, and a last one of type "summary".
func NDJSON(w io.Writer, run scenarios.Run) error {
	for _, r := range run.Results {
		doc := newResult(r)
		doc.Version, doc.Type = Version, "result"
		if err := WriteJSON(w, doc, false); err != nil {
			return err
		}
	}
	return WriteJSON(w, newRun(run, "summary"), false)
}

// DeliveryJSON writes one delivery as a document of its own:
// indented, or on one line.
func DeliveryJSON(w io.Writer, d sender.Delivery, indented bool) error {
	doc := newDelivery(d)
	doc.Version, doc.Type = Version, "delivery"
	return WriteJSON(w, doc, indented)
}

// WriteJSON writes doc and a line break in one Write, so that a reader of lines
// never sees half of one; indented, or on one line. Text from outside is safe in
// it: whatever a terminal could act on is escaped.
func WriteJSON(w io.Writer, doc any, indented bool) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if indented {
		enc.SetIndent("", "  ")
	}
	if err := enc.Encode(doc); err != nil {
		return err
	}
	_, err := w.Write(escapeJSON(b.Bytes()))
	return err
}
