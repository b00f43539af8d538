package report_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"sort"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/hookdrill/hookdrill/receiver"
	"github.com/hookdrill/hookdrill/scenarios"
	"github.com/hookdrill/hookdrill/scenarios/report"
	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares got with testdata/name.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s mismatch (-want +got), -update rewrites it:\n%s", path, diff)
	}
}

func TestEveryKindOnEveryRun(t *testing.T) {
	for _, kind := range report.Kinds() {
		for name, run := range runs {
			t.Run(kind.Name+"/"+name, func(t *testing.T) {
				var b bytes.Buffer
				if err := kind.Write(&b, run); err != nil {
					t.Fatal(err)
				}
				harmless(t, b.String())
				parses(t, kind.Name, b.Bytes())
				golden(t, name+"."+kind.Name+".golden", b.Bytes())
			})
		}
	}
}

// harmless fails when a report holds a secret or what a terminal could act on.
func harmless(t *testing.T, text string) {
	t.Helper()
	if strings.Contains(text, secret) {
		t.Errorf("the secret is in the report:\n%s", text)
	}
	if !utf8.ValidString(text) {
		t.Error("the report is not UTF-8")
	}
	for i, r := range text {
		if !unicode.IsGraphic(r) && r != '\n' && r != '\t' {
			t.Errorf("raw %U at byte %d", r, i)
		}
	}
}

// parses fails when a report for machines is not what its name promises.
func parses(t *testing.T, kind string, doc []byte) {
	t.Helper()
	switch kind {
	case "json":
		decode(t, doc)
	case "ndjson":
		for _, line := range bytes.Split(bytes.TrimSuffix(doc, []byte("\n")), []byte("\n")) {
			decode(t, line)
		}
	case "junit":
		dec := xml.NewDecoder(bytes.NewReader(doc))
		for {
			if _, err := dec.Token(); errors.Is(err, io.EOF) {
				return
			} else if err != nil {
				t.Fatalf("not XML: %v", err)
			}
		}
	}
}

func decode(t *testing.T, doc []byte) {
	t.Helper()
	var got struct {
		Version int
		Type    string
	}
	if err := json.Unmarshal(doc, &got); err != nil {
		t.Fatalf("not JSON: %v\n%s", err, doc)
	}
	if got.Version != report.Version || got.Type == "" {
		t.Errorf("version %d, type %q; want version %d and a type", got.Version, got.Type, report.Version)
	}
}

func TestKindsAreSortedAndFound(t *testing.T) {
	var names []string
	for _, k := range report.Kinds() {
		names = append(names, k.Name)
		if _, err := report.ByName(k.Name); err != nil {
			t.Error(err)
		}
	}
	if !sort.StringsAreSorted(names) {
		t.Errorf("not sorted: %v", names)
	}
	if _, err := report.ByName("yaml"); err == nil || !strings.Contains(err.Error(), "json, junit, ndjson, text") {
		t.Errorf("ByName(yaml): %v, want an error that lists the formats", err)
	}
}

func TestBodiesAndNumbersAreExactInJSON(t *testing.T) {
	var b bytes.Buffer
	if err := report.JSON(&b, hostileRun()); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Seed    json.Number
		Results []struct {
			Steps []struct {
				Delivery struct {
					Attempts []struct {
						BodyBase64 []byte      `json:"body_base64"`
						Took       json.Number `json:"took_ms"`
					}
				}
				Entries []struct {
					Body string
					Done struct {
						HeadersAt json.Number `json:"headers_at_ms"`
					}
				}
			}
		}
	}
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	step := got.Results[0].Steps[0]
	if string(step.Delivery.Attempts[0].BodyBase64) != hostile {
		t.Errorf("body %q, want %q", step.Delivery.Attempts[0].BodyBase64, hostile)
	}
	if want := "{\"title\":\"\u202e\"}"; step.Entries[0].Body != want {
		t.Errorf("entry's body %q, want %q", step.Entries[0].Body, want)
	}
	if got.Seed != "18446744073709551615" || step.Delivery.Attempts[0].Took != "3" || step.Entries[0].Done.HeadersAt != "1.5" {
		t.Errorf("seed %s, took %s, headers at %s", got.Seed, step.Delivery.Attempts[0].Took, step.Entries[0].Done.HeadersAt)
	}
}

