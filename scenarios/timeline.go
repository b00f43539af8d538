package scenarios

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender/console"
)

// Told is one entry of a console's timeline: what happened on a platform, or was
// refused there.
type Told struct {
	Platform  string
	Elsewhere bool // it is not the platform that the story is told on
	console.Entry

	order uint64 // among all that the story saw, of consoles and of mocks
}

// TimelineMatch chooses entries of a timeline. The zero TimelineMatch chooses all.
type TimelineMatch struct {
	What     string // a console.What
	Field    string // which custom field, which status, ...
	Contains string // in what was said or set, or in why it was refused
}

// TimelineExpectation is about the first entry that it chooses behind the one that
// the expectation before it is about; with Count, about how many there are since
// the step began.
type TimelineExpectation struct {
	Position
	TimelineMatch
	Call   string        // "POST /incident/comment"
	Status *int          // what the call was answered
	By     string        // name, id or e-mail address of who did it
	Count  *int          //
	After  string        // mock endpoint: it comes later than the newest request there
	Within time.Duration // since the step began, on the platform's clock; 0: not judged
}

// IncidentExpectation is about the story's incident as it stands. What is left out
// is not judged.
type IncidentExpectation struct {
	Position
	Status   string // triggered, acknowledged, resolved
	Title    string
	Severity string         // in neutral words
	Fields   map[string]any // custom fields; nil: the incident has no such field
	Comments []string       // texts, each of which a comment contains
}

// PageExpectation is about the newest event of the status page, and about the
// page's components. What is left out is not judged.
type PageExpectation struct {
	Position
	Title      string
	Status     string            // in the platform's words
	All        string            // the status of every component
	Components map[string]string // name or id -> status
}

// chooses reports whether e is one of those that m is about.
func (m TimelineMatch) chooses(e console.Entry) bool {
	return (m.What == "" || string(e.What) == m.What) &&
		(m.Field == "" || e.Field == m.Field) &&
		(m.Contains == "" || strings.Contains(e.Text, m.Contains) || strings.Contains(e.Reason, m.Contains))
}

// chooses reports whether e is one of those that t is about.
func (t TimelineExpectation) chooses(e console.Entry) bool {
	return t.TimelineMatch.chooses(e) && (t.Call == "" || e.Call == t.Call) && (t.Status == nil || e.Status == *t.Status) &&
		(t.By == "" || slices.Contains([]string{e.By.Name, e.By.ID, e.By.Email}, t.By))
}

// kind says which entries t is about.
func (t TimelineExpectation) kind() string {
	words := []string{t.What}
	if t.What == "" {
		words[0] = "entry"
	}
	for _, more := range []string{t.Field, t.Call} {
		if more != "" {
			words = append(words, more)
		}
	}
	if t.Status != nil {
		words = append(words, fmt.Sprintf("answered %d", *t.Status))
	}
	if t.By != "" {
		words = append(words, "by "+t.By)
	}
	if t.Contains != "" {
		words = append(words, "that contains "+compact(t.Contains))
	}
	return strings.Join(words, " ")
}

// refused reports whether it is a call that the console refused.
func (t Told) refused() bool { return t.What == console.Refused }

// OfPress reports whether t tells of a press and how it ended, of which deliveries
// say more, and not of a call.
func (t Told) OfPress() bool {
	return t.Call == "" && slices.Contains([]console.What{console.Pressed, console.Delivered, console.NotDelivered}, t.What)
}

// String says in a line what happened, who did it by which call, and why it was
// refused.
func (t Told) String() string {
	words := []string{string(t.What)}
	if t.Elsewhere {
		words = []string{t.Platform, string(t.What)}
	}
	if method, target, _ := strings.Cut(t.Call, " "); t.Call != "" {
		words = append(words, method, schema.RedactURL(target))
	}
	if t.Status != 0 {
		words = append(words, strconv.Itoa(t.Status))
	}
	if t.Field != "" {
		words = append(words, t.Field)
	}
	if by := cmp.Or(t.By.Name, t.By.Email, t.By.ID); by != "" {
		words = append(words, "by "+by)
	}
	text := strings.Join(words, " ")
	for _, more := range []string{t.Text, t.Reason} {
		if more != "" {
			text += ": " + more
		}
	}
	return text
}

// brief says in a few words what happened: "field_set trace_url",
// "refused POST /incident/labels (There is no such route: …)".
func (t Told) brief() string {
	if t.refused() {
		return fmt.Sprintf("refused %s (%s)", t.Call, none(t.Reason))
	}
	words := []string{string(t.What)}
	if t.Field != "" {
		words = append(words, t.Field)
	}
	if t.Text != "" {
		words = append(words, brief(t.Text))
	}
	return strings.Join(words, " ")
}

// refusals returns those of list that were refused.
func refusals(list []Told) []Told {
	return slices.DeleteFunc(slices.Clone(list), func(t Told) bool { return !t.refused() })
}
