package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/hookdrill/hookdrill/scenarios"
	"github.com/hookdrill/hookdrill/scenarios/report"
	"github.com/hookdrill/hookdrill/schema"
	"github.com/spf13/cobra"
)

// explaining is what the flags of explain say.
type explaining struct {
	after    time.Duration
	profiles []string
	format   *choice
	given    func(flag string) bool
}

func (a *app) explainCommand() *cobra.Command {
	x := &explaining{}
	cmd := &cobra.Command{
		Use:   "explain TEXT",
		Short: "Say what may stand behind an error, and what each platform does then",
		Long: `Say what may stand behind TEXT: an error of a client (Go, curl, Python, Node, Java), a
line of a log, a status, the name of an outcome or of a fault; - is stdin. The likeliest
cause comes first; several read alike in one client. For each stand what it is, what
follows on each platform, from its documented facts, and lines that make it happen.
Nothing is sent. Exit code 2 when nothing in TEXT is known.`,
		Example: `  hookdrill explain 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)' --after 1.03s
  hookdrill explain 'curl: (35) Recv failure: Connection reset by peer'
  hookdrill explain 'timeout in tls' --profile pagerduty
  hookdrill explain 503
  tail -n 1 app.log | hookdrill explain -`,
		Args: exactly("TEXT"),
	}
	f := cmd.Flags()
	f.DurationVar(&x.after, "after", 0, "it came `D` after the press")
	f.StringArrayVar(&x.profiles, "profile", nil, "ask this `PROFILE` what follows, in place of every platform's newest; repeatable")
	x.format = formatFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		x.given = cmd.Flags().Changed
		return a.explain(x, args[0])
	}
	return cmd
}

// explain writes what may stand behind the text.
func (a *app) explain(x *explaining, text string) error {
	if x.given("after") && x.after <= 0 {
		return usageError("--after %v: must be more than 0", x.after)
	}
	profiles, err := a.asked(x.profiles)
	if err != nil {
		return err
	}
	if text == "-" {
		// One byte more than are read, so that too much is told.
		read, err := io.ReadAll(io.LimitReader(a.stdin, scenarios.MaxQuestion+1))
		if err != nil {
			return usageError("cannot read stdin: %w", err)
		}
		text = string(read)
	}
	if len(text) > scenarios.MaxQuestion {
		return usageError("the text has more than %d bytes: give the line that matters", scenarios.MaxQuestion)
	}
	e := scenarios.Explain(scenarios.Question{Text: text, After: x.after, Profiles: profiles, Sayings: report.Sayings()})
	if len(e.Causes) == 0 {
		return usageError("%s. What would do: an error as Go, curl, Python, Node or Java print it, a status (503), an outcome (timeout in headers), a fault (hookdrill faults lists them)", unread(text))
	}
	if x.format.value == "text" {
		return report.ExplainText(a.stdout, e, a.color(a.stdout))
	}
	return report.ExplainJSON(a.stdout, e, x.format.value == "json")
}

// unread says of a text that nothing in it is known. It does not repeat it: there
// may be a secret in it.
func unread(text string) string {
	if strings.TrimSpace(text) == "" {
		return "the text is empty"
	}
	return fmt.Sprintf("nothing in the text (%d bytes) is known", len(text))
}

// asked are the profiles of these names; without any, the newest of each platform.
func (a *app) asked(names []string) (list []*schema.Profile, err error) {
	if len(names) == 0 {
		refs, err := a.profileRefs()
		if err != nil {
			return nil, err
		}
		for _, ref := range refs {
			if !slices.Contains(names, ref.Platform) {
				names = append(names, ref.Platform)
			}
		}
	}
	for _, name := range names {
		profile, err := a.openProfile(name)
		if err != nil {
			return nil, err
		}
		list = append(list, profile)
	}
	return list, nil
}
