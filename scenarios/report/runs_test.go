package report_test

import (
	"net/http"
	"net/netip"
	"time"

	"github.com/hookdrill/hookdrill/receiver"
	"github.com/hookdrill/hookdrill/scenarios"
	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
	"github.com/hookdrill/hookdrill/sender/console"
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
	"sequel":      sequelRun(),
	"matrix":      matrixRun(),
	"console":     consoleRun(),
}

// consoleRun is a step after which the endpoint called the console, wrongly for
// the most part.
func consoleRun() scenarios.Run {
	at := started.Add(40 * time.Hour)
	told := func(number uint64, e console.Entry) scenarios.Told {
		e.Number, e.At, e.Incident = number, at.Add(time.Duration(number)*time.Millisecond), "65f1c2a07b3d5e1f9ac40b7e"
		return scenarios.Told{Platform: "flashduty", Entry: e}
	}
	owner := sender.Person{ID: "7", Name: "Robin Drill", Email: "robin@drill.example"}
	elsewhere := told(1, console.Entry{What: console.Refused, Call: "POST /incidents/65f1c2a07b3d5e1f9ac40b7e/notes", Status: 404, Reason: "Not Found: no incident has that id"})
	elsewhere.Platform, elsewhere.Elsewhere = "pagerduty", true
	step := scenarios.StepResult{
		Line: 5, Name: "press enrich", Verdict: scenarios.Failed, Checks: 3, Started: started, Took: 41 * time.Millisecond,
		Failures: []scenarios.Failure{
			{What: "expect.incident.comment", Text: `incident: no comment that contains "load"; it has none`, Line: 7},
		},
		Timeline: []scenarios.Told{
			told(2, console.Entry{What: console.Pressed, Field: "enrich", Text: "Look around", By: owner}),
			told(3, console.Entry{What: console.Refused, Call: "POST /incident/labels", Status: 404, Reason: "The resource you request is not found: no operation has the path /incident/labels"}),
			told(4, console.Entry{What: console.FieldSet, Field: "trace_url", Text: "https://traces.example/1", By: owner, Call: "POST /incident/field/reset", Status: 200, Notes: []string{"warning /mood: a name that is not documented"}}),
			told(5, console.Entry{What: console.Read, Call: "POST /incident/info?app_key=" + secret, Status: 200, By: sender.Person{Email: "sasha@drill.example"}}),
			told(6, console.Entry{What: console.Commented, Text: hostile, By: sender.Person{ID: "8"}, Call: "POST /incident/comment", Status: 200}),
			elsewhere,
		},
	}
	one := scenarios.Result{
		File: "drills/enrich.yaml", Line: 1, Name: "An incident is enriched", Stage: "mock", Profile: "flashduty@2026-05-27", Seed: 71,
		Verdict: scenarios.Failed, Again: "hookdrill run drills/enrich.yaml:5 --seed 71", Started: started, Took: 96 * time.Millisecond,
		Steps: []scenarios.StepResult{step},
		Notes: []string{"console refused 1 call: POST /incident/labels (The resource you request is not found: no operation has the path /incident/labels)"},
	}
	return scenarios.Run{
		Version: "v0.1.0", Seed: 71, Stage: "mock", UnderTest: "nothing of yours: mock against mock", Started: started,
		Took: 97 * time.Millisecond, Results: []scenarios.Result{one},
	}
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
		Profile: "flashduty@2026-05-27", Title: "Flashduty", Action: "restart", Ended: sender.EndedDropped, EventID: "5d1c0ffee",
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
				Line: 6, Name: "press restart", Verdict: scenarios.Failed, Checks: 3, Delivery: delivery, Deliveries: []sender.Delivery{*delivery},
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
		Profile: "pagerduty@2026-08-19", Title: "PagerDuty", Action: "restart" + hostile, URL: "http://127.0.0.1:9/",
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
				Line: 4, Name: "press " + hostile, Verdict: scenarios.Failed, Checks: 1, Delivery: delivery, Deliveries: []sender.Delivery{*delivery},
				Entries: []receiver.Entry{entry}, Started: started,
				Failures: []scenarios.Failure{{What: "expect.body", Text: "body: " + hostile, Diff: "- " + hostile + "\n+ fine\n"}},
			}},
		}},
	}
}

