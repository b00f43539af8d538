package scenarios

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/hookdrill/hookdrill/sender"
)

// MaxQuestion is how many bytes of a text are read. It is ours.
const MaxQuestion = 64 << 10

// How much a piece of evidence weighs.
const (
	ofWord   = iota + 1 // a word of many texts
	ofClient            // what a client prints
	ofStatus            // of an answer
	ofName              // an outcome or a fault by its name
)

// evidence is one thing that was recognized.
type evidence struct {
	Saying
	strength int
	narrows  bool        // it names no cause, and tells which of the others' may be
	only     []outcomeOf // what its faults are; nil: what the saying means
}

// why says what speaks for a cause.
func (e evidence) why() string { return fmt.Sprintf("%q: %s", e.Text, e.By) }

// again reports whether o says nothing that e does not.
func (e evidence) again(o evidence) bool {
	return o.Text == e.Text && o.By == e.By || e.Status != 0 && o.Status == e.Status
}

// read recognizes what is known in the text, the most telling first.
func (q Question) read() (out []evidence) {
	text := strings.ToValidUTF8(q.Text[:min(len(q.Text), MaxQuestion)], "\uFFFD")
	add := func(list ...evidence) {
		for _, e := range list {
			if !slices.ContainsFunc(out, e.again) {
				out = append(out, e)
			}
		}
	}
	if fault := faultNamed(text); fault != nil {
		return []evidence{*fault}
	}
	members, texts := readJSON(text)
	add(members...)
	for _, one := range []string{text, strings.Join(texts, "\n")} {
		lower := folded(one)
		add(outcomesNamed(lower)...)
		add(statusesIn(lower)...)
		add(q.sayingsIn(lower)...)
	}
	slices.SortStableFunc(out, func(a, b evidence) int { return b.strength - a.strength })
	if len(out) > 0 && out[0].strength > ofWord {
		out = slices.DeleteFunc(out, func(e evidence) bool { return e.strength == ofWord && e.within == nil })
	}
	out = withoutSuccess(out)
	for i := range out {
		out[i].narrows = out[0].strength > ofWord && out[i].strength == ofWord
	}
	return out
}

// withoutSuccess leaves out a status that says that all was well beside what was
// not.
func withoutSuccess(list []evidence) []evidence {
	good := func(e evidence) bool { return e.Status != 0 && e.Status/100 <= 2 }
	if !slices.ContainsFunc(list, func(e evidence) bool { return !good(e) }) {
		return list
	}
	return slices.DeleteFunc(list, good)
}

// faultNamed is the fault whose name the whole text is.
func faultNamed(text string) *evidence {
	name := strings.TrimPrefix(strings.ToLower(strings.TrimSpace(text)), "fault ")
	if slices.Contains(kinds, name) && !strings.HasPrefix(strings.ToLower(strings.TrimSpace(text)), "fault ") {
		return nil // "refused" is every refused one
	}
	only := outcomesOf(name)
	if len(only) == 0 {
		return nil
	}
	return &evidence{Saying: Saying{Text: name, By: "a fault of the catalogue", Faults: []string{name}}, strength: ofName, only: only}
}

// outcomesOf are what platforms see of these faults.
func outcomesOf(faults ...string) (out []outcomeOf) {
	for _, s := range specimens() {
		if slices.Contains(faults, s.fault.Name) {
			out = append(out, s.outcomeOf)
		}
	}
	return out
}

// kinds are the names of all kinds of outcomes.
var kinds = names(sender.Answered, sender.Timeout, sender.NotFound, sender.Refused, sender.Unreachable, sender.Reset, sender.Closed,
	sender.CertExpired, sender.CertNotYetValid, sender.CertUnknownAuthority, sender.CertWrongHost, sender.CertOutOfOrder,
	sender.CertRequired, sender.PlainHTTP, sender.TLSOther, sender.Malformed, sender.TooLarge, sender.Canceled)

// outcome is an outcome by its name: "timeout in headers".
var outcomeName = regexp.MustCompile(`\b([a-z_]+) in (dns|connect|tls|write|headers|body)\b`)

// outcomesNamed are the outcomes that the text names: kind and phase anywhere, a
// kind alone where it is all of the text, or is no word of other texts.
func outcomesNamed(lower string) (out []evidence) {
	for _, m := range outcomeName.FindAllStringSubmatch(lower, 20) {
		if slices.Contains(kinds, m[1]) {
			out = append(out, outcomeNamed(m[0], m[1], m[2]))
		}
	}
	if len(out) > 0 {
		return out
	}
	for _, kind := range kinds {
		alone := strings.TrimSpace(lower) == kind
		if alone || strings.Contains(kind, "_") && len(phrase{kind}.in(lower)) > 0 {
			out = append(out, outcomeNamed(kind, kind, ""))
		}
	}
	return out
}

func outcomeNamed(text, kind, phase string) evidence {
	o := sender.Outcome{Kind: sender.Kind(kind), Phase: sender.Phase(phase)}
	return evidence{Saying: Saying{Text: text, By: "the outcome's own name", Means: []sender.Outcome{o}}, strength: ofName}
}

