package report_test

import (
	"bytes"
	"errors"
	"net/http"
	"testing"

	"github.com/hookdrill/hookdrill/scenarios/report"
	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

func TestPreview(t *testing.T) {
	v := report.Preview{
		Profile: "flashduty@2026-05-27", URL: "https://ops.example/hook?token=" + secret,
		Push: schema.Push{
			Method: "POST", Header: http.Header{"Content-Type": {"application/json"}, "X-Drill": {secret}},
			Body: []byte(`{"what":"` + "\u202e" + ` on call","level":"P1","to":"https://ops.example/hook?token=` + secret + `"}`),
		},
		Rendered: sender.Rendered{
			Variables: []sender.Variable{
				{Pointer: "/what", Text: "{{incident.title}}", Value: `"` + hostile + `"`},
				{Pointer: "/level", Text: "{{incident.incident_severity}}", Value: `"P1"`, Mapped: `"Critical"`},
				{Pointer: "/to", Text: "{{endpoint}}", Value: `"https://ops.example/hook?token=` + secret + `"`},
				{Text: "{{nope}}", Kept: "the default body has no such field"},
			},
			Findings: []string{"{{nope}} stays as it is: the default body has no such field", hostile},
		},
	}
	var text, doc bytes.Buffer
	err := errors.Join(
		report.PreviewText(&text, v, false), report.Asked(&text, v.Push, v.URL, "X-Drill"),
		report.PreviewJSON(&doc, v, true, "X-Drill"),
	)
	if err != nil {
		t.Fatal(err)
	}
	harmless(t, text.String())
	harmless(t, doc.String())
	parses(t, "json", doc.Bytes())
	golden(t, "preview.text.golden", text.Bytes())
	golden(t, "preview.json.golden", doc.Bytes())
}
