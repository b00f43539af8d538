package report

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/hookdrill/hookdrill/receiver"
	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

// DeliveryText writes one delivery for people: what happened in each attempt, the
// time of each phase, what the platform makes of it and the facts that this hinges
// on.
func DeliveryText(w io.Writer, d sender.Delivery, color bool) error {
	p := printer{color: color}
	verdict, paint := "DELIVERED", green
	if !d.Delivered {
		verdict, paint = "NOT DELIVERED", red
	}
	p.line("%s  %s  %s", p.paint(paint, verdict), Clean(d.Profile), Clean(schema.RedactURL(d.URL)))
	p.attempts(d, len(d.Attempts)-1, func(int) *receiver.Entry { return nil })
	p.row("event id", d.EventID)
	p.platform(d)
	_, err := io.WriteString(w, p.String())
	return err
}

// platform writes what follows on the platform and what that rests on.
func (p *printer) platform(d sender.Delivery) {
	for _, h := range d.Hinges {
		p.row("hinges on", h.Text)
	}
	if len(d.Attempts) != 1 {
		p.row("ended", endings[d.Ended])
	}
	p.row(title(d), d.Consequence.Text)
	for _, o := range d.Overrides {
		p.row("override", o)
	}
	for _, n := range d.Last().Notes {
		p.row("note", n)
	}
}

// title is the platform's own name, "Flashduty".
func title(d sender.Delivery) string {
	if d.Title != "" {
		return d.Title
	}
	name, _, _ := strings.Cut(d.Profile, "@")
	return name
}

// endings says how a delivery ended where one attempt does not tell.
var endings = map[sender.Ended]string{
	sender.EndedDelivered: "delivered",
	sender.EndedDropped:   "dropped: the last failure is none that the platform repeats",
	sender.EndedExhausted: "dropped: it was repeated for as long as the platform does",
	sender.EndedDisabled:  "dropped: the action was disabled",
	sender.EndedTooLarge:  "dropped: larger than what the platform sends",
	sender.EndedQueueFull: "dropped: the platform keeps no more pushes of the action",
	sender.EndedOpen:      "the platform would repeat it again; not played here",
	sender.EndedCanceled:  "canceled here",
}

// Sentence says in a few words how an attempt ended: "answered 500 after 12 ms",
// "no headers by 1.000 s (own cut-off 6 ms late)".
func Sentence(a sender.Attempt) string {
	switch a.Outcome.Kind {
	case sender.Answered:
		text := fmt.Sprintf("answered %d after %s", a.Status, Duration(a.Took))
		if !a.Delivered {
			text += ": not what the platform calls delivered"
		}
		return text
	case sender.Timeout:
		text := fmt.Sprintf("%s by %.3f s (own cut-off %d ms late)", missing[a.Outcome.Phase], a.Deadline.Seconds(), a.CutOff.Milliseconds())
		if later := afterwards(a); later != "" {
			text += "; " + later
		}
		return text
	}
	text := happened[a.Outcome.Kind]
	if text == "" {
		text = string(a.Outcome.Kind)
	}
	text += " in " + string(a.Outcome.Phase)
	if a.Status != 0 {
		text += fmt.Sprintf(", after status %d", a.Status)
	}
	text += " after " + Duration(a.Took)
	if a.Error != "" {
		text += ": " + a.Error
	}
	return text
}

// afterwards says what came of an answer after the deadline: "answered 200 at
// 1.031 s: 31 ms late"; "" where nobody looked.
func afterwards(a sender.Attempt) string {
	late := func(at time.Duration) string {
		return fmt.Sprintf("answered %d at %.3f s: %s late", cmp.Or(a.Status, a.Late.Status), at.Seconds(), Duration(at-a.Deadline))
	}
	until := fmt.Sprintf("%.3f s", a.Late.Until.Seconds())
	how := ""
	switch a.Late.Kind {
	case "":
		return ""
	case sender.Answered:
		return late(a.LastByte)
	case sender.Timeout:
		how = "not by " + until + " either"
	case sender.Canceled:
		how = "nobody looked on after " + until
	default:
		how = cmp.Or(happened[a.Late.Kind], string(a.Late.Kind)) + " at " + until
	}
	if a.Late.Headers > 0 {
		return late(a.Late.Headers) + "; the end of its body: " + how
	}
	return how
}

// missing says what had not come when the deadline passed in a phase.
var missing = map[sender.Phase]string{
	sender.PhaseDNS:     "no address",
	sender.PhaseConnect: "no connection",
	sender.PhaseTLS:     "no end of the TLS handshake",
	sender.PhaseWrite:   "request not written",
	sender.PhaseHeaders: "no headers",
	sender.PhaseBody:    "no end of the body",
}

// happened names the kinds of outcomes that are neither an answer nor a timeout.
var happened = map[sender.Kind]string{
	sender.NotFound:             "host not found",
	sender.Refused:              "connection refused",
	sender.Unreachable:          "not reachable",
	sender.Reset:                "connection reset",
	sender.Closed:               "connection closed",
	sender.CertExpired:          "certificate has expired",
	sender.CertNotYetValid:      "certificate is not yet valid",
	sender.CertUnknownAuthority: "certificate of an unknown authority",
	sender.CertWrongHost:        "certificate for another host",
	sender.CertOutOfOrder:       "certificates out of order",
	sender.CertRequired:         "a client certificate is required",
	sender.PlainHTTP:            "plain HTTP where TLS was expected",
	sender.TLSOther:             "TLS handshake failed",
	sender.Malformed:            "answer is not HTTP",
	sender.TooLarge:             "answer is too large",
	sender.Canceled:             "canceled",
}

// phaseLine writes "dns 4 | connect 37 | tls 79 | write 0 | headers 911 ms".
func phaseLine(a sender.Attempt) string {
	var parts []string
	for _, ph := range a.Phases {
		if a.Took < 100*time.Millisecond {
			parts = append(parts, fmt.Sprintf("%s %.1f", ph.Phase, milliseconds(ph.Took)))
		} else {
			parts = append(parts, fmt.Sprintf("%s %.0f", ph.Phase, milliseconds(ph.Took)))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return strings.Join(parts, " | ") + " ms"
}

// Duration writes d for people: "3.4 ms", "231 ms", "1.031 s", "2 min 5 s",
// "31 h 20 min"; less than nothing is nothing.
func Duration(d time.Duration) string {
	d = max(d, 0)
	switch {
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%.1f ms", milliseconds(d))
	case d < time.Second:
		return fmt.Sprintf("%.0f ms", milliseconds(d))
	case d < time.Minute:
		return fmt.Sprintf("%.3f s", d.Seconds())
	case d < time.Hour:
		d = d.Round(time.Second)
		return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60)
	default:
		d = d.Round(time.Minute)
		return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
	}
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