// sequelRun is what has more than one attempt, delivery or side: a push that is
// repeated for hours, a press by two people, a connection without a request, steps
// of setup and teardown.
func sequelRun() scenarios.Run {
	at := func(n int, platform, real time.Duration, status int) sender.Attempt {
		return sender.Attempt{
			Number: n, Platform: platform, Started: started.Add(real), URL: "http://127.0.0.1:9/",
			Outcome: sender.Outcome{Kind: sender.Answered, Phase: sender.PhaseBody}, Status: status, Delivered: status == 200,
			Phases: phases(0, 1, 2, 1), Took: 4 * time.Millisecond, Deadline: 16 * time.Second, Written: sender.WrittenAll,
			Local: netip.MustParseAddrPort("127.0.0.1:40000"), Remote: netip.MustParseAddrPort("127.0.0.1:9"),
		}
	}
	repeated := sender.Delivery{
		Profile: "own@2026-01-15", Title: "Beacon", Action: "restart", EventID: "b-1", URL: "http://127.0.0.1:9/", Ended: sender.EndedExhausted,
		Consequence: sender.Consequence{Text: "not repeated again: its 48 h are over (documented 2026-01-15)", Status: schema.Documented},
	}
	for n := range 12 {
		a := at(n+1, time.Duration(n)*4*time.Hour+20*time.Minute*time.Duration(min(n, 1)), time.Duration(n)*300*time.Microsecond, 503)
		if n > 0 {
			a.Reason = "repeat " + string(rune('0'+min(n, 9))) + " after status 503"
		}
		repeated.Attempts = append(repeated.Attempts, a)
	}
	entry := receiver.Entry{
		Seq: 4, Arrived: started.Add(1200 * time.Microsecond), ReadAt: 100 * time.Microsecond, CheckedAt: 300 * time.Microsecond,
		Completed: started.Add(3 * time.Millisecond),
		Request: receiver.Request{Method: "POST", Target: "/", Host: "127.0.0.1:9", Connection: 1, Place: 1,
			Peer: netip.MustParseAddrPort("127.0.0.1:40000"), Local: netip.MustParseAddrPort("127.0.0.1:9")},
		Done: receiver.Done{Asked: "status 503", Status: 503, Ended: receiver.EndedAnswered, HeadersAt: 700 * time.Microsecond, BodyAt: 800 * time.Microsecond},
	}
	silent := receiver.Entry{
		Seq: 1, NoRequest: true, Arrived: started, Completed: started.Add(200 * time.Microsecond),
		Request: receiver.Request{Connection: 2, Peer: netip.MustParseAddrPort("127.0.0.1:40001")},
		Done:    receiver.Done{Asked: "accept + reset", Ended: receiver.EndedReset},
	}
	by := func(name, event string, ended sender.Ended, attempts ...sender.Attempt) sender.Delivery {
		return sender.Delivery{
			Profile: "own@2026-01-15", Title: "Beacon", Action: "restart", EventID: event, URL: "http://127.0.0.1:9/", Ended: ended,
			Press: sender.Press{By: sender.Person{Name: name}}, Attempts: attempts, Delivered: ended == sender.EndedDelivered,
			Consequence: sender.Consequence{Text: "dropped: the action is disabled", Status: schema.Documented},
		}
	}
	several := []sender.Delivery{by("One", "b-2", sender.EndedDelivered, at(1, 0, 0, 200)), by("Two"+hostile, "b-3", sender.EndedDisabled)}
	result := scenarios.Result{
		File: "drills/sequel.yaml", Line: 1, Name: "It is repeated for two days (status 503)", Stage: "mock", Profile: "own@2026-01-15",
		Seed: 71, Verdict: scenarios.Failed, Started: started, Took: 40 * time.Millisecond,
		Again: "hookdrill run drills/sequel.yaml:9 --profile own@2026-01-15 --seed 71",
		Steps: []scenarios.StepResult{{
			Line: 3, Name: "request GET http://127.0.0.1:9/health", Part: scenarios.PartSetup, Verdict: scenarios.Passed, Checks: 1,
			Answer: &scenarios.Answer{Status: 204, Took: time.Millisecond}, Started: started,
		}, {
			Line: 6, Name: "press restart", Verdict: scenarios.Failed, Checks: 1, Delivery: &repeated, Deliveries: []sender.Delivery{repeated},
			Failures: []scenarios.Failure{{What: "expect.ended", Text: "ended: exhausted, want delivered", Line: 6}},
			Entries:  []receiver.Entry{entry}, Pairs: []scenarios.Pair{{Endpoint: "restart", Entry: entry}}, Started: started,
		}, {
			Line: 9, Name: "press restart", Platform: 48 * time.Hour, Verdict: scenarios.Failed, Checks: 2,
			Delivery: &several[0], Deliveries: several, Entries: []receiver.Entry{silent}, Started: started,
			Failures: []scenarios.Failure{{What: "expect.delivered", Text: "delivered: false, want true", Line: 9}},
		}, {
			Line: 12, Name: "request raw", Part: scenarios.PartTeardown, Verdict: scenarios.Failed, Checks: 1, Platform: 48 * time.Hour,
			Answer:   &scenarios.Answer{Error: "connection reset " + hostile, Took: time.Millisecond, Header: http.Header{"Set-Cookie": {secret}}},
			Failures: []scenarios.Failure{{What: "expect.status", Text: "status: none, want 200", Line: 12}}, Started: started,
		}},
	}
	return scenarios.Run{
		Version: "v0.1.0", Seed: 71, Stage: "mock", UnderTest: "nothing of yours: mock against mock",
		Started: started, Took: 41 * time.Millisecond, Results: []scenarios.Result{result},
	}
}

// matrixRun is one story in two combinations, of which both fail.
func matrixRun() scenarios.Run {
	run := lateRun()
	second := run.Results[0]
	run.Results[0].Name += " (status 500)"
	second.Name += " (status 503)"
	run.Results = append(run.Results, second)
	return run
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
