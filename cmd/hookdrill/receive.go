package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/hookdrill/hookdrill/receiver"
	"github.com/hookdrill/hookdrill/scenarios/report"
	"github.com/hookdrill/hookdrill/schema"
	"github.com/spf13/cobra"
)

// receiving is what the flags of receive say.
type receiving struct {
	profile     string
	listen      string
	tls         madeTLS
	cert, key   string
	path        string
	behavior    string
	seed        uint64
	allowRemote bool
	allow       []string
	trust       []string
	proxyHeader string
	require     []string
	signature   []string
	recordOnly  bool
	admin       string
	readyFile   string
	expect      int
	within      time.Duration
	maxBody     int64
	format      *choice
	given       func(flag string) bool // also by its environment variable
}

// defaultListen is where receive listens when nobody says otherwise: a port that
// a README can name, on loopback.
const defaultListen = "127.0.0.1:8080"

func (a *app) receiveCommand() *cobra.Command {
	r := &receiving{}
	cmd := &cobra.Command{
		Use:   "receive --profile PROFILE",
		Short: "Be an endpoint: check, show and answer what is pushed",
		Long: `Listen as an endpoint would: check each push against what the platform documents,
show it as one line, and answer as told. The first line on stdout is the URL. Runs
until it is interrupted, or until --expect is met.`,
		Example: `  hookdrill receive --profile flashduty
  hookdrill receive --profile pagerduty --listen 127.0.0.1:0 --behavior 'delay 900ms + status 200'
  hookdrill receive --profile flashduty --expect 1 --within 10s`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r.given = cmd.Flags().Changed
			return a.receive(r)
		},
	}
	f := cmd.Flags()
	f.StringVar(&r.profile, "profile", "", "`PROFILE` that documents the pushes: flashduty, pagerduty@2020-10-09")
	f.StringVar(&r.listen, "listen", defaultListen, "`ADDRESS` to listen on; port 0 chooses one; unix:/path")
	f.Var(&r.tls, "tls", "speak https with a certificate made for this run; =`KIND` says what is wrong with it: "+strings.Join(r.tls.kinds()[1:], ", "))
	f.Lookup("tls").NoOptDefVal = string(receiver.TLSValid)
	f.StringVar(&r.cert, "cert", "", "PEM `FILE` of the certificate to speak https with")
	f.StringVar(&r.key, "key", "", "PEM `FILE` of the key of --cert")
	f.StringVar(&r.path, "path", "", "receive at this `PATH` only; others are answered 404")
	f.StringVar(&r.behavior, "behavior", "status 200", "how pushes are answered, `TEXT`: first 2 reset then status 200; hookdrill faults lists what can go wrong")
	f.Uint64Var(&r.seed, "seed", 0, "`N` decides what a behavior leaves to chance")
	f.BoolVar(&r.allowRemote, "allow-remote", false, "let an endpoint that floods or breaks listen beyond this machine")
	f.StringSliceVar(&r.allow, "allow", nil, "check the source address against `CIDR`; repeatable")
	f.StringSliceVar(&r.trust, "trust-proxy", nil, "believe --proxy-header from proxies in `CIDR`; repeatable")
	f.StringVar(&r.proxyHeader, "proxy-header", "", "the one `HEADER` in which trusted proxies name the client (default "+receiver.DefaultProxyHeader+")")
	f.StringArrayVar(&r.require, "require-header", nil, "check for a header `'NAME: VALUE'`, or 'NAME: @FILE'; repeatable")
	f.StringArrayVar(&r.signature, "signature-secret", nil, "check the platform's signature with the secret in `@FILE`; repeatable, as during a rotation")
	f.BoolVar(&r.recordOnly, "record-only", false, "answer as if all were well; what was found is shown all the same")
	f.StringVar(&r.admin, "admin", "", "serve the admin API on the loopback `ADDRESS`; below /s/NAME/ each test has a journal of its own, which --expect does not count")
	f.StringVar(&r.readyFile, "ready-file", "", "write the URL to `FILE` once ready, and remove it at the end")
	f.IntVar(&r.expect, "expect", 0, "end once `N` requests have come and been answered")
	f.DurationVar(&r.within, "within", 0, "fail when --expect is not met within `D`; 0: wait for as long as it takes")
	f.Int64Var(&r.maxBody, "max-body", receiver.DefaultMaxBody, "refuse bodies of more than `BYTES`")
	r.format = formatFlag(cmd)
	return cmd
}

