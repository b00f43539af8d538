package main

import (
	"cmp"
	"context"
	"errors"
	"os"
	"strings"
	"time"

	"github.com/hookdrill/hookdrill/scenarios/report"
	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
	"github.com/spf13/cobra"
)

func (a *app) pressCommand() *cobra.Command {
	p := &pressing{}
	cmd := &cobra.Command{
		Use:   "press --profile PROFILE --url URL",
		Short: "Press a button once, as the platform would, and say what it makes of the answer",
		Long: `Push one incident to URL as the platform would, and say whether the platform calls it
delivered, what follows there, and which uncertain facts that hinges on. Exit code 0
when delivered, 1 when not. The platform may repeat a push for hours: it is said, and
played with --retries.`,
		Example: `  hookdrill press --profile flashduty --url http://localhost:8080/restart
  hookdrill press --profile pagerduty --url https://ops.example/hook --header 'X-Token: @token.txt' -v
  hookdrill press --profile flashduty --url http://localhost:8080/ --set host=web-7 --set /incident/num='"0A1B2C"'
  hookdrill press --profile flashduty --url http://localhost:8080/ --template body.json --dry-run`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			p.given = cmd.Flags().Changed
			return a.press(p)
		},
	}
	f := cmd.Flags()
	f.StringVar(&p.profile, "profile", "", "`PROFILE` of the platform that pushes: flashduty, pagerduty@2020-10-09, flashduty@strictest")
	f.StringVar(&p.url, "url", "", "`URL` of the endpoint")
	f.StringArrayVar(&p.headers, "header", nil, "custom header `'NAME: VALUE'`, or 'NAME: @FILE', or @FILE with a header a line; repeatable")
	f.StringVar(&p.body, "body", "", "send the bytes of `FILE` (- is stdin) in place of the composed body")
	f.StringVar(&p.template, "template", "", "custom request body: a JSON `FILE` (- is stdin) in which {{incident.title}} stands for a field")
	f.StringVar(&p.valueMap, "value-map", "", "value mapping of --template: a JSON `FILE`, field path to value to text")
	f.StringArrayVar(&p.set, "set", nil, "set `NAME=VALUE`, a neutral name (host) or a JSON pointer (/incident/title); JSON, or text; repeatable")
	f.StringVar(&p.eventID, "event-id", "", "`ID` of the event, in place of a new one")
	f.Uint64Var(&p.seed, "seed", 0, "`N` decides the ids; with --now the same bytes every time; 0: new ones")
	f.Var(&p.now, "now", "`TIME` of the press (RFC 3339), in place of the clock's")
	f.StringVar(&p.apiURL, "api-url", "", "base `URL` of the links in the body that lead back to the platform")
	f.StringArrayVar(&p.assume, "assume", nil, "take another side of a contested fact, `FACT=VALUE`: deadline=2s; repeatable")
	f.DurationVar(&p.deadline, "deadline", 0, "wait `D` for the answer, in place of the documented deadline")
	f.DurationVar(&p.linger, "linger", 0, "read on for `D` after the deadline, to learn how late the answer is; the verdict stays")
	f.IntVar(&p.retries, "retries", 0, "repeat as the platform would, up to `N` times; the waiting between really passes")
	f.StringVar(&p.ca, "ca", "", "PEM `FILE` of an authority to trust")
	f.StringVar(&p.cert, "cert", "", "PEM `FILE` of the client certificate to show to an endpoint that asks for one")
	f.StringVar(&p.key, "key", "", "PEM `FILE` of the key of --cert")
	f.BoolVar(&p.insecure, "insecure", false, "do not verify the endpoint's certificate")
	f.StringArrayVar(&p.signing, "signing-secret", nil, "sign the push with the secret in `@FILE`, never shown; repeatable, as during a rotation")
	f.StringVar(&p.source, "source", "", "send from the local `ADDRESS`")
	f.StringArrayVar(&p.connect, "connect-to", nil, "dial another address, `HOST:PORT=HOST:PORT`; repeatable")
	f.StringVar(&p.proxy, "proxy", "", "send through the proxy at `URL`; proxy variables of the environment are ignored")
	f.Var(&p.fault, "fault", "our dialer has `FAULT` in place of connecting: "+strings.Join(dialFaultNames(), ", ")+"; first 1 refused: in the first attempt only")
	f.BoolVar(&p.dryRun, "dry-run", false, "show the body and what stands in place of each variable; send nothing")
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
	if err := p.check(); err != nil {
		return err
	}
	headers, err := a.readHeaders(p.headers)
	if err != nil {
		return err
	}
	action, err := a.newAction(p, &headers)
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
	if !strings.Contains(p.url, "://") {
		return usageError("--url %s: want http:// or https:// and a host", strings.TrimPrefix(schema.RedactURL("//"+p.url), "//"))
	}
	registry := sender.NewRegistry(profile)
	if err := registry.Add(action); err != nil {
		return usageError("%w", err)
	}
	waits := newAloudClock(func(d sender.Delivery, wait time.Duration) { a.tellWait(headers.conceal(d), wait) })
	if p.retries > 0 {
		options = append(options, sender.WithClock(waits), sender.WithRepeats(p.retries))
	}
	platform := sender.New(registry, options...)
	if press.Incident, err = newIncident(platform, profile, press.Set); err != nil {
		return usageError("%w", err)
	}
	if p.dryRun {
		return a.preview(p, profile, headers, platform, press)
	}
	interrupts, stop := watch(os.Exit)
	defer stop()
	pending, err := platform.Start(interrupts.ctx, press)
	if err != nil {
		return join(pressError(err), interrupts.err())
	}
	waits.of(pending)
	// It ends soon after an interruption, and has then what was made.
	delivery, err := pending.Wait(context.WithoutCancel(interrupts.ctx))
	return join(a.conclude(p, headers, delivery, err), interrupts.err())
}

