package schema

import "fmt"

// Severity says whether a violation breaks what is documented (SeverityError)
// or only departs from the advice or the usual form (SeverityWarning).
type Severity string

// The severities, hardest first.
const (
	SeverityError   Severity = "error"
	SeverityWarning Severity = "warning"
)

// Violation is one departure of a push from what its platform documents: one
// for each cause. It is plain data and written for a person.
type Violation struct {
	Rule       string   `json:"rule"`             // a stable name: required, type, enum, json, duplicate_name, time_unit, ...
	Severity   Severity `json:"severity"`         //
	Pointer    string   `json:"pointer"`          // JSON pointer of the member at fault; for a missing member, where it would stand; "" is the whole body
	Found      string   `json:"found"`            // what was there, shortened and with control characters escaped
	Documented string   `json:"documented"`       // what is documented
	Source     string   `json:"source,omitempty"` // the document that says so: an address, or "RFC 8259"
	Offset     int64    `json:"offset,omitempty"` // byte offset in the body, for rules about bytes; 0 otherwise
}

// String writes v as one line: "error /incident/title: missing; documented: string, required".
func (v Violation) String() string {
	at := v.Pointer
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
