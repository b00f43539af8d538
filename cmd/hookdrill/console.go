package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/hookdrill/hookdrill/receiver"
	"github.com/hookdrill/hookdrill/scenarios/report"
	"github.com/hookdrill/hookdrill/sender/console"
	"github.com/spf13/cobra"
)

// consoling is what the flags of console say. What is said of a press is said as
// press says it.
type consoling struct {
	pressing

	profiles  []string
	listen    string
	actions   []string
	users     []string
	accessKey string
	readyFile string
	state     string
	record    string
}

func (a *app) consoleCommand() *cobra.Command {
	c := &consoling{}
	cmd := &cobra.Command{
		Use:   "console",
		Short: "Be the platform's API: an incident with buttons, which endpoints call back",
		Long: `Listen as the platforms' APIs would, each below a prefix of its own, over one incident
on each with the buttons of --action. What endpoints call back, and why a call was
refused, is shown as one line each; a call that presses a button presses it for real.
Where an API has custom fields, trace_url, runbook_url and rolled_back are defined
beside those that the incident has. The first line on stdout is the URL. Runs until it
is interrupted.

With the same --seed, --now and --api-url, a press of the first button sends byte for
byte what hookdrill press does, where its label is that of hookdrill press:
--action 'hookdrill press=URL'.`,
		Example: `  hookdrill console --action 'Restart host=http://localhost:8080/restart'
  hookdrill console --profile pagerduty@2020-10-09 --listen 127.0.0.1:8090 --seed 7 --output ndjson
  hookdrill console --key @key.txt --state console.json --record calls.ndjson`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c.given = cmd.Flags().Changed
			return a.console(c)
		},
	}
	f := cmd.Flags()
	f.StringVar(&c.listen, "listen", receiver.DefaultListen, "`ADDRESS` to listen on; port 0 chooses one")
	f.StringSliceVar(&c.profiles, "profile", nil, "`PROFILE` of a platform, repeatable (default the newest of each whose API is documented)")
	f.StringArrayVar(&c.actions, "action", nil, "a button on every incident, `'LABEL=URL'`, which pushes to URL; repeatable")
	f.StringArrayVar(&c.users, "user", nil, "a user of the account beside the key's, `'NAME <ADDRESS>'`, as a header From may have; repeatable")
	f.StringVar(&c.accessKey, "key", console.DefaultKey, "`KEY` with which the APIs are called, or @FILE with one")
	f.StringVar(&c.apiURL, "api-url", "", "base `URL` at which endpoints reach this console, where that is not the one it listens on")
	f.Uint64Var(&c.seed, "seed", 0, "`N` decides the ids; with --now the same bytes every time; 0: new ones")
	f.Var(&c.now, "now", "`TIME` in what is made (RFC 3339), in place of the clock's")
	f.DurationVar(&c.deadline, "deadline", 0, "wait `D` for an endpoint's answer, in place of the documented deadline")
	f.StringVar(&c.ca, "ca", "", "PEM `FILE` of an authority to trust when a button pushes")
	f.BoolVar(&c.insecure, "insecure", false, "do not verify endpoints' certificates")
	f.StringVar(&c.state, "state", "", "begin with what `FILE` holds, if it is there, and write it at the end")
	f.StringVar(&c.record, "record", "", "write every call with its answer, and every push, to `FILE`: a JSON document a line, redacted")
	f.StringVar(&c.readyFile, "ready-file", "", "write the URL to `FILE` once ready, and remove it at the end")
	c.format = formatFlag(cmd)
	return cmd
}

// check refuses flags that contradict each other.
func (c *consoling) check() error {
	switch {
	case !isAddress(c.listen) || strings.HasPrefix(c.listen, "unix:"):
		return lookError(fmt.Errorf("--listen %s: want ADDRESS:PORT, such as %s", c.listen, receiver.DefaultListen))
	case c.given("deadline") && c.deadline <= 0:
		return usageError("--deadline %v: must be more than 0", c.deadline)
	case c.given("profile") && len(c.profiles) == 0:
		return usageError("--profile is empty; name a profile, or leave it out")
	case c.state != "" && c.record != "" && filepath.Clean(c.state) == filepath.Clean(c.record):
		return usageError("--state and --record are both %s: each needs a file of its own", c.state)
	}
	return nil
}

// console serves until it is interrupted.
func (a *app) console(c *consoling) error {
	if err := c.check(); err != nil {
		return err
	}
	desk, err := a.newDesk(c)
	if err != nil {
		return err
	}
	if err := forget(c.readyFile); err != nil {
		return lookError(err)
	}
	defer forget(c.readyFile)
	interrupts, stop := watch(os.Exit)
	defer stop()
	listener, err := desk.listenOn(c)
	if err != nil {
		return err
	}
	server := receiver.NewServer(desk, receiver.WithListener(listener))
	if err := a.open(c, desk, server.URL()); err != nil {
		return join(err, lookError(listener.Close()))
	}
	if err := server.Start(); err != nil {
		return join(lookError(err), lookError(desk.Close()))
	}
	err = a.consoleReady(c, desk, server.URL())
	if err == nil {
		<-interrupts.ctx.Done()
	}
	// No new calls, and those that run are answered, before the rest is written.
	err = join(err, lookError(server.Close()))
	if missed := desk.lines.end(); missed > 0 {
		fmt.Fprintf(a.stderr, "%d lines were not shown: stdout was too slow for them\n", missed)
	}
	return join(err, desk.store(), lookError(desk.record.close()))
}

// listenOn takes the port. A console that others than this machine reach needs a
// key that nobody else knows.
func (d *desk) listenOn(c *consoling) (net.Listener, error) {
	listener, err := net.Listen("tcp", c.listen)
	if err != nil {
		return nil, lookError(fmt.Errorf("listen: %w", err))
	}
	at, ok := listener.Addr().(*net.TCPAddr)
	if ok && !at.IP.IsLoopback() && d.known {
		return nil, join(usageError("--listen %s is reached by others than this machine, and everybody knows the default key: give a --key of your own", c.listen),
			lookError(listener.Close()))
	}
	return listener, nil
}

// consoleReady tells where the consoles are: on stdout, and in the ready file.
func (a *app) consoleReady(c *consoling, d *desk, at string) error {
	if err := readyFile(c.readyFile, d.url); err != nil {
		return err
	}
	if c.format.value != "text" {
		doc := struct {
			heading
			URL       string     `json:"url"`
			Listening string     `json:"listening"`
			Platforms []boardDoc `json:"platforms"`
		}{heading: heading{report.Version, "ready"}, URL: d.url, Listening: at}
		for _, b := range d.boards {
			doc.Platforms = append(doc.Platforms, b.doc(d))
		}
		return report.WriteJSON(a.stdout, doc, false)
	}
	fmt.Fprintln(a.stdout, d.url)
	if at != d.url {
		fmt.Fprintf(a.stderr, "listening on %s\n", at)
	}
	for _, b := range d.boards {
		b.tell(a.stdout, d)
	}
	return nil
}
