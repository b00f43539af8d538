package main

import (
	"encoding/json"
	"errors"
	"io"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/hookdrill/hookdrill/scenarios/report"
	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
	"github.com/spf13/cobra"
)

// pressing is what the flags of press say.
type pressing struct {
	profile  string
	url      string
	headers  []string
	body     string
	set      []string
	eventID  string
	seed     uint64
	now      moment
	apiURL   string
	assume   []string
	deadline time.Duration
	ca       string
	insecure bool
	source   string
	connect  []string
	proxy    string
	verbose  bool
	curl     bool
	format   *choice
}

func (a *app) pressCommand() *cobra.Command {
	p := &pressing{}
	cmd := &cobra.Command{
		Use:   "press --profile PROFILE --url URL",
		Short: "Press a button once, as the platform would, and say what it makes of the answer",
		Long: `Push one incident to URL as the platform would, and say whether the platform calls it
delivered, what follows there, and which uncertain facts that hinges on. Exit code 0
when delivered, 1 when not.`,
		Example: `  hookdrill press --profile flashduty --url http://localhost:8080/restart
  hookdrill press --profile pagerduty --url https://ops.example/hook --header 'X-Token: @token.txt' -v
  hookdrill press --profile flashduty --url http://localhost:8080/ --set host=web-7 --set /incident/num='"0A1B2C"'`,
		Args: noArguments,
		RunE: func(*cobra.Command, []string) error { return a.press(p) },
	}
	f := cmd.Flags()
	f.StringVar(&p.profile, "profile", "", "`PROFILE` of the platform that pushes: flashduty, pagerduty@2020-10-09, flashduty@strictest")
	f.StringVar(&p.url, "url", "", "`URL` of the endpoint")
	f.StringArrayVar(&p.headers, "header", nil, "custom header `'NAME: VALUE'`, or 'NAME: @FILE', or @FILE with a header a line; repeatable")
	f.StringVar(&p.body, "body", "", "send the bytes of `FILE` (- is stdin) in place of the composed body")
	f.StringArrayVar(&p.set, "set", nil, "set `NAME=VALUE`, a neutral name (host) or a JSON pointer (/incident/title); JSON, or text; repeatable")
	f.StringVar(&p.eventID, "event-id", "", "`ID` of the event, in place of a new one")
	f.Uint64Var(&p.seed, "seed", 0, "`N` decides the ids; with --now the same bytes every time; 0: new ones")
	f.Var(&p.now, "now", "`TIME` of the press (RFC 3339), in place of the clock's")
	f.StringVar(&p.apiURL, "api-url", "", "base `URL` of the links in the body that lead back to the platform")
	f.StringArrayVar(&p.assume, "assume", nil, "take another side of a contested fact, `FACT=VALUE`: deadline=2s; repeatable")
	f.DurationVar(&p.deadline, "deadline", 0, "wait `D` for the answer, in place of the documented deadline")
	f.StringVar(&p.ca, "ca", "", "PEM `FILE` of an authority to trust")
	f.BoolVar(&p.insecure, "insecure", false, "do not verify the endpoint's certificate")
	f.StringVar(&p.source, "source", "", "send from the local `ADDRESS`")
	f.StringArrayVar(&p.connect, "connect-to", nil, "dial another address, `HOST:PORT=HOST:PORT`; repeatable")
	f.StringVar(&p.proxy, "proxy", "", "send through the proxy at `URL`; proxy variables of the environment are ignored")
	f.BoolVarP(&p.verbose, "verbose", "v", false, "show the request and the answer")
	f.BoolVar(&p.curl, "curl", false, "show a curl command that sends the same; secrets become variables")
	p.format = formatFlag(cmd)
	return cmd
}

// buttonName is the action that press configures and presses.
const buttonName = "button"

// press presses once and writes what came of it.
func (a *app) press(p *pressing) error {
	profile, err := a.assumed(p.profile, p.assume)
	if err != nil {
		return err
	}
	if p.url == "" {
		return usageError("press needs --url, where the platform is to push")
	}
	headers, err := a.readHeaders(p.headers)
	if err != nil {
		return err
	}
	press, err := a.newPress(p)
	if err != nil {
		return err
	}
	options, err := a.senderOptions(p)
	if err != nil {
		return err
	}
	registry := sender.NewRegistry(profile)
	action := sender.Action{
		Name: buttonName, Label: "hookdrill press", URL: p.url, Headers: headers.list,
		Channels: []string{"hookdrill"},
	}
	if err := registry.Add(action); err != nil {
		return usageError("%w", err)
	}
	interrupts, stop := watch(os.Exit)
	defer stop()
	delivery, err := sender.New(registry, options...).Press(interrupts.ctx, press)
	if err != nil {
		return join(pressError(err), interrupts.err())
	}
	if err := a.writeDelivery(p, profile, headers, delivery); err != nil {
		return err
	}
	if !delivery.Delivered {
		return join(errNotPassed, interrupts.err())
	}
	return interrupts.err()
}

// pressError tells what was wrong with the flags from what was wrong with this
// machine: an address that it does not have.
func pressError(err error) error {
	if errors.Is(err, sender.ErrSource) {
		return lookError(err)
	}
	return usageError("%w", err)
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

func (a *app) newPress(p *pressing) (sender.Press, error) {
	press := sender.Press{Action: buttonName, EventID: p.eventID, Set: schema.Values{}}
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
	if p.deadline < 0 {
		return nil, usageError("--deadline %v: must be more than 0", p.deadline)
	}
	if p.deadline > 0 {
		options = append(options, sender.WithDeadline(p.deadline))
	}
	if p.apiURL != "" {
		options = append(options, sender.WithAPIURL(p.apiURL))
	}
	if p.proxy != "" {
		options = append(options, sender.WithProxy(p.proxy))
	}
	for _, one := range p.connect {
		from, to, found := strings.Cut(one, "=")
		if !found || from == "" || to == "" {
			return nil, usageError("--connect-to %s: want HOST:PORT=HOST:PORT", one)
		}
		options = append(options, sender.WithConnectTo(from, to))
	}
	if p.insecure {
		options = append(options, sender.WithInsecure())
	}
	if p.ca != "" {
		pem, err := os.ReadFile(p.ca)
		if err != nil {
			return nil, usageError("--ca: cannot read: %w", err)
		}
		options = append(options, sender.WithRootCAs(pem))
	}
	return options, nil
}

// writeDelivery writes what came of a press in the format that was asked for.
func (a *app) writeDelivery(p *pressing, profile *schema.Profile, h headers, d sender.Delivery) error {
	d = h.conceal(d)
	if p.format.value != "text" {
		if err := report.DeliveryJSON(a.stdout, d, p.format.value == "json"); err != nil {
			return err
		}
	} else if err := report.DeliveryText(a.stdout, d, profile.Title(), a.color(a.stdout)); err != nil {
		return err
	}
	// In a format for machines, what follows is talk.
	talk := a.stdout
	if p.format.value != "text" {
		talk = a.stderr
	}
	if p.verbose {
		if err := report.Exchange(talk, d, h.secret...); err != nil {
			return err
		}
	}
	if p.curl {
		writeCurl(talk, p, h, d)
	}
	return nil
}
