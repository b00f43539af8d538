package receiver

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/hookdrill/hookdrill/schema"
)

// DefaultSignatureStatus answers a request whose signature is missing, malformed
// or wrong when nobody says otherwise.
const DefaultSignatureStatus = http.StatusForbidden

// CheckSignature refuses a request unless a value in the signature header that
// the profile documents (fact "signature") was made with one of secrets over the
// raw body: two secrets are a rotation. The finding's rule is signature_missing,
// signature_malformed (no value has the documented form) or signature_wrong; it
// names the value at fault by its place and never shows a value or a secret.
// Where the profile documents no signature, or there is no secret, every request
// is refused. It stands between header and content_type.
func CheckSignature(secrets []string, status int) Check {
	// With an empty key anybody could sign.
	secrets = slices.DeleteFunc(slices.Clone(secrets), func(s string) bool { return s == "" })
	return Check{Name: "signature", Status: status, Func: func(p *schema.Profile, r *Request) []schema.Violation {
		if p == nil {
			return one("signature_missing", "no platform pushes to this endpoint", "a signature that a platform documents", "")
		}
		form, ok := p.Signature()
		fact, _ := p.Fact("signature")
		switch {
		case !ok:
			return one("signature_missing", p.Ref()+" documents no signature", "no check of one", fact.Source)
		case len(secrets) == 0:
			return one("signature_wrong", "no secret is configured to compare with", "one secret, or two during a rotation", "")
		}
		return signatureCheck{form, fact.Source, secrets}.examine(r)
	}}
}

// signatureCheck compares one request's header with what the secrets make of its
// body.
type signatureCheck struct {
	form    schema.Signature
	source  string
	secrets []string
}

func (c signatureCheck) examine(r *Request) []schema.Violation {
	values := r.Header.Values(c.form.Header)
	switch len(values) {
	case 0:
		return c.refuse("signature_missing", c.form.Header+" is missing", c.form.Malformed)
	case 1:
	default:
		return c.refuse("signature_malformed", fmt.Sprintf("%s stands %d times", c.form.Header, len(values)), c.form.Malformed)
	}
	sums, flaws := c.read(values[0])
	switch {
	case len(sums) == 0:
		return c.refuse("signature_malformed", c.form.Header+" has no value of the documented form: "+firstFew(flaws), c.form.Malformed)
	case c.matches(sums, r.Body):
		return nil
	}
	found := fmt.Sprintf("no value in %s was made with the configured secret over these %d bytes: %d of the documented form", c.form.Header, len(r.Body), len(sums))
	if len(flaws) > 0 {
		found += "; " + firstFew(flaws)
	}
	return c.refuse("signature_wrong", found, c.form.Wrong)
}

// read takes the header apart without trimming anything: what stands around a
// separator is part of a value.
func (c signatureCheck) read(header string) (sums [][]byte, flaws []string) {
	for i, value := range strings.Split(header, c.form.Separator) {
		sum, flaw := c.value(value)
		if flaw == "" {
			sums = append(sums, sum)
			continue
		}
		flaws = append(flaws, fmt.Sprintf("value %d %s", i+1, flaw))
	}
	return sums, flaws
}

// value reads one value; hex digits may be in any case.
func (c signatureCheck) value(text string) (sum []byte, flaw string) {
	digits, ok := strings.CutPrefix(text, c.form.Prefix)
	switch trimmed := strings.TrimSpace(text); {
	case text == "":
		return nil, "is empty"
	case trimmed != text:
		return nil, fmt.Sprintf("has a space around it, but values are joined by a bare %q", c.form.Separator)
	case !ok:
		return nil, "does not begin with " + c.form.Prefix
	}
	sum, err := hex.DecodeString(digits)
	if err != nil || len(sum) != sha256.Size {
		return nil, fmt.Sprintf("has no %d hex digits behind %s", 2*sha256.Size, c.form.Prefix)
	}
	return sum, ""
}

// matches compares every value with what every secret makes, so that the time
// tells nothing about which of them was nearly right.
func (c signatureCheck) matches(sums [][]byte, body []byte) bool {
	matched := false
	for _, secret := range c.secrets {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write(body)
		want := mac.Sum(nil)
		for _, sum := range sums {
			if hmac.Equal(sum, want) {
				matched = true
			}
		}
	}
	return matched
}

// refuse says what is documented, and the status that is advised in this case
// where one is.
func (c signatureCheck) refuse(rule, found string, advised int) []schema.Violation {
	documented := fmt.Sprintf("one header %s: %sHEX, %s of the raw body; several joined by %q", c.form.Header, c.form.Prefix, c.form.Algorithm, c.form.Separator)
	if advised != 0 {
		documented += fmt.Sprintf("; the status advised for this is %d", advised)
	}
	return one(rule, found, documented, c.source)
}

// firstFew joins what is wrong with the first values.
func firstFew(flaws []string) string {
	const most = 3
	if len(flaws) > most {
		flaws = append(flaws[:most:most], fmt.Sprintf("%d more", len(flaws)-most))
	}
	return strings.Join(flaws, ", ")
}

// signature returns how the platform that pushes to r signs.
func (r *Receiver) signature() (form schema.Signature, signs bool) {
	if r.profile == nil {
		return form, false
	}
	return r.profile.Signature()
}
