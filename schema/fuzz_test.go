package schema_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/hookdrill/hookdrill/schema"
)

// FuzzValidate gives any bytes to every profile: violations or none, never a
// panic, and never silence about what encoding/json refuses.
func FuzzValidate(f *testing.F) {
	for _, body := range broken {
		f.Add([]byte(body))
	}
	for _, body := range clean {
		f.Add([]byte(body))
	}
	for _, body := range documents {
		f.Add([]byte(body))
	}
	for _, attack := range hostile() {
		f.Add([]byte(attack.body[:min(len(attack.body), 4<<10)]))
	}
	f.Add([]byte(with(`"x":1`, `"x":`+strings.Repeat("9", 100_000))))
	f.Add([]byte(with(`"x":1`, `"x":1e1000000`)))
	var profiles []*schema.Profile
	for _, ref := range schema.List() {
		profiles = append(profiles, open(f, ref.String()))
		f.Add(readDocumented(f, ref).full(f))
	}

	f.Fuzz(func(t *testing.T, body []byte) {
		before := bytes.Clone(body)
		for _, p := range profiles {
			lenient, strict := p.Validate(body, schema.Lenient), p.Validate(body, schema.Strict)
			for _, vs := range [][]schema.Violation{lenient, strict} {
				check(t, body, vs)
			}
			if len(schema.Errors(lenient)) > 0 && len(schema.Errors(strict)) == 0 {
				t.Errorf("strict accepts what lenient refuses: %v", lenient)
			}
			if len(strict) == 0 && !json.Valid(body) {
				t.Errorf("nothing is wrong with what encoding/json refuses")
			}
			if _, vs := p.Examine(nil, body, schema.Lenient); len(vs) > schema.MaxViolations {
				t.Errorf("Examine gave %d violations", len(vs))
			}
		}
		if !bytes.Equal(before, body) {
			t.Errorf("the body was changed")
		}
	})
}

// check holds violations to what every one of them keeps.
func check(t *testing.T, body []byte, vs []schema.Violation) {
	t.Helper()
	if len(vs) > schema.MaxViolations {
		t.Errorf("%d violations", len(vs))
	}
	for _, v := range vs {
		if v.Rule == "" || v.Severity == "" || v.Found == "" || v.Documented == "" {
			t.Errorf("a violation with blanks: %+v", v)
		}
		if v.Rule == "schema" {
			t.Errorf("the validator gave up: %v", v)
		}
		if len(v.Pointer) > 1100 || len(v.Found) > 1000 {
			t.Errorf("a violation of %d characters at a pointer of %d", len(v.Found), len(v.Pointer))
		}
		if v.Offset < 0 || v.Offset > int64(len(body)) {
			t.Errorf("offset %d in a body of %d bytes", v.Offset, len(body))
		}
		if line := v.String(); strings.ContainsFunc(line, func(c rune) bool { return c < ' ' || c == 0x7f || c == 0x202e || c == '\u2028' }) {
			t.Errorf("a line with control characters: %q", line)
		}
	}
}
