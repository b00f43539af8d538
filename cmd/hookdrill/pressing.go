package main

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/netip"
	"strings"
	"time"

	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

// pressing is what the flags of press say.
type pressing struct {
	profile  string
	url      string
	headers  []string
	body     string
	template string
	valueMap string
	set      []string
	eventID  string
	seed     uint64
	now      moment
	apiURL   string
	assume   []string
	deadline time.Duration
	linger   time.Duration
	retries  int
	ca       string
	cert     string
	key      string
	insecure bool
	signing  []string
	source   string
	connect  []string
	fault    dialFault
	proxy    string
	dryRun   bool
	verbose  bool
	curl     bool
	format   *choice
	given    func(flag string) bool // also by its environment variable
}

// check refuses flags that contradict each other.
func (p *pressing) check() error {
	switch {
	case p.url == "":
		return usageError("press needs --url, where the platform is to push")
	case p.retries < 0:
		return usageError("--retries %d: must be 0 or more", p.retries)
	case p.given("deadline") && p.deadline <= 0:
		return usageError("--deadline %v: must be more than 0", p.deadline)
	case p.linger < 0:
		return usageError("--linger %v: must be 0 or more", p.linger)
	case (p.cert == "") != (p.key == ""):
		return usageError("--cert and --key need each other")
	case p.body != "" && p.template != "":
		return usageError("--body is sent as it is, --template makes a body: give one of them")
	case p.valueMap != "" && p.template == "":
		return usageError("--value-map acts on the variables of --template: give that too")
	case p.dryRun && p.retries > 0:
		return usageError("--dry-run sends nothing that --retries could repeat: give one of them")
	}
	return nil
}

// assumed opens a profile and takes the sides of contested facts that --assume
// names.
func (a *app) assumed(ref string, assume []string) (*schema.Profile, error) {
	profile, err := a.openProfile(ref)
	if err != nil {
		return nil, err
	}
	sides, err := pairs("assume", assume)
	if err != nil {
		return nil, err
	}
	for fact, value := range sides {
		if profile, err = profile.Assume(fact, value); err != nil {
			return nil, usageError("%w", err)
		}
	}
	return profile, nil
}

// newAction is the button that the flags configure. The secrets with which it
// signs are secrets of h too.
func (a *app) newAction(p *pressing, h *headers) (sender.Action, error) {
	action := sender.Action{
		Name: buttonName, Label: "hookdrill press", URL: p.url, Headers: h.list,
		Channels: []string{channelName},
	}
	var err error
	if action.SigningSecrets, err = a.readSecrets("signing-secret", p.signing); err != nil {
		return action, err
	}
	h.hidden = append(schema.SecretsIn(p.url), action.SigningSecrets...)
	if p.template != "" {
		if action.Template, err = a.readFile(p.template); err != nil {
			return action, err
		}
	}
	if p.valueMap != "" {
		text, err := a.readFile(p.valueMap)
		if err != nil {
			return action, err
		}
		if action.ValueMap, err = sender.ParseValueMap(text); err != nil {
			return action, usageError("--value-map %s: %w", p.valueMap, err)
		}
	}
	return action, nil
}

// channelName is where the incident and the button of press stand.
const channelName = "hookdrill"

// newIncident makes the incident that is pressed on, from those of the given
// names that belong to one. The console makes its incident in the same way, so
// that the same seed gives the same bytes there.
func newIncident(s *sender.Sender, p *schema.Profile, given schema.Values) (sender.Incident, error) {
	values := schema.Values{"channel": channelName}
	maps.Copy(values, given)
	return s.NewIncident(p.Only(schema.ScopeIncident, values))
}

func (a *app) newPress(p *pressing) (sender.Press, error) {
	press := sender.Press{Action: buttonName, EventID: p.eventID, Set: schema.Values{}, Fault: p.fault.DialFault}
	for _, one := range p.set {
		name, value, found := strings.Cut(one, "=")
		if !found || name == "" {
			return press, usageError("--set %s: want NAME=VALUE", one)
		}
		press.Set[name] = settable(value)
	}
	if p.source != "" {
		addr, err := netip.ParseAddr(p.source)
		if err != nil {
			return press, usageError("--source %s: want an IP address", p.source)
		}
		press.Source = addr
	}
	if p.body == "" {
		return press, nil
	}
	body, err := a.readFile(p.body)
	if err != nil {
		return press, err
	}
	press.Body = append([]byte{}, body...) // an empty file is an empty body, not a composed one
	return press, nil
}

// settable reads a value of --set: JSON where it is JSON, else the text itself.
func settable(text string) any {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	var value any
	if err := dec.Decode(&value); err != nil {
		return text
	}
	if _, err := dec.Token(); err != io.EOF {
		return text // "5 o'clock" begins with a number only
	}
	return value
}

func (a *app) senderOptions(p *pressing) ([]sender.Option, error) {
	options := []sender.Option{
		sender.WithGetenv(func(name string) string { value, _ := a.getenv(name); return value }),
	}
	if p.seed != 0 {
		options = append(options, sender.WithSeed(p.seed))
	}
	if now := p.now.now(); now != nil {
		options = append(options, sender.WithNow(now))
	}
	if p.deadline > 0 {
		options = append(options, sender.WithDeadline(p.deadline))
	}
	if p.linger > 0 {
		options = append(options, sender.WithLinger(p.linger))
	}
	if p.apiURL != "" {
		options = append(options, sender.WithAPIURL(p.apiURL))
	}
	if p.proxy != "" {
		options = append(options, sender.WithProxy(p.proxy))
	}
	for _, one := range p.connect {
		from, to, found := strings.Cut(one, "=")
		if !found || !isAddress(from) || !isAddress(to) {
			return nil, usageError("--connect-to %s: want HOST:PORT=HOST:PORT", one)
		}
		options = append(options, sender.WithConnectTo(from, to))
	}
	if p.insecure {
		options = append(options, sender.WithInsecure())
	}
	if p.ca != "" {
		pem, err := a.readFile(p.ca)
		if err != nil {
			return nil, fmt.Errorf("--ca: %w", err)
		}
		if !strings.Contains(string(pem), "-----BEGIN CERTIFICATE-----") {
			return nil, usageError("--ca %s: no PEM certificate in it; it begins with -----BEGIN CERTIFICATE-----", p.ca)
		}
		options = append(options, sender.WithRootCAs(pem))
	}
	if p.cert != "" {
		cert, key, err := a.readKeyPair(p.cert, p.key)
		if err != nil {
			return nil, err
		}
		certificate, err := tls.X509KeyPair(cert, key)
		if err != nil {
			return nil, usageError("--cert and --key: cannot read: %w", err)
		}
		options = append(options, sender.WithClientCertificate(certificate))
	}
	return options, nil
}
