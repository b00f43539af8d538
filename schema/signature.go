package schema

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Signature is how a platform shows that a push is its own (fact "signature"):
// one value for each secret, in one header.
type Signature struct {
	Header        string `json:"header"`                   // as it is documented; case does not matter
	Algorithm     string `json:"algorithm"`                // "hmac-sha256": keyed with the secret's text, over the raw body
	Encoding      string `json:"encoding"`                 // "hex"
	Prefix        string `json:"prefix"`                   // ahead of each value: "v1="
	Separator     string `json:"separator"`                // between the values of several secrets; nothing stands around it
	Malformed     int    `json:"malformed,omitempty"`      // the status advised where the header is missing or has no value of this form; 0: none is
	Wrong         int    `json:"wrong,omitempty"`          // the status advised where no value matches; 0: none is
	DocumentedFor string `json:"documented_for,omitempty"` // which other pushes are signed, where custom actions are not; "" where they are
}

// unsigned is the fact's value where no push is signed.
const unsigned = "none"

// The closed lists of what hookdrill computes.
var (
	signatureAlgorithms = []string{"hmac-sha256"}
	signatureEncodings  = []string{"hex"}
)

// readSignature reads the fact; nil is "none".
func readSignature(raw json.RawMessage) (*Signature, error) {
	if valueText(raw) == unsigned {
		return nil, nil
	}
	if err := as[Signature](raw); err != nil {
		return nil, fmt.Errorf("%w; %q or an object with header, algorithm, encoding, prefix and separator would do", err, unsigned)
	}
	var s Signature
	if err := json.Unmarshal(raw, &s); err != nil {
		return nil, err
	}
	switch {
	case !headerName.MatchString(s.Header):
		return nil, fmt.Errorf("header: %q is no name of a header", s.Header)
	case !slices.Contains(signatureAlgorithms, s.Algorithm):
		return nil, fmt.Errorf("algorithm: %q; %s would do", s.Algorithm, strings.Join(signatureAlgorithms, " or "))
	case !slices.Contains(signatureEncodings, s.Encoding):
		return nil, fmt.Errorf("encoding: %q; %s would do", s.Encoding, strings.Join(signatureEncodings, " or "))
	case s.Separator == "":
		return nil, errors.New("separator: empty; the values of two secrets could not be told apart")
	case !isStatusOrNone(s.Malformed) || !isStatusOrNone(s.Wrong):
		return nil, errors.New("malformed, wrong: a status from 100 to 599 would do, or none")
	case strings.ContainsFunc(s.Prefix+s.Separator, func(c rune) bool { return c < ' ' || c > '~' }):
		return nil, errors.New("prefix, separator: a header holds printable ASCII only")
	}
	return &s, nil
}

func isStatusOrNone(n int) bool { return n == 0 || 100 <= n && n < 600 }

func asSignature(raw json.RawMessage) error {
	_, err := readSignature(raw)
	return err
}

// Signature returns how the platform signs pushes; ok is false where it signs
// none (fact "signature").
func (p *Profile) Signature() (s Signature, ok bool) {
	if p.rules.signature == nil {
		return Signature{}, false
	}
	return *p.rules.signature, true
}

// CustomBody reports whether an action may have a request body of its own (fact
// "custom_body"); false where no document says so.
func (p *Profile) CustomBody() bool { return p.rules.customBody }

// ValueMapping reports whether values may be replaced on their way into a custom
// body (fact "value_mapping"); false where no document says so.
func (p *Profile) ValueMapping() bool { return p.rules.valueMapping }
