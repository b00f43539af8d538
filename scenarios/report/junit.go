package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/hookdrill/hookdrill/scenarios"
	"github.com/jstemmer/go-junit-report/v2/junit"
)

// JUnit writes the run as JUnit XML: a suite for each story and profile, a case
// for each step. The library writes control bytes as they are, so every text is
// cleaned before it gets there: the document is valid XML 1.0 whatever an
// endpoint answered.
func JUnit(w io.Writer, run scenarios.Run) error {
	doc := junit.Testsuites{Name: "hookdrill", Time: seconds(run.Took)}
	for i, r := range run.Results {
		suite := newSuite(r)
		suite.ID = i
		suite.AddProperty("hookdrill", Clean(run.Version))
		suite.AddProperty("under_test", Clean(run.UnderTest))
		if run.Interrupted {
			suite.AddProperty("interrupted", "true")
		}
		doc.AddSuite(suite)
	}
	if _, err := io.WriteString(w, `<?xml version="1.0" encoding="UTF-8"?>`+"\n"); err != nil {
		return err
	}
	return doc.WriteXML(w)
}

func newSuite(r scenarios.Result) junit.Testsuite {
	suite := junit.Testsuite{
		Name:      Clean(suiteName(r)),
		File:      Clean(r.File),
		Time:      seconds(r.Took),
		Timestamp: r.Started.Format(time.RFC3339),
	}
	suite.AddProperty("stage", Clean(r.Stage))
	suite.AddProperty("profile", Clean(r.Profile))
	suite.AddProperty("seed", fmt.Sprint(r.Seed))
	for _, s := range r.Steps {
		suite.AddTestcase(newCase(r, s))
	}
	if told(r) {
		return suite
	}
	// The story ended as none of its steps did: the reason needs a case.
	suite.AddTestcase(storyCase(r))
	return suite
}

func suiteName(r scenarios.Result) string {
	if r.Profile == "" {
		return r.Name
	}
	return r.Name + " [" + r.Profile + "]"
}

// told reports whether a step has the story's verdict.
func told(r scenarios.Result) bool {
	for _, s := range r.Steps {
		if s.Verdict == r.Verdict {
			return true
		}
	}
	return false
}

func newCase(r scenarios.Result, s scenarios.StepResult) junit.Testcase {
	tc := junit.Testcase{
		Name:      Clean(fmt.Sprintf("%s (line %d)", stepName(s), s.Line)),
		Classname: Clean(r.File),
		Time:      seconds(s.Took),
	}
	if s.Verdict == scenarios.Passed {
		return tc
	}
	message := r.Reason
	if len(s.Failures) > 0 {
		message = s.Failures[0].Text
	}
	if s.Verdict == scenarios.Skipped {
		verdict(&tc, s.Verdict, "not judged: the story had ended", "")
		return tc
	}
	p := printer{}
	p.step(r, s)
	verdict(&tc, s.Verdict, message, p.String())
	return tc
}

func storyCase(r scenarios.Result) junit.Testcase {
	tc := junit.Testcase{Name: Clean(r.Name), Classname: Clean(r.File), Time: seconds(r.Took)}
	p := printer{}
	p.result(r)
	verdict(&tc, r.Verdict, r.Reason, p.String())
	return tc
}

// verdict writes a verdict that is not a pass into a case.
func verdict(tc *junit.Testcase, v scenarios.Verdict, message, text string) {
	result := &junit.Result{Message: Clean(message), Type: string(v), Data: strings.TrimRight(CleanLines(text), "\n")}
	switch v {
	case scenarios.Failed:
		tc.Failure = result
	case scenarios.Errored:
		tc.Error = result
	case scenarios.Skipped:
		tc.Skipped = result
	}
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }
