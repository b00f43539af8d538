package report_test

import (
	"net/http"
	"net/netip"
	"time"

	"github.com/hookdrill/hookdrill/receiver"
	"github.com/hookdrill/hookdrill/scenarios"
	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

var started = time.Date(2026, 3, 14, 9, 26, 53, 589793238, time.UTC)

// secret must not appear in any report.
const secret = "s3cr3t-of-the-drill"

// hostile is what an endpoint may answer to take over a terminal or to break a
// report: ESC, a bidi override, a CDATA end, NUL, a C1 control, invalid UTF-8.
const hostile = "\x1b[2Jboo\u202egnp\x00 ]]> \u009b31m \xff<b>"

// runs are the runs that every format is tried on, by name.
var runs = map[string]scenarios.Run{
	"empty":       {Version: "v0.1.0", Seed: 1, Stage: "mock", Started: started},
	"passed":      passedRun(),
	"late":        lateRun(),
	"hostile":     hostileRun(),
	"interrupted": interruptedRun(),
}

func passedRun() scenarios.Run {
	step := func(line int, name string) scenarios.StepResult {
		return scenarios.StepResult{
			Line: line, Name: name, Verdict: scenarios.Passed, Checks: 2,
			Effects: []scenarios.EffectResult{{Name: "restarts", Want: 1, Got: 1}},
			Started: started, Took: 41250 * time.Microsecond,
		}
	}
	one := scenarios.Result{
		File: "drills/restart.yaml", Line: 1, Name: "A host is restarted once",
		Tags: []string{"restart"}, Stage: "mock", Profile: "flashduty@2026-05-27", Seed: 71,
		Verdict: scenarios.Passed, Again: "hookdrill run drills/restart.yaml --on mock --profile flashduty@2026-05-27 --seed 71",
		Started: started, Took: 96 * time.Millisecond,
		Steps: []scenarios.StepResult{step(5, "press restart"), step(7, "redeliver restart")},
		Notes: []string{"500 ms in place of the documented 1 s"},
	}
	none := scenarios.Result{
		File: "drills/enrich.yaml", Line: 1, Name: "The endpoint calls back", Stage: "mock",
		Verdict: scenarios.Skipped, Reason: "no profile of the story is in --profile pagerduty", Started: started,
	}
	return scenarios.Run{
		Version: "v0.1.0", Seed: 71, Stage: "mock", UnderTest: "nothing of yours: mock against mock",
		Started: started, Took: 97*time.Millisecond + 1, Results: []scenarios.Result{one, none},
	}
}

// lateRun is the sample of the design: an answer that came 31 ms late.
func lateRun() scenarios.Run {
	delivery := &sender.Delivery{
		Profile: "flashduty@2026-05-27", Action: "restart", EventID: "5d1c0ffee",
		URL: "https://drill:" + secret + "@ops.staging.example/restart?token=" + secret,
		Attempts: []sender.Attempt{{
			Number: 1, Started: started, URL: "https://ops.staging.example/restart",
			Outcome:  sender.Outcome{Kind: sender.Timeout, Phase: sender.PhaseHeaders},
			Phases:   phases(4, 37, 79, 0, 886),
			Took:     1006 * time.Millisecond,
			Deadline: time.Second, CutOff: 6 * time.Millisecond,
			Local: netip.MustParseAddrPort("10.1.2.3:40000"), Remote: netip.MustParseAddrPort("192.0.2.7:443"),
			Written: sender.WrittenAll, BytesOut: 4196, BytesIn: 2048,
			Error: "context deadline exceeded", GoText: "context deadline exceeded (Client.Timeout exceeded while awaiting headers)",
			Notes: []string{"TLS verification is off"},
		}},
		Consequence: sender.Consequence{
			Text:   "the presser sees a failure; not repeated (documented 2026-02-09)",
			Status: schema.Documented, Facts: []string{"retry"},
		},
		Hinges:    []sender.Hinge{{Fact: "deadline", Text: "deadline 1 s (contested: English page 1 s, Chinese page 2 s)"}},
		Overrides: []string{"--insecure: certificates are not verified"},
	}
	return scenarios.Run{
		Version: "v0.1.0", Seed: 71, Stage: "staging", UnderTest: "https://ops.staging.example/restart",
		Started: started, Took: 1212 * time.Millisecond,
		Results: []scenarios.Result{{
			File: "drills/restart.yaml", Line: 1, Name: "A host is restarted once", Stage: "staging",
			Profile: "flashduty@2026-05-27", Seed: 71, Verdict: scenarios.Failed,
			Again:   "hookdrill run drills/restart.yaml:6 --on staging --profile flashduty@2026-05-27 --seed 71",
			Started: started, Took: 1200 * time.Millisecond,
			Steps: []scenarios.StepResult{{
				Line: 6, Name: "press restart", Verdict: scenarios.Failed, Checks: 3, Delivery: delivery,
				Failures: []scenarios.Failure{
					{What: "expect.delivered", Text: "delivered: false, want true", Line: 6},
					{What: "effects.restarts", Text: "restarts: 0, want 1", Line: 7},
				},
				Effects: []scenarios.EffectResult{{Name: "restarts", Want: 1}},
				Started: started, Took: 1200 * time.Millisecond,
			}, {
				Line: 8, Name: "redeliver restart", Verdict: scenarios.Skipped, Started: started,
			}},
		}},
	}
}

func hostileRun() scenarios.Run {
	delivery := &sender.Delivery{
		Profile: "pagerduty@2026-08-19", Action: "restart" + hostile, URL: "http://127.0.0.1:9/",
		Attempts: []sender.Attempt{{
			Number: 1, Started: started, URL: "http://127.0.0.1:9/",
			Outcome: sender.Outcome{Kind: sender.Answered, Phase: sender.PhaseBody}, Status: 500,
			Phases: phases(0, 1, 0, 2), Took: 3 * time.Millisecond, Deadline: 16 * time.Second,
			Header: http.Header{"Set-Cookie": {secret}, "X-Odd": {hostile}},
			Body:   []byte(hostile), BodyBytes: int64(len(hostile)), Written: sender.WrittenAll,
		}},
		Consequence: sender.Consequence{Text: "repeated for up to 48 h", Status: schema.Documented},
	}
	entry := receiver.Entry{
		Seq: 1, Arrived: started, Completed: started.Add(time.Millisecond),
		Request: receiver.Request{
			Method: "POST", Target: "/hook?api_key=" + secret, Host: "127.0.0.1:9",
			Header: http.Header{"Authorization": {secret}, "X-Token": {secret}},
			Body:   []byte(`{"title":"` + "\u202e" + `"}`), BodyBytes: 15,
		},
		Findings: []receiver.Finding{{Check: "schema", Status: 400, Violations: []schema.Violation{{
			Rule: "required", Severity: schema.SeverityError, Pointer: "/messages", Found: "missing " + hostile, Documented: "array, required",
		}}}},
		Done:      receiver.Done{Asked: "status 500", Status: 400, Ended: "answered", HeadersAt: 1500 * time.Microsecond},
		Reactions: []receiver.Reacted{{Call: "POST http://u:" + secret + "@127.0.0.1:9/x", Status: 202, Took: time.Millisecond}},
	}
	return scenarios.Run{
		Version: "v0.1.0", Seed: 18446744073709551615, Stage: "mock" + hostile, UnderTest: hostile,
		Started: started, Took: 5 * time.Millisecond,
		Results: []scenarios.Result{{
			File: "drills/odd" + hostile + ".yaml", Line: 2, Name: "odd " + hostile, Stage: "mock", Profile: "pagerduty@2026-08-19",
			Seed: 7, Verdict: scenarios.Failed, Started: started, Again: "hookdrill run odd.yaml --seed 7",
			Steps: []scenarios.StepResult{{
				Line: 4, Name: "press " + hostile, Verdict: scenarios.Failed, Checks: 1, Delivery: delivery,
				Entries: []receiver.Entry{entry}, Started: started,
				Failures: []scenarios.Failure{{What: "expect.body", Text: "body: " + hostile, Diff: "- " + hostile + "\n+ fine\n"}},
			}},
		}},
	}
}

func interruptedRun() scenarios.Run {
	run := passedRun()
	run.Interrupted = true
	run.Results = append(run.Results, scenarios.Result{
		File: "drills/rollback.yaml", Line: 1, Name: "A rollback", Stage: "mock", Profile: "pagerduty@2026-08-19",
		Seed: 71, Verdict: scenarios.Errored, Reason: "interrupted before the first step", Started: started,
		Again: "hookdrill run drills/rollback.yaml --profile pagerduty@2026-08-19 --seed 71",
	})
	return run
}

// phases makes phase times from milliseconds; of four, without TLS.
func phases(each ...int) []sender.PhaseTime {
	names := []sender.Phase{sender.PhaseDNS, sender.PhaseConnect, sender.PhaseTLS, sender.PhaseWrite, sender.PhaseHeaders}
	if len(each) == 4 {
		names = []sender.Phase{sender.PhaseConnect, sender.PhaseWrite, sender.PhaseHeaders, sender.PhaseBody}
	}
	var out []sender.PhaseTime
	for i, n := range each {
		out = append(out, sender.PhaseTime{Phase: names[i], Took: time.Duration(n) * time.Millisecond})
	}
	return out
}