// receive serves until it is interrupted or has what it expects.
func (a *app) receive(r *receiving) error {
	if err := r.check(); err != nil {
		return err
	}
	profile, err := a.openProfile(r.profile)
	if err != nil {
		return err
	}
	options, err := a.receiverOptions(r, profile)
	if err != nil {
		return err
	}
	serverOptions, err := a.serverOptions(r)
	if err != nil {
		return err
	}
	if err := forget(r.readyFile); err != nil {
		return lookError(err)
	}
	defer forget(r.readyFile)
	defer a.collectAt(garbageOfReceiver)()
	interrupts, stop := watch(os.Exit)
	defer stop()
	seat := a.seat(r, profile, options)
	defer seat.Close()
	server := receiver.NewServer(seat.endpoint, serverOptions...)
	if err := server.Start(); err != nil {
		return lookError(err)
	}
	adminURL, err := seat.startAdmin(r.admin)
	if err != nil {
		return join(lookError(err), lookError(server.Close()))
	}
	if err := a.ready(r, profile, server, adminURL); err != nil {
		return join(err, lookError(server.Close()))
	}
	a.warnOfEverybody(r.trust)
	verdict := await(interrupts, r, seat.root.Journal())
	// No new requests, and those that run are answered, before the rest ends.
	err = lookError(errors.Join(server.Close(), seat.Close()))
	if missed := seat.lines.end(); missed > 0 {
		fmt.Fprintf(a.stderr, "%d requests were not shown: stdout was too slow for them\n", missed)
	}
	return join(verdict, err)
}

// check refuses flags that contradict each other.
func (r *receiving) check() error {
	switch {
	case r.given("expect") && r.expect < 1:
		return usageError("--expect %d: must be more than 0", r.expect)
	case r.within < 0:
		return usageError("--within %v: must be more than 0", r.within)
	case r.within > 0 && r.expect == 0:
		return usageError("--within needs --expect, how many requests are to come by then")
	case !isAddress(r.listen):
		return lookError(fmt.Errorf("--listen %s: want ADDRESS:PORT or unix:/path, such as %s", r.listen, defaultListen))
	case r.admin != "" && !isAddress(r.admin):
		return lookError(fmt.Errorf("--admin %s: want ADDRESS:PORT, such as 127.0.0.1:0", r.admin))
	case r.maxBody <= 0:
		return usageError("--max-body %d: must be more than 0", r.maxBody)
	case (r.cert == "") != (r.key == ""):
		return usageError("--cert and --key need each other")
	case r.tls.kind != "" && r.cert != "":
		return usageError("--tls makes a certificate, --cert has one: give one of them")
	case r.given("allow") && len(r.allow) == 0:
		return usageError("--allow is empty, which would let nobody in; name an address or a prefix, or leave it out")
	case r.given("trust-proxy") && len(r.trust) == 0:
		return usageError("--trust-proxy is empty; name an address or a prefix, or leave it out")
	case len(r.trust) == 0 && r.proxyHeader != "":
		return usageError("--proxy-header needs --trust-proxy, from which peers to believe it")
	case r.proxyHeader != "" && !isToken(r.proxyHeader):
		return usageError("--proxy-header %q: not a header's name; letters, digits and hyphens would do", r.proxyHeader)
	case r.tls.kind != "" && r.tls.kind != receiver.TLSValid && !r.mayBreak():
		return usageError("--tls=%s: %w", r.tls.kind, errRemote)
	case r.path != "" && !strings.HasPrefix(r.path, "/"):
		return usageError("--path %s: must begin with /", r.path)
	}
	return nil
}

// receiverOptions returns the options of one receiver; each needs its own, for
// the turns of a behavior are counted.
func (a *app) receiverOptions(r *receiving, p *schema.Profile) (func() []receiver.Option, error) {
	behavior, err := receiver.ParseBehavior(r.behavior)
	if err != nil {
		return nil, usageError("--behavior: %w", err)
	}
	if err := r.mayBe(behavior); err != nil {
		return nil, usageError("--behavior %s: %w", r.behavior, err)
	}
	checks, err := a.checks(r, p)
	if err != nil {
		return nil, err
	}
	options := []receiver.Option{receiver.WithChecks(checks...), receiver.WithMaxBody(r.maxBody), receiver.WithSeed(r.seed)}
	if len(r.trust) > 0 {
		proxies, err := receiver.ParsePrefixes(r.trust)
		if err != nil {
			return nil, usageError("--trust-proxy: %w", err)
		}
		options = append(options, receiver.WithTrustedProxies(proxies, r.proxyHeader))
	}
	if r.recordOnly {
		options = append(options, receiver.WithRecordOnly())
	}
	return func() []receiver.Option {
		behavior, _ := receiver.ParseBehavior(r.behavior) // parsed above
		return append(options[:len(options):len(options)], receiver.WithBehavior(behavior))
	}, nil
}

