package schema_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hookdrill/hookdrill/schema"
)

// TestPublishedSamples compares with what the platforms publish, which is not
// in this repository: HOOKDRILL_SAMPLES names a folder that has it.
func TestPublishedSamples(t *testing.T) {
	dir := os.Getenv("HOOKDRILL_SAMPLES")
	if dir == "" {
		t.Skip("HOOKDRILL_SAMPLES names no folder: the platforms' published samples were not compared")
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s holds no samples (%v)", dir, err)
	}
	// What is expected of a file, by the beginning of its name; every other
	// file is no push of the platform.
	expected := map[string]map[string][]finding{
		"flashduty": {
			"flashduty-custom-action":    {{"misplaced", "/incident/event_id"}},
			"flashduty-incident-webhook": {{"event", "/event_type"}},
		},
		"pagerduty": {
			"pagerduty-v2-message-incident.custom": nil,
			"pagerduty-v2-devdocs-":                {{"event", "/messages/0/event"}},
		},
	}
	for platform, begins := range expected {
		p := open(t, platform)
		for _, file := range files {
			body, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			want := []finding{{"platform", ""}}
			for begin, findings := range begins {
				if strings.HasPrefix(filepath.Base(file), begin) {
					want = findings
				}
			}
			vs := p.Validate(body, schema.Lenient)
			if diff := cmp.Diff(want, findings(vs)); diff != "" {
				t.Errorf("%s, %s: mismatch (-want +got):\n%s", platform, filepath.Base(file), diff)
			}
			for _, v := range vs {
				if wantError := v.Rule != "misplaced"; wantError != (v.Severity == schema.SeverityError) {
					t.Errorf("%s, %s: %s is of severity %s", platform, filepath.Base(file), v.Rule, v.Severity)
				}
			}
		}
	}
}
