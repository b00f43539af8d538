package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"
)

// factType is what the value of a fact must be, and which of two values is
// harder on an endpoint. Without harder the newest value counts.
type factType struct {
	check  func(json.RawMessage) error
	harder func(a, b json.RawMessage) bool // a is harder than b
}

// factTypes are the facts that hookdrill acts on, but for those that end a
// sentence. A profile may state others, for people, with any value.
var factTypes = map[string]factType{
	"basic_auth":          {check: as[bool]},
	"cap":                 {check: asCount, harder: smaller},
	"cap_scope":           {check: oneOf("channel", "service")},
	"channels_per_action": {check: asCount},
	"client_certificate":  {check: as[map[string]string]},
	"custom_body":         {check: as[bool]},
	"deadline":            {check: asDuration, harder: shorter},
	"dial_timeout":        {check: reads(readDelay)},
	"disablement":         {check: reads(readDisablement)},
	"event":               {check: asEvent},
	"headers":             {check: asHeaders},
	"managing_team":       {check: as[bool]},
	"method":              {check: as[string]},
	"queue":               {check: reads(readQueue)},
	"queue_limit":         {check: reads(readQueueLimit), harder: smaller},
	"recognize":           {check: asPointers},
	"redirects":           {check: oneOf("followed", "not followed")},
	"region":              {check: as[string]},
	"retry":               {check: reads(readRetry)},
	"retry_after":         {check: reads(readRetryAfter)},
	"retry_schedule":      {check: reads(readSchedule)},
	"roles_create":        {check: as[[]string], harder: fewer},
	"roles_press":         {check: as[[]string], harder: fewer},
	"roles_team":          {check: as[map[string][]string]},
	"signature":           {check: asSignature},
	"size_limit":          {check: reads(readSizeLimit)},
	"source_addresses":    {check: as[map[string][]netip.Addr]},
	"success":             {check: asStatuses, harder: narrower},
	"tls_chain_in_order":  {check: as[bool], harder: yes},
	"tls_verify":          {check: as[bool], harder: yes},
	"tls_verify_switch":   {check: as[bool], harder: no},
	"tls_versions":        {check: reads(readTLSVersions), harder: fewer},
	"trim":                {check: reads(readTrim)},
	"trim_text":           {check: as[string]},
	"value_mapping":       {check: as[bool]},
}

// actedOn reports whether a fact changes what hookdrill does or says; the others
// are for people.
func actedOn(name string) bool {
	_, typed := factTypes[name]
	return typed || name == "failure_seen" || name == "success_seen"
}

// checkFact reports whether raw can be the value of the fact of that name.
func checkFact(name string, raw json.RawMessage) error {
	t, ok := factTypes[name]
	if !ok {
		if meant := hint(name, sortedKeys(factTypes)); meant != "" {
			return fmt.Errorf("/facts/%s: is acted on by nothing%s", name, meant)
		}
		return nil
	}
	if err := t.check(raw); err != nil {
		return fmt.Errorf("/facts/%s/value: %s: %w", name, raw, err)
	}
	return nil
}

func as[T any](raw json.RawMessage) error {
	var v T
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	return dec.Decode(&v)
}

func oneOf(words ...string) func(json.RawMessage) error {
	return func(raw json.RawMessage) error {
		if !slices.Contains(words, valueText(raw)) {
			return fmt.Errorf("%s would do", strings.Join(words, " or "))
		}
		return nil
	}
}

func asDuration(raw json.RawMessage) error {
	d, err := time.ParseDuration(valueText(raw))
	if err == nil && d <= 0 {
		err = errors.New("not above zero")
	}
	return err
}

func asPointers(raw json.RawMessage) error {
	var list []string
	if err := json.Unmarshal(raw, &list); err != nil {
		return err
	}
	for _, s := range list {
		if _, err := parsePointer(s); err != nil {
			return err
		}
	}
	return nil
}

func asCount(raw json.RawMessage) error {
	var n int
	err := json.Unmarshal(raw, &n)
	if err == nil && n < 0 {
		err = errors.New("below zero")
	}
	return err
}

func asEvent(raw json.RawMessage) error {
	if err := as[eventFact](raw); err != nil {
		return err
	}
	var e eventFact
	if err := json.Unmarshal(raw, &e); err != nil {
		return err
	}
	_, err := parsePointer(e.Pointer)
	return err
}

func asHeaders(raw json.RawMessage) error {
	if err := as[[]headerFact](raw); err != nil {
		return err
	}
	var list []headerFact
	if err := json.Unmarshal(raw, &list); err != nil {
		return err
	}
	for _, h := range list {
		if !headerName.MatchString(h.Name) || strings.ContainsAny(h.Value, "\r\n\x00") {
			return fmt.Errorf("%q: %q is no header", h.Name, h.Value)
		}
	}
	return nil
}

// headerName is a token of RFC 9110.
var headerName = regexp.MustCompile("^[-!#$%&'*+.^_`|~0-9A-Za-z]+$")

func asStatuses(raw json.RawMessage) error {
	_, err := readStatuses(raw)
	return err
}

func smaller(a, b json.RawMessage) bool {
	var x, y int
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && x < y
}

func shorter(a, b json.RawMessage) bool {
	x, errX := time.ParseDuration(valueText(a))
	y, errY := time.ParseDuration(valueText(b))
	return errX == nil && errY == nil && x < y
}

func narrower(a, b json.RawMessage) bool {
	x, errX := readStatuses(a)
	y, errY := readStatuses(b)
	return errX == nil && errY == nil && x.size() < y.size()
}

// fewer holds for lists of those who may. An empty list is not the hardest: it
// means that no document says.
func fewer(a, b json.RawMessage) bool {
	var x, y []string
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && len(x) > 0 && (len(y) == 0 || len(x) < len(y))
}

func yes(a, b json.RawMessage) bool { return string(a) == "true" && string(b) == "false" }

func no(a, b json.RawMessage) bool { return yes(b, a) }
