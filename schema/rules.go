package schema

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// rules are the facts that hookdrill acts on, read once.
type rules struct {
	deadline          time.Duration
	success           statuses
	cap               int
	capScope          string
	channelsPerAction int
	basicAuth         bool
	method            string
	headers           []headerFact
	rolesCreate       []string
	rolesPress        []string
	sources           map[string][]netip.Addr
	retry             Retry
	event             eventFact
	recognize         []pointer
	customBody        bool
	valueMapping      bool
	signature         *Signature // nil: none
}

// headerFact is one header of every push. A value in braces is a neutral name:
// "{event_id}".
type headerFact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// carries returns the neutral name whose value the header has.
func (h headerFact) carries() (name string, ok bool) {
	name, ok = strings.CutPrefix(h.Value, "{")
	return strings.TrimSuffix(name, "}"), ok
}

// eventFact says by what a body is a custom action and no other event.
type eventFact struct {
	Pointer string `json:"pointer"`
	Value   string `json:"value"`
}

// Retry is what a platform repeats after a failed attempt, as documented.
type Retry struct {
	Max    int           // repeats at most; 0 none, -1 bounded by Within alone
	Within time.Duration // 0: no bound; "48h" in the profile
	On     []RetryCase
}

// RetryCase is one kind of failure that is repeated: an outcome's kind and
// phase ("" is any), or a range of HTTP statuses ("500-599") for answers.
type RetryCase struct {
	Kind   string `json:"kind,omitempty"`
	Phase  string `json:"phase,omitempty"`
	Status string `json:"status,omitempty"`
}

// retryFact is Retry as a profile writes it.
type retryFact struct {
	Max    int         `json:"max"`
	Within string      `json:"within,omitempty"`
	On     []RetryCase `json:"on,omitempty"`
}

func readRetry(raw json.RawMessage) (Retry, error) {
	if err := as[retryFact](raw); err != nil {
		return Retry{}, err
	}
	var doc retryFact
	if err := json.Unmarshal(raw, &doc); err != nil {
		return Retry{}, err
	}
	out := Retry{Max: doc.Max, On: doc.On}
	if doc.Within != "" {
		within, err := time.ParseDuration(doc.Within)
		if err != nil {
			return Retry{}, fmt.Errorf("within: %w", err)
		}
		out.Within = within
	}
	if out.Max < -1 || out.Max == -1 && out.Within <= 0 {
		return Retry{}, errors.New("max: 0 or more would do, or -1 with within")
	}
	for _, c := range out.On {
		if c.Status == "" {
			continue
		}
		if _, err := parseStatusRange(c.Status); err != nil {
			return Retry{}, err
		}
	}
	return out, nil
}

// readRules reads the facts that every profile must have and those that it may
// leave out.
func readRules(facts map[string]Fact) (rules, error) {
	var r rules
	var errs []error
	read := func(name string, must bool, to func(json.RawMessage) error) {
		fact, ok := facts[name]
		switch {
		case !ok && must:
			errs = append(errs, fmt.Errorf("/facts/%s: is missing and must be there", name))
		case ok:
			if err := to(fact.Value); err != nil {
				errs = append(errs, fmt.Errorf("/facts/%s: %w", name, err))
			}
		}
	}
	into := func(v any) func(json.RawMessage) error {
		return func(raw json.RawMessage) error { return json.Unmarshal(raw, v) }
	}
	read("deadline", true, func(raw json.RawMessage) (err error) {
		r.deadline, err = time.ParseDuration(valueText(raw))
		return err
	})
	read("success", true, func(raw json.RawMessage) (err error) {
		r.success, err = readStatuses(raw)
		return err
	})
	read("retry", false, func(raw json.RawMessage) (err error) {
		r.retry, err = readRetry(raw)
		return err
	})
	read("recognize", true, func(raw json.RawMessage) (err error) {
		r.recognize, err = readPointers(raw)
		return err
	})
	read("cap", true, into(&r.cap))
	read("cap_scope", true, into(&r.capScope))
	read("channels_per_action", false, into(&r.channelsPerAction))
	read("basic_auth", false, into(&r.basicAuth))
	read("method", true, into(&r.method))
	read("headers", true, into(&r.headers))
	read("event", true, into(&r.event))
	read("roles_create", false, into(&r.rolesCreate))
	read("roles_press", false, into(&r.rolesPress))
	read("source_addresses", false, into(&r.sources))
	read("custom_body", false, into(&r.customBody))
	read("value_mapping", false, into(&r.valueMapping))
	read("signature", false, func(raw json.RawMessage) error {
		r.signature, _ = readSignature(raw) // checked with the fact
		return nil
	})
	return r, errors.Join(errs...)
}

func readPointers(raw json.RawMessage) ([]pointer, error) {
	var list []string
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, err
	}
	return parsePointers(list)
}

func parsePointers(list []string) ([]pointer, error) {
	out := make([]pointer, 0, len(list))
	for _, s := range list {
		p, err := parsePointer(s)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

// Deadline returns how long the platform waits for an answer (fact "deadline").
func (p *Profile) Deadline() time.Duration { return p.rules.deadline }

// Succeeds reports whether the platform calls a push answered with this status
// delivered (fact "success").
func (p *Profile) Succeeds(status int) bool { return p.rules.success.include(status) }

// Cap returns how many actions may stand in one channel or service (facts
// "cap", "cap_scope": "channel" or "service").
func (p *Profile) Cap() (n int, scope string) { return p.rules.cap, p.rules.capScope }

// ChannelsPerAction returns in how many channels one action may stand; 0 is
// any number (fact "channels_per_action").
func (p *Profile) ChannelsPerAction() int { return p.rules.channelsPerAction }

// BasicAuth reports whether user information in an endpoint's URL becomes an
// Authorization header (fact "basic_auth").
func (p *Profile) BasicAuth() bool { return p.rules.basicAuth }

// MayCreate returns the roles that may create an action; none means that no
// document says (fact "roles_create").
func (p *Profile) MayCreate() []string { return p.rules.rolesCreate }

// MayPress returns the roles that may press a button; none means that no
// document says (fact "roles_press").
func (p *Profile) MayPress() []string { return p.rules.rolesPress }

// Sources returns the addresses from which the platform pushes, by region; ""
// is the only region of a platform that has none (fact "source_addresses").
func (p *Profile) Sources() map[string][]netip.Addr { return p.rules.sources }

// Retry returns what the platform repeats (fact "retry").
func (p *Profile) Retry() Retry { return p.rules.retry }
