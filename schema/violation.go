package schema

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// MaxViolations is how many violations are reported of one push; when there are
// more, the last one counts the rest.
const MaxViolations = 50

// Severity says whether a violation breaks what is documented (SeverityError)
// or only departs from the advice or the usual form (SeverityWarning).
type Severity string

// The severities, hardest first.
const (
	SeverityError   Severity = "error"
	SeverityWarning Severity = "warning"
)

// Violation is one departure of a push from what its platform documents: one
// for each cause. It is plain data and written for a person. Found and
// Documented are safe to print; Pointer holds the body's own names and is
// escaped by String.
//
// The rules about bytes are json, bom, trailing_data, depth, number_bounds,
// utf8 and duplicate_name; those about the kind of push are platform and event;
// those about its members are required, type, enum, range, pattern, format,
// additional, time_unit, misplaced, header_differs and any other keyword of a
// schema under its own name. schema says that a schema could not be used, and
// more counts what was left out.
type Violation struct {
	Rule       string   `json:"rule"`             // a stable name: required, type, enum, json, duplicate_name, time_unit, ...
	Severity   Severity `json:"severity"`         // SeverityError or SeverityWarning
	Pointer    string   `json:"pointer"`          // JSON pointer of the member at fault; for a missing member, where it would stand; "" is the whole body
	Found      string   `json:"found"`            // what was there, shortened and with control characters escaped
	Documented string   `json:"documented"`       // what is documented
	Source     string   `json:"source,omitempty"` // the document that says so: an address, or "RFC 8259"
	Offset     int64    `json:"offset,omitempty"` // byte offset in the body, for rules about bytes; 0 otherwise
}

// String writes v as one line: "error /incident/title: missing; documented: string, required".
func (v Violation) String() string {
	at := printable(v.Pointer)
	if at == "" {
		at = "(body)"
	}
	return fmt.Sprintf("%s %s: %s; documented: %s", v.Severity, at, v.Found, v.Documented)
}

// Errors returns those of vs that are errors, in order.
func Errors(vs []Violation) []Violation {
	var out []Violation
	for _, v := range vs {
		if v.Severity == SeverityError {
			out = append(out, v)
		}
	}
	return out
}

// findings collects violations up to the limit and counts the rest.
type findings struct {
	list    []Violation
	more    int
	hardest Severity // of those counted in more
	atLeast bool     // not everything was looked at
}

// add takes v. Its maker pays for the text of at most MaxViolations: ask full
// first where many may come.
func (f *findings) add(v Violation) {
	if f.full() {
		f.skip(1, v.Severity)
		return
	}
	v.Pointer = clip(v.Pointer)
	f.list = append(f.list, v)
}

// clip bounds a pointer: one long name, said fifty times, would make a report
// of megabytes. What is cut leads nowhere and says so.
func clip(pointer string) string {
	if len(pointer) <= maxPointer {
		return pointer
	}
	return cut(pointer, maxPointer) + "…"
}

// maxPointer is how many bytes of a pointer are told.
const maxPointer = 1024

func (f *findings) full() bool { return len(f.list) >= MaxViolations }

// skip counts n violations that are not kept.
func (f *findings) skip(n int, s Severity) {
	f.more += n
	if f.hardest != SeverityError {
		f.hardest = s
	}
}

// violations returns what was found, at most MaxViolations of it.
func (f *findings) violations() []Violation {
	if f.more == 0 && !f.atLeast {
		return f.list
	}
	if f.full() {
		last := f.list[MaxViolations-1]
		f.list = f.list[:MaxViolations-1]
		f.skip(1, last.Severity)
	}
	count := strconv.Itoa(f.more) + " more violations"
	if f.atLeast {
		count = "at least " + count
	}
	return append(f.list, Violation{
		Rule: "more", Severity: cmp.Or(f.hardest, SeverityWarning), Found: count,
		Documented: "hookdrill reports " + strconv.Itoa(MaxViolations) + " violations at most",
	})
}

// covers reports whether a rule at that pointer has the same cause as what was
// found in the bytes: 0 stands for a number that was not read, and a name that
// equals another but for case is no documented one.
func (f *findings) covers(pointer, rule string) bool {
	return slices.ContainsFunc(f.list, func(v Violation) bool {
		return v.Pointer == pointer && (v.Rule == "number_bounds" || v.Rule == "duplicate_name" && rule == "additional")
	})
}

// describe says what a value is, for a person: `string "high"`, `number 1.5`,
// "array of 3".
func describe(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean " + strconv.FormatBool(v)
	case json.Number:
		return "number " + shorten(string(v))
	case string:
		if shorten(v) != v {
			return "string " + quote(v) + " of " + strconv.Itoa(utf8.RuneCountInString(v)) + " characters"
		}
		return "string " + quote(v)
	case []any:
		return "array of " + strconv.Itoa(len(v))
	case map[string]any:
		if len(v) == 1 {
			return "object of 1 member"
		}
		return "object of " + strconv.Itoa(len(v)) + " members"
	}
	return fmt.Sprintf("%T", v)
}

// quote shows text from a stranger in double quotes, shortened, with control
// characters, marks of direction and bytes that are no UTF-8 escaped.
func quote(s string) string { return strconv.Quote(shorten(s)) }

// shorten cuts s to what a line of a report has room for.
func shorten(s string) string {
	const room = 60
	if len(s) <= room {
		return s
	}
	return cut(s, room) + "…"
}

// cut takes the beginning of s, at most n bytes, and splits no character.
func cut(s string, n int) string {
	for end := n; end > n-utf8.UTFMax; end-- {
		if utf8.RuneStart(s[end]) {
			return s[:end]
		}
	}
	return s[:n]
}

// printable escapes what must not reach a terminal and leaves the rest alone.
func printable(s string) string {
	if strings.IndexFunc(s, func(c rune) bool { return c == utf8.RuneError || !strconv.IsPrint(c) }) < 0 {
		return s
	}
	q := strconv.Quote(s)
	return strings.ReplaceAll(q[1:len(q)-1], `\"`, `"`)
}