func TestDurationsAreMillisecondsToTheNanosecond(t *testing.T) {
	for want, took := range map[string]time.Duration{
		"0":                0,
		"0.000001":         1,
		"1000":             time.Second,
		"1000.25":          time.Second + 250*time.Microsecond,
		"-0.5":             -500 * time.Microsecond,
		"-1.5":             -1500 * time.Microsecond,
		"172800000.000001": 48*time.Hour + 1,
	} {
		var b bytes.Buffer
		if err := report.NDJSON(&b, scenarios.Run{Took: took}); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), `"took_ms":`+want+`,`) {
			t.Errorf("%v is not written as %s: %s", took, want, b.String())
		}
	}
}

func TestColorOnlyWhereItIsAsked(t *testing.T) {
	var plain, colored bytes.Buffer
	if err := report.Text(&plain, lateRun()); err != nil {
		t.Fatal(err)
	}
	if err := report.Colored(&colored, lateRun()); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(plain.String(), "\x1b") {
		t.Error("Text writes color")
	}
	bare := strings.NewReplacer("\x1b[31m", "", "\x1b[32m", "", "\x1b[33m", "", "\x1b[0m", "").Replace(colored.String())
	if diff := cmp.Diff(plain.String(), bare); diff != "" || !strings.Contains(colored.String(), "\x1b[31mFAIL\x1b[0m") {
		t.Errorf("Colored is not Text with colors (-text +colored):\n%s", diff)
	}
}

func TestSentences(t *testing.T) {
	for want, a := range map[string]sender.Attempt{
		"answered 200 after 3.0 ms": {Outcome: sender.Outcome{Kind: sender.Answered}, Status: 200, Delivered: true, Took: 3 * time.Millisecond},
		"answered 202 after 250 ms: not what the platform calls delivered": {
			Outcome: sender.Outcome{Kind: sender.Answered}, Status: 202, Took: 250 * time.Millisecond},
		"no end of the body by 2.000 s (own cut-off 0 ms late)": {
			Outcome: sender.Outcome{Kind: sender.Timeout, Phase: sender.PhaseBody}, Deadline: 2 * time.Second},
		"no headers by 1.000 s (own cut-off 6 ms late); answered 200 at 1.031 s: 31 ms late": lateBy(sender.PhaseHeaders, 1031*time.Millisecond, sender.Late{
			Kind: sender.Answered, Status: 200, Headers: 1030 * time.Millisecond, Until: 1031 * time.Millisecond}),
		"no end of the body by 1.000 s (own cut-off 6 ms late); answered 200 at 1.200 s: 200 ms late": lateBy(sender.PhaseBody, 1200*time.Millisecond, sender.Late{
			Kind: sender.Answered, Status: 200, Until: 1200 * time.Millisecond}),
		"no headers by 1.000 s (own cut-off 6 ms late); answered 200 at 1.030 s: 30 ms late; the end of its body: not by 6.000 s either": lateBy(sender.PhaseHeaders, 0, sender.Late{
			Kind: sender.Timeout, Status: 200, Headers: 1030 * time.Millisecond, Until: 6 * time.Second}),
		"no headers by 1.000 s (own cut-off 6 ms late); not by 6.000 s either":          lateBy(sender.PhaseHeaders, 0, sender.Late{Kind: sender.Timeout, Until: 6 * time.Second}),
		"no headers by 1.000 s (own cut-off 6 ms late); connection reset at 1.100 s":    lateBy(sender.PhaseHeaders, 0, sender.Late{Kind: sender.Reset, Until: 1100 * time.Millisecond}),
		"no headers by 1.000 s (own cut-off 6 ms late); nobody looked on after 1.100 s": lateBy(sender.PhaseHeaders, 0, sender.Late{Kind: sender.Canceled, Until: 1100 * time.Millisecond}),
		"connection refused in connect after 0.1 ms: dial tcp: refused": {
			Outcome: sender.Outcome{Kind: sender.Refused, Phase: sender.PhaseConnect}, Took: 100 * time.Microsecond, Error: "dial tcp: refused"},
		"connection closed in body, after status 200 after 61 ms": {
			Outcome: sender.Outcome{Kind: sender.Closed, Phase: sender.PhaseBody}, Status: 200, Took: 61 * time.Millisecond},
	} {
		if got := report.Sentence(a); got != want {
			t.Errorf("Sentence() = %q, want %q", got, want)
		}
	}
}

// lateBy is an attempt that ran out of time in a phase and was read on.
func lateBy(phase sender.Phase, last time.Duration, late sender.Late) sender.Attempt {
	return sender.Attempt{
		Outcome: sender.Outcome{Kind: sender.Timeout, Phase: phase}, Deadline: time.Second, CutOff: 6 * time.Millisecond, LastByte: last, Late: late,
	}
}