// conclude tells what came of a press. When an attempt could not be made, that is
// blind; those before it are told all the same.
func (a *app) conclude(p *pressing, h headers, d sender.Delivery, blind error) error {
	if blind != nil && len(d.Attempts) == 0 {
		return blindError(blind)
	}
	if err := a.writeDelivery(p, h, d); err != nil {
		return err
	}
	switch {
	case blind != nil:
		return blindError(blind)
	case !d.Delivered:
		return errNotPassed
	}
	return nil
}

// blindError says why an attempt could not be made. Only an endpoint at which
// nobody is to look is a mistake of whoever named it.
func blindError(err error) error {
	if errors.Is(err, sender.ErrMetadata) {
		return usageError("%w", err)
	}
	return lookError(err)
}

// pressError tells what was wrong with the flags from what was wrong with this
// machine: an address that it does not have.
func pressError(err error) error {
	if errors.Is(err, sender.ErrSource) {
		return lookError(err)
	}
	return usageError("%w", err)
}

// writeDelivery writes what came of a press in the format that was asked for.
func (a *app) writeDelivery(p *pressing, h headers, d sender.Delivery) error {
	d = h.conceal(d)
	if p.format.value != "text" {
		if err := report.DeliveryJSON(a.stdout, d, p.format.value == "json"); err != nil {
			return err
		}
	} else if err := report.DeliveryText(a.stdout, d, a.color(a.stdout)); err != nil {
		return err
	}
	talk := a.talk(p)
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

// talk is where what goes beyond the result is written: behind it, or on stderr
// in a format for machines.
func (a *app) talk(p *pressing) *outlet {
	if p.format.value != "text" {
		return a.stderr
	}
	return a.stdout
}

// preview writes what would be sent, and sends nothing.
func (a *app) preview(p *pressing, profile *schema.Profile, h headers, s *sender.Sender, press sender.Press) error {
	push, rendered, err := s.Preview(press)
	if err != nil {
		return usageError("%w", err)
	}
	preview := report.Preview{Profile: profile.Ref(), URL: p.url, Push: push, Rendered: rendered}
	if p.format.value != "text" {
		err = report.PreviewJSON(a.stdout, preview, p.format.value == "json", h.secret...)
	} else {
		err = report.PreviewText(a.stdout, preview, a.color(a.stdout))
	}
	if err != nil {
		return err
	}
	talk := a.talk(p)
	if p.verbose {
		if err := report.Asked(talk, push, p.url, h.secret...); err != nil {
			return err
		}
	}
	if p.curl {
		deadline := cmp.Or(p.deadline, profile.Deadline())
		writeCurl(talk, p, h, sender.Delivery{Push: push, Attempts: []sender.Attempt{{Deadline: deadline}}})
	}
	return nil
}
