package report

import (
	"bytes"
	"fmt"
	"io"
	"time"

	"github.com/hookdrill/hookdrill/receiver"
	"github.com/hookdrill/hookdrill/schema"
)

// EntryText writes one request of a journal for people: a line for how it was
// answered, and one below it for each thing that the checks found; or one line for
// a connection on which no request came.
func EntryText(w io.Writer, e receiver.Entry) error {
	if e.NoRequest {
		_, err := fmt.Fprintf(w, "%s  connection %d without a request  %s  from %s\n",
			e.Arrived.Format("15:04:05.000"), e.Request.Connection, connectionEnd(e), client(e))
		return err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s  #%d  %s %s  %s  from %s", e.Arrived.Format("15:04:05.000"), e.Seq,
		Clean(e.Request.Method), Clean(schema.RedactURL(e.Request.Target)), answer(e), client(e))
	if event, ok := e.Request.Values["event_id"]; ok {
		fmt.Fprintf(&b, "  event %s", Clean(fmt.Sprint(event)))
	}
	if e.DuplicateOf != 0 {
		fmt.Fprintf(&b, "  attempt %d, the same event as #%d", e.Attempt, e.DuplicateOf)
	}
	b.WriteByte('\n')
	p := printer{}
	for _, f := range e.Findings {
		for _, v := range f.Violations {
			p.row(f.Check, finding(v))
		}
	}
	if e.Request.Client.Reason == receiver.ReasonUntrusted {
		p.row("client", e.Request.Client.Reason)
	}
	p.row("panic", e.Panic)
	b.WriteString(p.String())
	_, err := w.Write(b.Bytes())
	return err
}

// finding is a violation as one line; one that is about no member is about the
// request, of which its body is only a part.
func finding(v schema.Violation) string {
	if v.Pointer == "" {
		return fmt.Sprintf("%s: %s; documented: %s", v.Severity, v.Found, v.Documented)
	}
	return v.String()
}

// EntryJSON writes one request of a journal, or one connection without a request,
// as a document on one line.
// secretHeaders are redacted beside the well-known ones.
func EntryJSON(w io.Writer, e receiver.Entry, secretHeaders ...string) error {
	doc := newEntry(e, secretHeaders...)
	doc.Version, doc.Type = Version, "request"
	if e.NoRequest {
		doc.Type = "connection"
	}
	return WriteJSON(w, doc, false)
}

// answer says how a request ended: "200 in 1.5 ms", "reset in 0.2 ms", and of one
// that was delayed how exact that was: "200 in 901 ms (delay 900ms + status 200; 0.9
// ms later than asked)".
func answer(e receiver.Entry) string {
	took := e.Completed.Sub(e.Arrived) // of a request that is not complete: far below 0
	how := e.Done.Ended
	if e.Done.Status != 0 {
		how = fmt.Sprint(e.Done.Status)
		if e.Done.Ended != receiver.EndedAnswered {
			how += " " + e.Done.Ended
		}
	}
	text := how + " in " + Duration(took.Round(time.Microsecond))
	if e.Done.Difference > 0 {
		text += fmt.Sprintf(" (%s; %s later than asked)", Clean(e.Done.Asked), Duration(e.Done.Difference))
	}
	return text
}

// connectionEnd says how a connection without a request ended: "reset after 0.2 ms
// (accept + reset)".
func connectionEnd(e receiver.Entry) string {
	text := Clean(e.Done.Ended) + " after " + Duration(e.Completed.Sub(e.Arrived).Round(time.Microsecond))
	if e.Done.Asked != "" {
		text += " (" + Clean(e.Done.Asked) + ")"
	}
	if e.Done.Error != "" {
		text += ": " + Clean(e.Done.Error)
	}
	return text
}

// client is the address that counts.
func client(e receiver.Entry) string {
	switch {
	case e.Request.Client.Addr.IsValid():
		return e.Request.Client.Addr.String()
	case e.Request.Peer.IsValid():
		return e.Request.Peer.Addr().String()
	}
	return "an unknown address"
}
