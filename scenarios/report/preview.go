package report

import (
	"fmt"
	"io"
	"net/http"

	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

// Preview is a push that was composed and not sent.
type Preview struct {
	Profile  string // its reference
	URL      string // where it would go
	Push     schema.Push
	Rendered sender.Rendered // what became of the template's variables; none without a template
}

// PreviewText writes the body, and below it what stands in place of each variable
// of the template.
func PreviewText(w io.Writer, v Preview, color bool) error {
	p := printer{color: color}
	p.line("%s  %s  %s", p.paint(yellow, "NOT SENT"), Clean(v.Profile), Clean(schema.RedactURL(v.URL)))
	p.line("%s", Clean(string(hideQuery(v.URL, v.Push.Body))))
	if n := len(v.Rendered.Variables); n > 0 {
		p.line("  %s", count(n, "variable"))
	}
	for _, one := range v.variables() {
		p.line("    %s  %s  %s", Clean(one.Text), where(one.Pointer), Clean(becomes(one)))
	}
	for _, f := range v.Rendered.Findings {
		p.row("finding", f)
	}
	_, err := io.WriteString(w, p.String())
	return err
}

// variables are those of the template, without secrets of the URL.
func (v Preview) variables() []sender.Variable {
	list := []sender.Variable{}
	for _, one := range v.Rendered.Variables {
		one.Value = string(hideQuery(v.URL, []byte(one.Value)))
		one.Mapped = string(hideQuery(v.URL, []byte(one.Mapped)))
		list = append(list, one)
	}
	return list
}

// where is a JSON pointer for people.
func where(pointer string) string {
	if pointer == "" {
		return "(the whole body)"
	}
	return Clean(pointer)
}

// becomes says what stands in place of a variable.
func becomes(v sender.Variable) string {
	switch {
	case v.Kept != "":
		return "kept as it is"
	case v.Mapped != "":
		return fmt.Sprintf("%s, mapped from %s", v.Value, v.Mapped)
	}
	return v.Value
}

type previewDoc struct {
	Version int         `json:"version"`
	Type    string      `json:"type"`
	Profile string      `json:"profile"`
	Method  string      `json:"method"`
	URL     string      `json:"url"`
	Header  http.Header `json:"header"`
	bodyDoc
	Variables []sender.Variable `json:"variables"`
	Findings  []string          `json:"findings,omitempty"`
}

// PreviewJSON writes v as a document of its own: indented, or on one line.
// secretHeaders are redacted beside the well-known ones.
func PreviewJSON(w io.Writer, v Preview, indented bool, secretHeaders ...string) error {
	return WriteJSON(w, previewDoc{
		Version: Version, Type: "preview", Profile: v.Profile, Method: v.Push.Method, URL: schema.RedactURL(v.URL),
		Header: schema.RedactHeader(v.Push.Header, secretHeaders...), bodyDoc: newBody(hideQuery(v.URL, v.Push.Body)),
		Variables: v.variables(), Findings: v.Rendered.Findings,
	}, indented)
}