// checks are the receiver's own, with those of the flags behind the method, as
// the fixed order has them.
func (a *app) checks(r *receiving, p *schema.Profile) ([]receiver.Check, error) {
	var added []receiver.Check
	if len(r.allow) > 0 {
		list, err := receiver.ParsePrefixes(r.allow)
		if err != nil {
			return nil, usageError("--allow: %w", err)
		}
		added = append(added, receiver.CheckSource(list, http.StatusForbidden))
	}
	required, err := a.required(r)
	if err != nil {
		return nil, err
	}
	for _, h := range required {
		added = append(added, receiver.CheckHeader(h.Name, h.Value, http.StatusUnauthorized))
	}
	secrets, err := a.readSecrets("signature-secret", r.signature)
	if err != nil {
		return nil, err
	}
	if len(secrets) > 0 {
		if _, signs := p.Signature(); !signs {
			return nil, usageError("--signature-secret: %s documents no signature (fact signature)", p.Ref())
		}
		added = append(added, receiver.CheckSignature(secrets, receiver.DefaultSignatureStatus))
	}
	checks := receiver.DefaultChecks()
	return append(checks[:1:1], append(added, checks[1:]...)...), nil
}

func (a *app) serverOptions(r *receiving) ([]receiver.ServerOption, error) {
	options := []receiver.ServerOption{receiver.WithListen(r.listen)}
	if r.tls.kind != "" {
		options = append(options, receiver.WithMadeTLSKind(r.tls.kind))
	}
	if r.cert != "" {
		cert, key, err := a.readKeyPair(r.cert, r.key)
		if err != nil {
			return nil, err
		}
		options = append(options, receiver.WithTLS(cert, key))
	}
	if r.path != "" {
		options = append(options, receiver.WithWrap(func(h http.Handler) http.Handler { return only(r.path, r.admin != "", h) }))
	}
	return options, nil
}

// only serves one path, and with namespaces the same path in each of them.
func only(path string, namespaces bool, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		at := req.URL.Path
		if rest, found := strings.CutPrefix(at, "/s/"); found && namespaces {
			_, sub, _ := strings.Cut(rest, "/")
			at = "/" + sub
		}
		if at != path {
			http.NotFound(w, req)
			return
		}
		h.ServeHTTP(w, req)
	})
}

// ready tells where the endpoint is: on stdout, and in the ready file.
func (a *app) ready(r *receiving, p *schema.Profile, server *receiver.Server, adminURL string) error {
	url := server.URL() + r.path
	if err := readyFile(r.readyFile, url); err != nil {
		return err
	}
	if r.format.value != "text" {
		return report.WriteJSON(a.stdout, struct {
			Version int    `json:"version"`
			Type    string `json:"type"`
			URL     string `json:"url"`
			Admin   string `json:"admin,omitempty"`
			CA      string `json:"ca_pem,omitempty"`
			Profile string `json:"profile"`
		}{report.Version, "ready", url, adminURL, string(server.CAPEM()), p.Ref()}, false)
	}
	fmt.Fprintln(a.stdout, url)
	fmt.Fprintf(a.stderr, "receiving pushes of %s; answer: %s\n", p.Ref(), report.Clean(r.behavior))
	if r.cert == "" && server.CAPEM() != nil {
		fmt.Fprintln(a.stderr, "its certificate is made for this run: press with --insecure, or trust ca_pem of --output json")
	}
	if adminURL != "" {
		fmt.Fprintf(a.stderr, "admin API on %s\n", adminURL)
	}
	return nil
}

// await returns when the endpoint has done its work: when it is interrupted, or
// when what is expected has come or can no longer come in time.
func await(interrupts *interrupts, r *receiving, journal *receiver.Journal) error {
	if r.expect == 0 {
		<-interrupts.ctx.Done()
		return nil
	}
	ctx := interrupts.ctx
	if r.within > 0 {
		timed, cancel := context.WithTimeout(ctx, r.within)
		defer cancel()
		ctx = timed
	}
	came, err := journal.Count(ctx, receiver.Match{Completed: true}, r.expect)
	if err == nil {
		return nil
	}
	if interrupts.err() != nil {
		return failedError("--expect %d was not met: interrupted after %d requests", r.expect, came)
	}
	return failedError("--expect %d was not met: %d requests came within %v", r.expect, came, r.within)
}