func TestDelivery(t *testing.T) {
	d := *lateRun().Results[0].Steps[0].Delivery
	var text, doc bytes.Buffer
	if err := report.DeliveryText(&text, d, false); err != nil {
		t.Fatal(err)
	}
	if err := report.DeliveryJSON(&doc, d, true); err != nil {
		t.Fatal(err)
	}
	for _, b := range []string{text.String(), doc.String()} {
		harmless(t, b)
	}
	golden(t, "delivery.text.golden", text.Bytes())
	golden(t, "delivery.json.golden", doc.Bytes())
}

func TestEntry(t *testing.T) {
	duplicate := receiver.Entry{
		Seq: 12, Arrived: started, Completed: started.Add(1500 * time.Microsecond), DuplicateOf: 11, Attempt: 2,
		Request: receiver.Request{
			Method: "POST", Target: "/hook", Header: http.Header{"X-Drill": {secret}},
			Peer: netip.MustParseAddrPort("192.0.2.9:5000"), Values: schema.Values{"event_id": "e" + hostile},
		},
		Done: receiver.Done{Asked: "reset", Ended: receiver.EndedReset},
	}
	open := receiver.Entry{Seq: 13, Arrived: started, Panic: hostile, Done: receiver.Done{Ended: receiver.EndedStopped}}
	var text, doc bytes.Buffer
	delayed := receiver.Entry{Seq: 14, Arrived: started, Completed: started.Add(901 * time.Millisecond), Done: receiver.Done{
		Asked: "delay 900ms + status 200", Status: 200, Ended: receiver.EndedAnswered, Difference: 900 * time.Microsecond,
		HeadersAt: 901 * time.Millisecond, BodyAt: 901 * time.Millisecond,
	}}
	for _, e := range []receiver.Entry{hostileRun().Results[0].Steps[0].Entries[0], duplicate, open, delayed} {
		if err := errors.Join(report.EntryText(&text, e), report.EntryJSON(&doc, e, "X-Drill")); err != nil {
			t.Fatal(err)
		}
	}
	harmless(t, text.String())
	harmless(t, doc.String())
	parses(t, "ndjson", doc.Bytes())
	golden(t, "entries.text.golden", text.Bytes())
	golden(t, "entries.ndjson.golden", doc.Bytes())
}

// TestReactionsThatCameToNothing asks that a step which failed says so, once each: a
// counter that did not rise may hang on it.
func TestReactionsThatCameToNothing(t *testing.T) {
	run := hostileRun()
	entry := receiver.Entry{Reactions: []receiver.Reacted{
		{Call: "POST http://127.0.0.1:9/ok", Status: 500},
		{Call: "POST http://127.0.0.1:9/x?api_key=" + secret, Error: "refused " + hostile},
	}}
	run.Results[0].Steps[0].Entries = []receiver.Entry{entry, entry}
	var b bytes.Buffer
	if err := report.Text(&b, run); err != nil {
		t.Fatal(err)
	}
	harmless(t, b.String())
	if got := strings.Count(b.String(), "  endpoint   reaction POST http://127.0.0.1:9/x?"); got != 1 || strings.Contains(b.String(), "/ok") {
		t.Errorf("the reaction that failed is told %d times, want once and no other:\n%s", got, b.String())
	}
}

// TestAReasonIsToldByItsOwnStep asks that why a step could not be judged is not told of
// the teardown, which failed for a reason of its own.
func TestAReasonIsToldByItsOwnStep(t *testing.T) {
	failing := func(verdict scenarios.Verdict, text string) scenarios.StepResult {
		return scenarios.StepResult{Line: 4, Name: "press restart", Verdict: verdict, Failures: []scenarios.Failure{{Text: text}}}
	}
	run := scenarios.Run{Results: []scenarios.Result{{
		File: "drills/late.yaml", Verdict: scenarios.Errored, Reason: "took longer than 300 ms",
		Steps: []scenarios.StepResult{failing(scenarios.Errored, "took longer than 300 ms"), failing(scenarios.Failed, "status: 405, want 2xx")},
	}}}
	var b bytes.Buffer
	if err := report.Text(&b, run); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(b.String(), "took longer than"); got != 1 {
		t.Errorf("the reason is told %d times, want once:\n%s", got, b.String())
	}
}

