package console_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hookdrill/hookdrill/schema"
)

// TestPagerDutyCoversThePublishedSamples compares with what the platform
// publishes, where HOOKDRILL_SAMPLES names a folder of it: every call that is
// shown there is an operation that a row has succeed, its request is as we
// document it, and the members of its answer are in ours.
func TestPagerDutyCoversThePublishedSamples(t *testing.T) {
	folder := os.Getenv("HOOKDRILL_SAMPLES")
	if folder == "" {
		t.Skip("HOOKDRILL_SAMPLES names no folder of published samples; nothing is compared with them")
	}
	files, err := filepath.Glob(filepath.Join(folder, "pagerduty-rest-*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s holds no pagerduty-rest-*.json (%v)", folder, err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "pagerduty-rest-"), ".json")
		t.Run(name, func(t *testing.T) { comparePublished(t, name, file) })
	}
}

// published is one call as a sample shows it.
type published struct {
	Method, Path string
	Status       int
	Request      map[string]any
	Response     map[string]any
}

// unlabeled are the calls of samples that are no more than a request.
var unlabeled = map[string][2]string{
	"custom_action.request": {"POST", "/incidents/{id}/custom_action"},
}

// elsewhere are samples of what is no call of this API's front door.
var elsewhere = map[string]string{
	"create-webhook-subscription.request": "subscriptions are V3 webhooks, which no custom incident action is",
}

func comparePublished(t *testing.T, name, file string) {
	if why, known := elsewhere[name]; known {
		t.Skip(why)
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	profile, err := schema.Open(pagerDutyRefs[0])
	if err != nil {
		t.Fatal(err)
	}
	api, _ := profile.API()
	if name == "errors" {
		comparePublishedErrors(t, raw, api)
		return
	}
	var sample published
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	if route, known := unlabeled[name]; known {
		sample.Method, sample.Path = route[0], route[1]
		if err := decoder.Decode(&sample.Request); err != nil {
			t.Fatal(err)
		}
		sample.Request = map[string]any{"request": sample.Request}
	} else if err := decoder.Decode(&sample); err != nil {
		t.Fatal(err)
	}
	var operation *schema.Operation
	for n, o := range api.Operations {
		if o.Method == sample.Method && o.Path == sample.Path {
			operation = &api.Operations[n]
		}
	}
	if operation == nil {
		t.Fatalf("%s %s is no operation", sample.Method, sample.Path)
	}
	if sample.Status != 0 && operation.Answer != sample.Status {
		t.Errorf("answers %d; published: %d", operation.Answer, sample.Status)
	}
	requests := sample.Request
	if _, several := requests["request"]; !several {
		requests = map[string]any{"request": requests}
	}
	for which, request := range requests {
		body, err := json.Marshal(request)
		if err != nil {
			t.Fatal(err)
		}
		if _, found := operation.Check(body); len(found) > 0 {
			t.Errorf("%s is not as documented: %v", which, found)
		}
	}
	compareAnswer(t, operation.Name, sample.Response)
}

// compareAnswer makes the call of a row that succeeds and asks for every member
// that the published answer has.
func compareAnswer(t *testing.T, operation string, answers map[string]any) {
	if one, several := answers["response"].(map[string]any); several {
		answers = one
	}
	tried := false
	for name, row := range pagerDutySucceeds {
		if row.op != operation || row.notes != "" {
			continue
		}
		tried = true
		a := newPagerDuty(t, pagerDutyRefs[0])
		if row.before != nil {
			row.before(a)
		}
		names := a.names(true)
		got := a.must(a.call(row.method, names.Replace(row.path), names.Replace(row.body)))
		for _, lacks := range lacking("", answers, got.value) {
			t.Errorf("%s: the answer lacks %s, which is published", name, lacks)
		}
		return
	}
	if !tried {
		t.Errorf("no row has %s succeed", operation)
	}
}

// lacking are the members of want that got has not. Lists are compared by their
// first elements, where both have one.
func lacking(at string, want, got any) []string {
	var out []string
	switch want := want.(type) {
	case map[string]any:
		have, ok := got.(map[string]any)
		if !ok && got != nil {
			return []string{at + " as an object"}
		}
		for name, value := range want {
			one, there := have[name]
			if !there && got != nil {
				out = append(out, at+"/"+name)
				continue
			}
			out = append(out, lacking(at+"/"+name, value, one)...)
		}
	case []any:
		have, ok := got.([]any)
		if !ok && got != nil {
			return []string{at + " as a list"}
		}
		if len(want) > 0 && len(have) > 0 {
			out = append(out, lacking(at+"/0", want[0], have[0])...)
		}
	}
	return out
}

// comparePublishedErrors asks for every published error in api.json.
func comparePublishedErrors(t *testing.T, raw []byte, api *schema.API) {
	var samples map[string]struct {
		Body struct {
			Error struct {
				Message string
				Code    int
			}
		}
	}
	if err := json.Unmarshal(raw, &samples); err != nil {
		t.Fatal(err)
	}
	for status, sample := range samples {
		found := false
		for _, e := range api.Errors {
			found = found || fmt.Sprint(e.HTTP) == status && e.Code == fmt.Sprint(sample.Body.Error.Code) && e.Message == sample.Body.Error.Message
		}
		if !found {
			t.Errorf("no error is %s %d %s", status, sample.Body.Error.Code, sample.Body.Error.Message)
		}
	}
}