// Where the number of a status stands.
var (
	bareStatus = regexp.MustCompile(`^\s*([1-5]\d\d)\s*$`)
	toldStatus = regexp.MustCompile(`(?:\bstatus(?:[ _-]?code)?|\bhttp/[12](?:\.[01])?"?|\bresponse code|\bhttp error|\breturned error|\banswered|\bhttp)["']?\s*[:=]?\s*["']?([1-5]\d\d)\b`)
	pythons    = regexp.MustCompile(`\b([45]\d\d) (?:client|server) error\b`)
	numbered   = regexp.MustCompile(`\b([1-5]\d\d) ([a-z][a-z' -]{2,40})`)
)

// statusesIn are the statuses that the text tells.
func statusesIn(lower string) (out []evidence) {
	for _, one := range []*regexp.Regexp{bareStatus, toldStatus, pythons} {
		for _, m := range one.FindAllStringSubmatch(lower, 20) {
			out = append(out, statusTold(m[1]))
		}
	}
	for _, m := range numbered.FindAllStringSubmatch(lower, 20) {
		n, err := strconv.Atoi(m[1])
		reason := strings.ToLower(http.StatusText(n))
		if err == nil && reason != "" && strings.HasPrefix(m[2], reason) {
			out = append(out, statusTold(m[1]))
		}
	}
	return out
}

func statusTold(digits string) evidence {
	n, _ := strconv.Atoi(digits) // three digits
	if n == statusClientGone {
		return evidence{Saying: clientGone, strength: ofStatus}
	}
	return evidence{Saying: Saying{Text: strings.TrimSpace(digits + " " + http.StatusText(n)), By: "a status", Status: n, Source: "RFC 9110"}, strength: ofStatus}
}

// sayingsIn are the texts of programs that stand in the text, those that stand in
// a longer one left out, and those of which less stands there in so many words.
func (q Question) sayingsIn(lower string) (out []evidence) {
	type found struct {
		stretch
		words  int
		saying Saying
	}
	var all []found
	for _, s := range slices.Concat(q.Sayings, sayings()) {
		searched := s.searched()
		for _, at := range searched.in(lower) {
			all = append(all, found{at, searched.words(), s})
		}
	}
	slices.SortStableFunc(all, func(a, b found) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(b.to, a.to), cmp.Compare(b.words, a.words))
	})
	covered := found{stretch: stretch{-1, -1}}
	for _, f := range all {
		if f.to <= covered.to && (f.stretch != covered.stretch || f.words < covered.words) {
			continue
		}
		covered = f
		out = append(out, f.saying.told())
	}
	return out
}

// told is the saying as evidence.
func (s Saying) told() evidence {
	e := evidence{Saying: s, strength: ofClient}
	if s.weak {
		e.strength = ofWord
	}
	if len(s.Means) == 0 && s.Status == 0 {
		e.only = outcomesOf(s.Faults...)
	}
	return e
}

// deepest is how deep members of a JSON text are looked for.
const deepest = 32

// readJSON reads a line that is a JSON object: the outcomes and statuses in its
// members, and its texts. Of anything else it reads nothing.
func readJSON(text string) (out []evidence, texts []string) {
	dec := json.NewDecoder(bytes.NewReader([]byte(strings.TrimSpace(text))))
	dec.UseNumber()
	var doc map[string]any
	if !strings.HasPrefix(strings.TrimSpace(text), "{") || dec.Decode(&doc) != nil {
		return nil, nil
	}
	var walk func(v any, depth int)
	walk = func(v any, depth int) {
		if depth > deepest {
			return
		}
		switch v := v.(type) {
		case string:
			texts = append(texts, v)
		case []any:
			for _, one := range v {
				walk(one, depth+1)
			}
		case map[string]any:
			out = append(out, membersOf(v)...)
			for _, name := range slices.Sorted(maps.Keys(v)) {
				walk(v[name], depth+1)
			}
		}
	}
	walk(doc, 0)
	return out, texts
}

// statusMembers are the names that logs have for a status.
var statusMembers = []string{"status", "status_code", "statusCode", "statuscode", "http_status", "httpStatus", "response_code"}

// membersOf reads one object's members.
func membersOf(object map[string]any) (out []evidence) {
	kind, _ := object["kind"].(string)
	phase, _ := object["phase"].(string)
	if name, _ := object["outcome"].(string); slices.Contains(kinds, name) {
		kind = name
	}
	if slices.Contains(kinds, kind) && kind != string(sender.Answered) {
		if during[sender.Phase(phase)] == "" {
			phase = ""
		}
		out = append(out, outcomeNamed(strings.TrimSuffix(kind+" in "+phase, " in "), kind, phase))
	}
	for _, name := range statusMembers {
		digits := fmt.Sprint(object[name])
		if bareStatus.MatchString(digits) {
			out = append(out, statusTold(strings.TrimSpace(digits)))
		}
	}
	return out
}