func TestExchange(t *testing.T) {
	d := *hostileRun().Results[0].Steps[0].Delivery
	d.URL = "http://u:" + secret + "@127.0.0.1:9/hook?token=" + secret
	d.Push = schema.Push{Method: "POST", Header: http.Header{"Content-Type": {"application/json"}, "Authorization": {secret}}, Body: []byte("{\n}\n")}
	d.Press.Header = []sender.Header{{Name: "X-Drill", Value: hostile}}
	d.Attempts[0].BodyBytes += 1000
	var b bytes.Buffer
	if err := report.Exchange(&b, d); err != nil {
		t.Fatal(err)
	}
	d.Attempts = []sender.Attempt{{Outcome: sender.Outcome{Kind: sender.Refused, Phase: sender.PhaseConnect}}}
	if err := report.Exchange(&b, d); err != nil {
		t.Fatal(err)
	}
	harmless(t, b.String())
	golden(t, "exchange.text.golden", b.Bytes())
}

// Whatever an endpoint answers: every format stays what its name promises, and
// nothing in it acts on a terminal.
func FuzzText(f *testing.F) {
	for _, seed := range []string{"", "plain", hostile, "]]>", "\u2028\ufeff", "::error::no", "\xc0\x80", "\U000e0041\r\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		run := hostileRun()
		story := &run.Results[0]
		story.Name, story.Reason, story.Notes = text, text, []string{text}
		step := &story.Steps[0]
		step.Failures[0].Text, step.Failures[0].Diff = text, text
		step.Deliveries[0].Attempts[0].Body, step.Deliveries[0].Consequence.Text, step.Deliveries[0].Title = []byte(text), text, text
		for _, kind := range report.Kinds() {
			var b bytes.Buffer
			if err := kind.Write(&b, run); err != nil {
				t.Fatal(err)
			}
			harmless(t, b.String())
			parses(t, kind.Name, b.Bytes())
		}
	})
}

func TestFileIsWholeOrAsItWas(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "junit.xml")
	if err := os.WriteFile(path, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	broken := func(w io.Writer, _ scenarios.Run) error {
		fmt.Fprint(w, "half")
		return errors.New("the writer broke")
	}
	f, err := report.Create(path, broken)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Write(passedRun()); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("Write() = %v, want an error that names %s", err, path)
	}
	holds(t, dir, map[string]string{"junit.xml": "old"})

	f, err = report.Create(path, report.JUnit)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	holds(t, dir, map[string]string{"junit.xml": "old"})

	fine := func(w io.Writer, _ scenarios.Run) error {
		_, err := fmt.Fprint(w, "new")
		return err
	}
	f, err = report.Create(path, fine)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.Write(passedRun()), f.Close()); err != nil {
		t.Error(err)
	}
	holds(t, dir, map[string]string{"junit.xml": "new"})
}

// holds fails unless dir holds exactly these files.
func holds(t *testing.T, dir string, want map[string]string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		got[e.Name()] = string(b)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func TestAPathThatCannotBeWrittenIsFoundAtTheStart(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{
		"a folder":                dir,
		"a folder that is not":    filepath.Join(dir, "none", "junit.xml"),
		"below a file, no folder": filepath.Join(dir, "file", "junit.xml"),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := report.Create(path, report.JUnit)
			if err == nil || !strings.Contains(err.Error(), path) {
				t.Errorf("Create() = %v, want an error that names %s", err, path)
			}
		})
	}
}

func TestADeviceThatIsFullIsAnErrorWithThePath(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("/dev/full is a device of Linux")
	}
	f, err := report.Create("/dev/full", report.JUnit)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Write(passedRun()); err == nil || !strings.Contains(err.Error(), "/dev/full") {
		t.Errorf("Write() = %v, want an error that names /dev/full", err)
	}
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"plain":                    "plain",
		"主机 drill-01":              "主机 drill-01",
		"a\nb\tc\rd":               `a\nb\tc\rd`,
		"\x1b[31m\x7f":             `\x1b[31m\x7f`,
		"\u202e\u2066\u200b\u009b": `\u202e\u2066\u200b\u009b`,
		"\xff\U000e0001":           `\xff\U000e0001`,
	} {
		if got := report.Clean(in); got != want {
			t.Errorf("Clean(%q) = %q, want %q", in, got, want)
		}
	}
	if got := report.CleanLines("a\n\x1bb"); got != "a\n\\x1bb" {
		t.Errorf("CleanLines() = %q", got)
	}
}
