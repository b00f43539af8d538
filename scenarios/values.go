package scenarios

import (
	"encoding/json"
	"fmt"
	"math/big"
	"regexp"
	"strings"
)

// What a plain scalar is, by the core schema of YAML 1.2: no yes and no, no
// dates, no octal by a leading zero, no underscores.
var (
	decimal = regexp.MustCompile(`^[-+]?[0-9]+$`)
	octal   = regexp.MustCompile(`^0o[0-7]+$`)
	hex     = regexp.MustCompile(`^0x[0-9a-fA-F]+$`)
	float   = regexp.MustCompile(`^([-+]?)(?:([0-9]+)(?:\.([0-9]*))?|\.([0-9]+))(?:[eE]([-+]?[0-9]+))?$`)
	special = regexp.MustCompile(`^([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$`)
)

// A number longer than this, or with more digits in its exponent, is refused
// before anything computes with it.
const (
	maxNumber   = 128
	maxExponent = 3
)

func isNull(text string) bool {
	switch text {
	case "", "~", "null", "Null", "NULL":
		return true
	}
	return false
}

// boolean returns what n says if it is a plain true or false.
func boolean(n *node) (value, ok bool) {
	if n.kind != scalar || !n.plain {
		return false, false
	}
	switch n.text {
	case "true", "True", "TRUE":
		return true, true
	case "false", "False", "FALSE":
		return false, true
	}
	return false, false
}

// isNumber reports whether plain text is a number.
func isNumber(text string) bool {
	return decimal.MatchString(text) || octal.MatchString(text) || hex.MatchString(text) || float.MatchString(text)
}

// value reads any value as encoding/json gives it with UseNumber: numbers keep
// every digit that stands in the file. Texts go through expand.
func (d *decoder) value(n *node, expand func(*node) string) any {
	switch n.kind {
	case object:
		out := make(map[string]any, len(n.keys))
		d.each(n, func(key, value *node) { out[key.text] = d.value(value, expand) })
		return out
	case list:
		out := make([]any, len(n.items))
		for i, item := range n.items {
			if d.failed() {
				return nil
			}
			out[i] = d.value(item, expand)
		}
		return out
	}
	if !n.plain {
		return expand(n)
	}
	if b, ok := boolean(n); ok {
		return b
	}
	switch {
	case isNull(n.text):
		return nil
	case isNumber(n.text):
		return d.number(n)
	case special.MatchString(n.text):
		d.wrong(n.Position, fmt.Sprintf("%s is no JSON number", brief(n.text)), "quote it if the text is meant")
		return nil
	}
	return expand(n)
}

// number reads a plain number exactly.
func (d *decoder) number(n *node) json.Number {
	text := n.text
	parts := float.FindStringSubmatch(text)
	switch {
	case len(text) > maxNumber:
		d.wrong(n.Position, fmt.Sprintf("number of %d characters: %s", len(text), brief(text)), fmt.Sprintf("%d characters at most; quote it if the text is meant", maxNumber))
		return "0"
	case parts != nil && len(strings.TrimLeft(parts[5], "+-")) > maxExponent:
		d.wrong(n.Position, fmt.Sprintf("number %s has a huge exponent", brief(text)), fmt.Sprintf("%d digits at most; quote it if the text is meant", maxExponent))
		return "0"
	}
	if octal.MatchString(text) || hex.MatchString(text) {
		whole, _ := new(big.Int).SetString(text, 0)
		return json.Number(whole.String())
	}
	sign, whole, fraction, exponent := parts[1], strings.TrimLeft(parts[2], "0"), parts[3]+parts[4], parts[5]
	if whole == "" {
		whole = "0"
	}
	if sign == "+" {
		sign = ""
	}
	out := sign + whole
	if fraction != "" {
		out += "." + fraction
	}
	if exponent != "" {
		out += "e" + exponent
	}
	return json.Number(out)
}
