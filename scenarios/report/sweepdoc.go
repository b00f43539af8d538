package report

import (
	"io"
	"time"

	"github.com/hookdrill/hookdrill/scenarios"
	"github.com/hookdrill/hookdrill/sender"
)

type sweepDoc struct {
	Version      int               `json:"version"`
	Type         string            `json:"type"`
	Hookdrill    string            `json:"hookdrill"`
	Profile      string            `json:"profile"`
	Title        string            `json:"title"`
	URL          string            `json:"url,omitempty"` // without it: our own mock
	Verdict      scenarios.Verdict `json:"verdict"`
	Dead         string            `json:"dead,omitempty"`
	Stopped      string            `json:"stopped,omitempty"`
	Interrupted  bool              `json:"interrupted"`
	Seed         uint64            `json:"seed"`
	ConnectDelay ms                `json:"connect_delay_ms,omitempty"`
	Connections  string            `json:"connections"` // new or kept
	Documented   ms                `json:"documented_deadline_ms"`
	Overrides    []string          `json:"overrides,omitempty"`
	Samples      int               `json:"samples"`
	Concurrency  int               `json:"concurrency"`
	Planned      int               `json:"planned"`
	Made         int               `json:"made"`
	Unopened     int               `json:"unopened,omitempty"`            // of these, found no open connection
	Dropped      int               `json:"dropped,omitempty"`             // presses whose kept connection was closed in place of an answer
	Calibrated   int               `json:"calibrated,omitempty"`          // presses on our own mock, for the margins
	Together     int               `json:"calibrated_together,omitempty"` // of these, at one instant
	Started      time.Time         `json:"started"`
	Took         ms                `json:"took_ms"`
	*marginDoc                     // the widest, around the deadline that is acted on
	Cold         []coldDoc         `json:"cold"`
	Fronts       []frontDoc        `json:"fronts"`
	Answers      []ms              `json:"answers_ms,omitempty"` // of an endpoint, sorted
}

type coldDoc struct {
	Kind   sender.Kind  `json:"kind"`
	Phase  sender.Phase `json:"phase"`
	At     ms           `json:"answered_ms,omitempty"`
	Status int          `json:"status,omitempty"`
	Error  string       `json:"error,omitempty"`
}

type frontDoc struct {
	Phase sender.Phase `json:"phase,omitempty"` // in which delays were added
	Edges []edgeDoc    `json:"edges"`           // the one that is acted on comes first
	Rows  []rowDoc     `json:"rows"`
}

type edgeDoc struct {
	Deadline ms     `json:"deadline_ms"`
	Label    string `json:"label,omitempty"`
	*marginDoc
}

// marginDoc is not there where no press tells it.
type marginDoc struct {
	Before ms `json:"margin_before_ms"`
	After  ms `json:"margin_after_ms"`
}

type rowDoc struct {
	Delay     ms                `json:"delay_ms"`
	Pressed   int               `json:"pressed"`
	Delivered int               `json:"delivered"`
	Repeated  int               `json:"repeated"`
	Sides     []sideDoc         `json:"sides"` // under each edge
	First     ms                `json:"first_ms,omitempty"`
	Median    ms                `json:"median_ms,omitempty"`
	Last      ms                `json:"last_ms,omitempty"`
	Verdict   scenarios.Verdict `json:"verdict"`
	Reason    string            `json:"reason,omitempty"`
}

type sideDoc struct {
	Delivered int `json:"delivered"`
	Unknown   int `json:"unknown,omitempty"`
	Inside    int `json:"inside_margin,omitempty"`
}

// SweepJSON writes a sweep as one document: indented, or on one line.
func SweepJSON(w io.Writer, s scenarios.Sweep, indented bool) error {
	doc := sweepDoc{
		Version: Version, Type: "sweep", Hookdrill: s.Version, Profile: s.Profile, Title: s.Title, URL: s.Endpoint,
		Verdict: s.Verdict(), Dead: s.Dead, Stopped: s.Stopped, Interrupted: s.Interrupted, Seed: s.Seed,
		ConnectDelay: ms(s.ConnectDelay), Connections: scenarios.Connections(s.Kept), Documented: ms(s.Documented), Overrides: s.Overrides, Samples: s.Samples, Concurrency: s.Concurrency,
		Planned: s.Planned, Made: s.Made, Unopened: s.Unopened, Dropped: s.Dropped, Calibrated: s.Calibrated.Presses, Together: s.Calibrated.Together, Started: s.Started, Took: ms(s.Took),
		Cold: []coldDoc{}, Fronts: []frontDoc{},
	}
	if m, known := s.Margin(); known {
		doc.marginDoc = &marginDoc{ms(m.Before), ms(m.After)}
	}
	for _, c := range s.Cold {
		doc.Cold = append(doc.Cold, coldDoc{c.Outcome.Kind, c.Outcome.Phase, ms(c.At), c.Status, c.Error})
	}
	for _, f := range s.Fronts {
		doc.Fronts = append(doc.Fronts, newFront(f))
	}
	for _, at := range s.Answers {
		doc.Answers = append(doc.Answers, ms(at))
	}
	return WriteJSON(w, doc, indented)
}

func newFront(f scenarios.Frontier) frontDoc {
	doc := frontDoc{Phase: f.Phase, Edges: []edgeDoc{}, Rows: []rowDoc{}}
	for i, e := range f.Edges {
		edge := edgeDoc{Deadline: ms(e.Deadline), Label: e.Label}
		if i < len(f.Margins) {
			edge.marginDoc = &marginDoc{ms(f.Margins[i].Before), ms(f.Margins[i].After)}
		}
		doc.Edges = append(doc.Edges, edge)
	}
	for _, r := range f.Rows {
		row := rowDoc{
			Delay: ms(r.Delay), Pressed: r.Pressed, Delivered: r.Passed, Repeated: r.Repeated,
			First: ms(r.First), Median: ms(r.Median), Last: ms(r.Last), Verdict: r.Verdict, Reason: r.Reason,
		}
		for _, side := range r.Sides {
			row.Sides = append(row.Sides, sideDoc{side.Passed, side.Unknown, side.Inside})
		}
		doc.Rows = append(doc.Rows, row)
	}
	return doc
}
