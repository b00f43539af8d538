package receiver

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

func (p *parser) delay(w word, a *Answer, at *stage) error {
	if kind := LatencyKind(p.peek().text); slices.Contains([]LatencyKind{Uniform, Normal, LogNormal, ByQuantiles}, kind) {
		return p.latency(w, a, *at)
	}
	d, err := p.duration("delay")
	if err != nil {
		return err
	}
	switch *at {
	case beforeHead, accepted:
		if a.Delay > 0 || a.Latency.Kind != "" {
			return p.wrong(w, "a second delay before the status", "one delay with the sum would do")
		}
		a.Delay = d
	case afterHead:
		a.BodyDelay, *at = d, afterBodyDelay
	case afterCut:
		a.HeadDelay, *at = d, afterHeadDelay
	case afterBody:
		a.EndDelay, *at = d, afterMidDelay
	case afterRest:
		a.EndDelay, *at = d, afterEndDelay
	default:
		return p.wrong(w, "a second delay in the same place", "one delay with the sum would do")
	}
	return nil
}

// handshake reads the delay in the TLS handshake.
func (p *parser) handshake(w word, a *Answer, at *stage) error {
	switch next := p.peek(); {
	case next.text != "delay":
		return p.wrong(next, "what of tls?", `"tls delay 900ms + status 200" would do`)
	case *at != beforeHead || a.Delay > 0 || a.Latency.Kind != "" || a.Drip != Drip{}:
		return p.wrong(w, `"tls delay" is the first step of its turn`, `"tls delay 900ms + status 200"`)
	case a.HandshakeDelay > 0:
		return p.wrong(w, `a second "tls delay"`, "one delay with the sum would do")
	}
	p.at++
	var err error
	a.HandshakeDelay, err = p.duration("tls delay")
	return err
}

// duration reads how long something takes.
func (p *parser) duration(of string) (time.Duration, error) {
	w := p.peek()
	d, err := time.ParseDuration(w.text)
	switch {
	case p.over(w):
		return 0, p.wrong(w, of+" of how long?", "900ms, 1.5s or 2m would do")
	case err != nil:
		if _, bare := strconv.ParseFloat(w.text, 64); bare == nil {
			return 0, p.wrong(w, fmt.Sprintf("%q has no unit", w.text), fmt.Sprintf("%sms or %ss?", w.text, w.text))
		}
		return 0, p.wrong(w, fmt.Sprintf("%q is no duration", w.text), "900ms, 1.5s or 2m would do")
	case d <= 0 || d > MaxDelay:
		return 0, p.wrong(w, fmt.Sprintf("%q is out of bounds", w.text), "more than 0 and at most 24h would do")
	}
	p.at++
	return d, nil
}

// latency reads a delay that is another one for each request.
func (p *parser) latency(w word, a *Answer, at stage) error {
	kind := p.peek()
	switch {
	case at != beforeHead:
		return p.wrong(w, fmt.Sprintf("\"delay %s\" after the status", kind.text), "a delay that is drawn stands before it")
	case a.Delay > 0 || a.Latency.Kind != "":
		return p.wrong(w, "a second delay before the status", "one of them would do")
	}
	p.at++
	l := Latency{Kind: LatencyKind(kind.text)}
	var err error
	if l.Kind == ByQuantiles {
		l.Quantiles, err = p.quantiles()
	} else if l.A, err = p.duration(kind.text); err == nil {
		second := p.peek()
		if l.B, err = p.duration(kind.text); err == nil && l.Kind != Normal && l.B < l.A {
			return p.wrong(second, fmt.Sprintf("%s after %s", l.B, l.A), "the smaller one stands first")
		}
	}
	a.Latency = l
	return err
}

func (p *parser) quantiles() (list []Quantile, err error) {
	for begin := p.peek(); len(list) == 0 || !p.over(begin); begin = p.peek() {
		var q Quantile
		if q.Percent, err = p.percent("quantiles"); err != nil {
			return nil, err
		}
		if q.Time, err = p.duration("a quantile"); err != nil {
			return nil, err
		}
		last := Quantile{}
		if len(list) > 0 {
			last = list[len(list)-1]
		}
		if q.Percent <= last.Percent || q.Time < last.Time {
			return nil, p.wrong(begin, fmt.Sprintf("%s %s after %s %s", percent(q.Percent), q.Time, percent(last.Percent), last.Time), "both rise: 50% 100ms 99% 1s")
		}
		list = append(list, q)
	}
	return list, nil
}

// drip reads how slowly the answer, or its body, is written.
func (p *parser) drip(w word, a *Answer, at *stage) error {
	switch {
	case a.Drip != Drip{}:
		return p.wrong(w, "a second drip", "one of them would do")
	case *at != beforeHead && *at != afterHead && *at != afterHeadDelay && *at != afterBodyDelay:
		return p.wrong(w, "a drip stands before the status, or before the body", `"status 200 + drip 1 every 100ms + body slowly"`)
	}
	n, err := p.number("drip", 1, maxDrip)
	if err != nil {
		return err
	}
	if every := p.peek(); every.text != "every" {
		return p.wrong(every, "drip how often?", `"drip 1 every 100ms" would do`)
	}
	p.at++
	a.Drip = Drip{Bytes: n, Headers: *at == beforeHead}
	a.Drip.Every, err = p.duration("a drip")
	return err
}

// flaw reads what is wrong with an answer beyond its times and its end.
func (p *parser) flaw(w word, a *Answer, at *stage) error {
	kind := FlawKind(w.text)
	if kind != Garbage {
		kind += FlawKind(" " + p.peek().text)
		if p.at++; kind == "chunks bad" || kind == "chunks without" {
			kind += FlawKind(" " + p.peek().text)
			p.at++
		}
	}
	var known []string
	for _, k := range flawKinds {
		known = append(known, string(k))
	}
	f := Flaw{Kind: kind}
	wanted := afterHead
	if f.headless() {
		wanted = beforeHead
	}
	switch {
	case !slices.Contains(flawKinds, kind):
		return p.wrong(w, fmt.Sprintf("%q says nothing", string(kind)), "one of "+strings.Join(known, ", "))
	case *at != wanted && f.headless():
		return p.wrong(w, fmt.Sprintf("%q stands in place of the status", string(kind)), "leave the status out")
	case *at != wanted:
		return p.wrong(w, fmt.Sprintf("%q stands directly after the status and its headers", string(kind)), fmt.Sprintf(`"status 200 + %s"`, string(kind)))
	case a.Flaw.Kind != "":
		return p.wrong(w, fmt.Sprintf("%q after %q", string(kind), string(a.Flaw.Kind)), "one of them would do")
	}
	var err error
	switch {
	case kind == BigHeader:
		f.Size, err = p.number(string(kind), 1, MaxBigHeader)
	case kind == ManyHeaders:
		f.Size, err = p.number(string(kind), 1, maxHeaders)
	case f.endless():
		*at = afterEnd
	case kind == Garbage:
		*at = afterFlaw
	}
	a.Flaw = f
	return err
}
