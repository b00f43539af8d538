package report

import (
	"net/http"
	"time"

	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

type deliveryDoc struct {
	Version     int                `json:"version,omitempty"` // of a document of its own
	Type        string             `json:"type,omitempty"`
	Profile     string             `json:"profile"`
	Title       string             `json:"title,omitempty"`
	Action      string             `json:"action"`
	EventID     string             `json:"event_id,omitempty"`
	URL         string             `json:"url"`
	Delivered   bool               `json:"delivered"`
	Ended       sender.Ended       `json:"ended,omitempty"`
	Consequence sender.Consequence `json:"consequence"`
	Hinges      []sender.Hinge     `json:"hinges,omitempty"`
	Overrides   []string           `json:"overrides,omitempty"`
	Attempts    []attemptDoc       `json:"attempts"`
}

type attemptDoc struct {
	Number    int            `json:"number"`
	Reason    string         `json:"reason,omitempty"`
	Platform  ms             `json:"platform_ms"` // platform time since the press
	Started   time.Time      `json:"started"`
	URL       string         `json:"url"`
	Kind      sender.Kind    `json:"kind"`
	Phase     sender.Phase   `json:"phase"`
	Delivered bool           `json:"delivered"`
	Phases    []phaseDoc     `json:"phases"`
	FirstByte ms             `json:"first_byte_ms,omitempty"`
	Took      ms             `json:"took_ms"`
	Deadline  ms             `json:"deadline_ms"`
	CutOff    ms             `json:"cut_off_ms,omitempty"`
	DialLimit ms             `json:"dial_timeout_ms,omitempty"`
	Local     string         `json:"local,omitempty"`
	Remote    string         `json:"remote,omitempty"`
	Place     int            `json:"place,omitempty"` // which request on its connection, from 1
	Written   sender.Written `json:"written"`
	BytesOut  int64          `json:"bytes_out"`
	BytesIn   int64          `json:"bytes_in"`
	Status    int            `json:"status,omitempty"`
	Header    http.Header    `json:"header,omitempty"`
	bodyDoc
	BodyBytes int64    `json:"body_bytes"`
	Late      *lateDoc `json:"late,omitempty"`
	Error     string   `json:"error,omitempty"`
	GoText    string   `json:"go_text,omitempty"`
	Notes     []string `json:"notes,omitempty"`
}

// lateDoc is what came after the deadline.
type lateDoc struct {
	Kind     sender.Kind `json:"kind"`
	Status   int         `json:"status,omitempty"`
	Headers  ms          `json:"headers_ms,omitempty"`
	LastByte ms          `json:"last_byte_ms,omitempty"`
	By       ms          `json:"by_ms,omitempty"` // how late a whole answer was
	Until    ms          `json:"until_ms"`
}

type phaseDoc struct {
	Phase sender.Phase `json:"phase"`
	Took  ms           `json:"took_ms"`
}

func newDelivery(d sender.Delivery) deliveryDoc {
	doc := deliveryDoc{
		Profile: d.Profile, Title: d.Title, Action: d.Action, EventID: d.EventID, URL: schema.RedactURL(d.URL),
		Delivered: d.Delivered, Ended: d.Ended, Consequence: d.Consequence, Hinges: d.Hinges, Overrides: d.Overrides,
		Attempts: []attemptDoc{},
	}
	for _, a := range d.Attempts {
		doc.Attempts = append(doc.Attempts, newAttempt(a))
	}
	return doc
}

func newAttempt(a sender.Attempt) attemptDoc {
	doc := attemptDoc{
		Number: a.Number, Reason: a.Reason, Platform: ms(a.Platform), Started: a.Started, URL: a.URL,
		Kind: a.Outcome.Kind, Phase: a.Outcome.Phase, Delivered: a.Delivered,
		Phases: []phaseDoc{}, FirstByte: ms(a.FirstByte), Took: ms(a.Took),
		Deadline: ms(a.Deadline), CutOff: ms(a.CutOff), DialLimit: ms(a.DialTimeout),
		Local: address(a.Local), Remote: address(a.Remote), Place: a.Place,
		Written: a.Written, BytesOut: a.BytesOut, BytesIn: a.BytesIn,
		Status: a.Status, Header: schema.RedactHeader(a.Header),
		bodyDoc: newBody(a.Body), BodyBytes: a.BodyBytes,
		Error: a.Error, GoText: a.GoText, Notes: a.Notes,
	}
	if late := a.Late; late.Kind != "" {
		doc.Late = &lateDoc{Kind: late.Kind, Status: late.Status, Headers: ms(late.Headers), Until: ms(late.Until)}
		if late.Kind == sender.Answered {
			doc.Late.LastByte, doc.Late.By = ms(a.LastByte), ms(a.LastByte-a.Deadline)
		}
	}
	for _, p := range a.Phases {
		doc.Phases = append(doc.Phases, phaseDoc{p.Phase, ms(p.Took)})
	}
	return doc
}
