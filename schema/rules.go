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
	event             eventFact
	recognize         []pointer
	customBody        bool
	valueMapping      bool
	signature         *Signature // nil: none
	managingTeam      bool
	teamRoles         map[string][]string
	region            string
	clientNames       map[string]string
	size              SizeLimit
	trim              trimming
	tlsVersions       TLSVersions
	tlsInOrder        bool
	sequel
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

	at pointer
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
	read("event", true, func(raw json.RawMessage) (err error) {
		if err = json.Unmarshal(raw, &r.event); err == nil {
			r.event.at, err = parsePointer(r.event.Pointer)
		}
		return err
	})
	read("roles_create", false, into(&r.rolesCreate))
	read("roles_press", false, into(&r.rolesPress))
	read("source_addresses", false, into(&r.sources))
	read("custom_body", false, into(&r.customBody))
	read("value_mapping", false, into(&r.valueMapping))
	read("signature", false, func(raw json.RawMessage) error {
		r.signature, _ = readSignature(raw) // checked with the fact
		return nil
	})
	read("managing_team", false, into(&r.managingTeam))
	read("roles_team", false, into(&r.teamRoles))
	read("region", false, into(&r.region))
	read("client_certificate", false, into(&r.clientNames))
	read("tls_chain_in_order", false, into(&r.tlsInOrder))
	var err error
	r.sequel, err = readSequel(facts)
	return r, errors.Join(append(errs, err,
		readFact(facts, "size_limit", &r.size, readSizeLimit),
		readFact(facts, "trim", &r.trim.fields, readTrim),
		readFact(facts, "trim_text", &r.trim.text, readText),
		readFact(facts, "tls_versions", &r.tlsVersions, readTLSVersions),
	)...)
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

// Method returns the method of every push (fact "method").
func (p *Profile) Method() string { return p.rules.method }

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

// ManagingTeam reports whether an action belongs to a team whose members alone
// may configure it (fact "managing_team").
func (p *Profile) ManagingTeam() bool { return p.rules.managingTeam }

// TeamRoles returns, for a role that may not create actions everywhere, the roles
// in a team with which it may for that team's services (fact "roles_team").
func (p *Profile) TeamRoles(role string) []string { return p.rules.teamRoles[role] }

// ClientCertificateName returns the common name of the certificate that the
// platform shows to an endpoint that asks for one; "" where no document names one
// (facts "client_certificate", "region").
func (p *Profile) ClientCertificateName() string { return p.rules.clientNames[p.rules.region] }
