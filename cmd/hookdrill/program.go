package main

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/hookdrill/hookdrill/scenarios/report"
	"github.com/spf13/cobra"
)

// app is one call of hookdrill: what it was given by its surroundings, and the
// flags that every command has.
type app struct {
	getenv func(string) (string, bool)
	stdin  io.Reader
	stdout *outlet // results
	stderr *outlet // talk

	profiles string // --profiles
}

// run is the program: it carries out args and returns the exit code.
func run(args []string, getenv func(string) (string, bool), stdin io.Reader, stdout, stderr io.Writer) int {
	a := &app{
		getenv: getenv,
		stdin:  stdin,
		stdout: &outlet{w: stdout},
		stderr: &outlet{w: stderr},
	}
	defer keepPipes()()
	err := join(a.execute(args), a.stdout.failure())
	a.complain(err)
	return exitCode(err)
}

// execute finds the command that args name and carries it out.
func (a *app) execute(args []string) error {
	root := a.root()
	root.SetArgs(args)
	return root.Execute()
}

// complain says on stderr what went wrong, in words that have not been said as
// a result yet.
func (a *app) complain(err error) {
	for _, text := range complaints(err) {
		fmt.Fprintln(a.stderr, report.CleanLines(text))
	}
}

const rootLong = `hookdrill rehearses incident custom actions: the button on an incident that makes
an incident platform POST the incident to an endpoint of yours. It plays the
platform, plays the endpoint, and judges what happened. Either seat can be real.`

const environment = `
Every flag can be set by an environment variable too: --within by HOOKDRILL_WITHIN,
--trust-proxy by HOOKDRILL_TRUST_PROXY. A flag wins; a repeated flag is one line each.

Exit codes: 0 passed; 1 an expectation failed, a press was not delivered, a violation;
2 usage, a file that is invalid or cannot be read, nothing judged; 3 could not look.
`

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:               "hookdrill",
		Short:             "Rehearse incident custom actions",
		Long:              rootLong,
		SilenceErrors:     true,
		SilenceUsage:      true,
		Args:              knownCommand,
		RunE:              func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error { return a.twins(cmd) },
	}
	root.SetIn(a.stdin)
	root.SetOut(a.stdout) // cobra's own commands look at it when they are made
	root.SetErr(a.stderr)
	root.SetUsageTemplate(root.UsageTemplate() + environment)
	root.SetFlagErrorFunc(flagError)
	root.PersistentFlags().StringVar(&a.profiles, "profiles", "", "folder `DIR` of your own profiles, <platform>/<date>/profile.json")
	root.AddCommand(
		a.runCommand(),
		a.selftestCommand(),
		a.pressCommand(),
		a.sweepCommand(),
		a.receiveCommand(),
		a.consoleCommand(),
		a.validateCommand(),
		a.profileCommand(),
		a.schemaCommand(),
		a.faultsCommand(),
		a.explainCommand(),
		a.initCommand(),
		a.versionCommand(),
	)
	strict(root)
	return root
}

// strict makes cobra's own commands refuse what they do not know, as ours do.
func strict(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		switch cmd.Name() {
		case "completion":
			cmd.Args, cmd.RunE = knownCommand, oneIsNeeded
		case "help":
			cmd.Args = func(_ *cobra.Command, topic []string) error {
				found, rest, _ := root.Find(topic)
				return knownCommand(found, rest)
			}
		}
	}
}

// group makes a command that only holds others.
func group(use, short string, commands ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use:   use,
		Short: short,
		Args:  knownCommand,
		RunE:  oneIsNeeded,
	}
	cmd.AddCommand(commands...)
	return cmd
}

// oneIsNeeded is what a command that only holds others does by itself.
func oneIsNeeded(cmd *cobra.Command, _ []string) error {
	return usageError("%s needs a command: %s", calledAs(cmd), strings.Join(commandNames(cmd), ", "))
}

// knownCommand refuses the arguments of a command that only holds others: they
// are commands that there are not.
func knownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := didYouMean("", args[0], commandNames(cmd))
	if !cmd.HasParent() {
		return usageError("no command %q%s", args[0], hint)
	}
	return usageError("%s has no command %q%s", calledAs(cmd), args[0], hint)
}

// calledAs is how sentences name a command: "profile list".
func calledAs(cmd *cobra.Command) string {
	return strings.TrimPrefix(cmd.CommandPath(), cmd.Root().Name()+" ")
}

func commandNames(cmd *cobra.Command) []string {
	var names []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	return names
}

// ownProfiles returns the folder of --profiles, nil when it is not given.
func (a *app) ownProfiles() (fs.FS, error) {
	if a.profiles == "" {
		return nil, nil
	}
	info, err := os.Stat(a.profiles)
	if err != nil {
		return nil, usageError("--profiles: %w", err)
	}
	if !info.IsDir() {
		return nil, usageError("--profiles: %s is not a folder", a.profiles)
	}
	return os.DirFS(a.profiles), nil
}
