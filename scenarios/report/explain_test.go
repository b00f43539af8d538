package report_test

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/hookdrill/hookdrill/scenarios"
	"github.com/hookdrill/hookdrill/scenarios/report"
	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

// explained explains a text on the newest profile of each platform.
func explained(t *testing.T, text string, after time.Duration) scenarios.Explanation {
	t.Helper()
	q := scenarios.Question{Text: text, After: after, Sayings: report.Sayings()}
	for _, ref := range []string{"flashduty@2026-05-27", "pagerduty@2026-08-19"} {
		p, err := schema.Open(ref)
		if err != nil {
			t.Fatal(err)
		}
		q.Profiles = append(q.Profiles, p)
	}
	return scenarios.Explain(q)
}

func TestExplanations(t *testing.T) {
	for name, tt := range map[string]struct {
		text  string
		after time.Duration
	}{
		"explain-waiting": {`Post "https://ops.example/hook": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`, 1030 * time.Millisecond},
		"explain-reset":   {"curl: (35) Recv failure: Connection reset by peer", 0},
		"explain-status":  {`{"status": 429, "error": "unexpected EOF"}`, 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			e := explained(t, tt.text, tt.after)
			var text, doc bytes.Buffer
			if err := report.ExplainText(&text, e, false); err != nil {
				t.Fatal(err)
			}
			if err := report.ExplainJSON(&doc, e, true); err != nil {
				t.Fatal(err)
			}
			golden(t, name+".text.golden", text.Bytes())
			golden(t, name+".json.golden", doc.Bytes())
		})
	}
}

// A line of the text report leads back to what it tells.
func TestOurOwnSentencesAreExplained(t *testing.T) {
	outcomes := map[sender.Outcome]bool{}
	for _, s := range report.Sayings() {
		for _, o := range s.Means {
			if o.Phase != "" {
				outcomes[o] = true
			}
		}
	}
	if len(outcomes) < 50 {
		t.Fatalf("%d outcomes", len(outcomes))
	}
	for o := range outcomes {
		a := sender.Attempt{Outcome: o, Deadline: time.Second, Took: 300 * time.Millisecond, CutOff: 6 * time.Millisecond}
		e := explained(t, "FAIL drills/restart.yaml:6\n  "+report.Sentence(a), 0)
		if len(e.Causes) == 0 || e.Causes[0].Outcome != o {
			t.Errorf("%q: %+v", report.Sentence(a), e.Causes)
		}
	}
}

// What comes from a user's own profile is shown and never obeyed.
func TestAnExplanationIsSafeToRead(t *testing.T) {
	const hostile = "\x1b[31m\u202e\r\nred\x00"
	delivery := sender.Delivery{
		Attempts:    []sender.Attempt{{}},
		Consequence: sender.Consequence{Text: hostile}, Hinges: []sender.Hinge{{Fact: "deadline", Text: hostile}},
	}
	e := scenarios.Explanation{
		Read: []scenarios.Saying{{Text: hostile, By: hostile, Note: hostile}},
		Causes: []scenarios.Cause{{
			Does: hostile, Why: []string{hostile}, Time: hostile, GoText: []string{hostile},
			Platforms: []scenarios.Foretold{{Profile: hostile, Title: hostile, Instead: hostile, Delivery: &delivery}},
			Ways:      []scenarios.Way{{Fault: hostile, Does: hostile, Profile: hostile, Behavior: hostile, Story: hostile}},
		}},
	}
	var text, doc bytes.Buffer
	if err := report.ExplainText(&text, e, false); err != nil {
		t.Fatal(err)
	}
	if err := report.ExplainJSON(&doc, e, false); err != nil {
		t.Fatal(err)
	}
	for _, out := range []string{text.String(), doc.String()} {
		if at := strings.IndexFunc(out, func(r rune) bool { return r != '\n' && !unicode.IsGraphic(r) }); at >= 0 {
			t.Errorf("%q is written raw in\n%q", out[at], out)
		}
	}
	if strings.Count(doc.String(), "\n") != 1 {
		t.Errorf("want one line:\n%s", doc.String())
	}
}
