package report_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/hookdrill/hookdrill/scenarios"
	"github.com/hookdrill/hookdrill/scenarios/report"
	"github.com/hookdrill/hookdrill/sender"
)

// pressed is a press with a delay that was answered late by so much, under a
// deadline of a second.
func pressed(delay, late time.Duration) scenarios.Sample {
	s := scenarios.Sample{
		Phase: sender.PhaseHeaders, Delay: delay, At: delay + late, Status: 200, Succeeds: true, Passed: delay+late <= time.Second,
		Outcome: sender.Outcome{Kind: sender.Answered, Phase: sender.PhaseBody},
	}
	if !s.Passed {
		s.Outcome, s.Repeated = sender.Outcome{Kind: sender.Timeout, Phase: sender.PhaseHeaders}, delay%2 == 0
	}
	return s
}

// sweeps are what came of given samples.
func sweeps() map[string]scenarios.Sweep {
	const ms = time.Millisecond
	edges := []scenarios.Edge{{Deadline: time.Second, Label: "one page " + hostile}, {Deadline: 2 * time.Second, Label: "another page"}}
	base := scenarios.Sweep{
		Version: "v0.0.0", Profile: "flashduty@2026-05-27", Title: "Flashduty", Seed: 71, Edges: edges, Documented: time.Second,
		Samples: 2, Concurrency: 20, Started: started, Took: 3210 * ms, Cold: []scenarios.Sample{pressed(0, 50*ms)},
	}
	var samples []scenarios.Sample
	for _, delay := range []time.Duration{0, 800 * ms, 980 * ms, 995 * ms, 1000 * ms, 1005 * ms, 1200 * ms, 1950 * ms, 1999 * ms, 2000 * ms, 2200 * ms} {
		samples = append(samples, pressed(delay, 900*time.Microsecond), pressed(delay, 6*ms))
	}
	mock := base
	mock.Fronts = []scenarios.Frontier{scenarios.FrontierOf(sender.PhaseConnect, samples[:14], edges[:1]), scenarios.FrontierOf(sender.PhaseHeaders, samples, edges)}
	mock.Planned, mock.Made = 700, len(samples)
	mock.Stopped = "5 min are over"

	endpoint := base
	endpoint.Endpoint, endpoint.Edges, endpoint.ConnectDelay = "https://ops.example/hook?token=[redacted]"+hostile, edges, 20*ms
	mine := []scenarios.Sample{pressed(0, 620*ms), pressed(0, 990*ms), pressed(0, 700*ms), pressed(0, 1400*ms), {Outcome: sender.Outcome{Kind: sender.Refused, Phase: sender.PhaseConnect}}}
	margin := scenarios.Margin{Before: 12 * ms, After: ms}
	endpoint.Fronts = []scenarios.Frontier{scenarios.DistributionOf(mine, edges, []scenarios.Margin{margin, margin})}
	endpoint.Answers = []time.Duration{620 * ms, 700 * ms, 990 * ms, 1400 * ms}
	endpoint.Planned, endpoint.Made, endpoint.Calibrated, endpoint.Samples = 5, 5, scenarios.Calibration{Presses: 90, Together: 5, Secure: true}, 5
	endpoint.Overrides = []string{"the endpoint's TLS certificate is not verified" + hostile}

	dead := base
	dead.Endpoint, dead.Dead = "http://127.0.0.1:9/", "refused in connect: dial tcp 127.0.0.1:9: connection refused"+hostile
	dead.Cold = []scenarios.Sample{{Outcome: sender.Outcome{Kind: sender.Refused, Phase: sender.PhaseConnect}, Error: hostile}}
	kept := endpoint
	kept.Kept, kept.ConnectDelay, kept.Overrides = true, 0, nil
	kept.Planned, kept.Made, kept.Unopened, kept.Dropped = 6, 6, 1, 2
	kept.Cold = []scenarios.Sample{pressed(0, 50*ms), pressed(0, 4*ms), pressed(0, 9*ms), pressed(0, 6*ms)}
	return map[string]scenarios.Sweep{"mock": mock, "endpoint": endpoint, "kept": kept, "dead": dead}
}

func TestSweeps(t *testing.T) {
	for name, sweep := range sweeps() {
		t.Run(name, func(t *testing.T) {
			var text, doc, picture bytes.Buffer
			err := errors.Join(report.SweepText(&text, sweep, false), report.SweepJSON(&doc, sweep, true), report.SweepSVG(&picture, sweep))
			if err != nil {
				t.Fatal(err)
			}
			for _, b := range []string{text.String(), doc.String(), picture.String()} {
				harmless(t, b)
			}
			decode(t, doc.Bytes())
			drawing(t, picture.Bytes())
			golden(t, "sweep-"+name+".text.golden", text.Bytes())
			golden(t, "sweep-"+name+".json.golden", doc.Bytes())
			golden(t, "sweep-"+name+".svg.golden", picture.Bytes())
		})
	}
}

// TestNothingMadeTellsNoMargin asks it of a document: 0 would be one.
func TestNothingMadeTellsNoMargin(t *testing.T) {
	all := sweeps()
	mock := all["mock"]
	mock.Made, mock.Fronts = 0, []scenarios.Frontier{scenarios.FrontierOf(sender.PhaseHeaders, nil, mock.Edges)}
	for name, sweep := range map[string]scenarios.Sweep{"our own mock": mock, "an endpoint": all["dead"]} {
		var doc bytes.Buffer
		if err := report.SweepJSON(&doc, sweep, true); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(doc.String(), "margin") {
			t.Errorf("%s: there is a margin in\n%s", name, doc.String())
		}
	}
}

// drawing asks for well-formed XML in which nothing runs and nothing is fetched.
func drawing(t *testing.T, doc []byte) {
	t.Helper()
	dec := xml.NewDecoder(bytes.NewReader(doc))
	elements := 0
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		element, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		elements++
		if name := element.Name.Local; name == "script" || name == "foreignObject" || name == "image" || name == "a" {
			t.Errorf("there is a %s", name)
		}
		for _, a := range element.Attr {
			if strings.HasPrefix(a.Name.Local, "on") || a.Name.Local == "href" {
				t.Errorf("%s has %s", element.Name.Local, a.Name.Local)
			}
		}
	}
	if elements < 5 || !bytes.Contains(doc, []byte("prefers-color-scheme: dark")) {
		t.Errorf("%d elements", elements)
	}
}
