package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/hookdrill/hookdrill/scenarios/report"
	"github.com/hookdrill/hookdrill/schema"
	"github.com/spf13/cobra"
)

func (a *app) profileCommand() *cobra.Command {
	return group("profile", "Show what platforms document, each fact with its date and source",
		a.profileListCommand(), a.profileShowCommand(), a.profileDiffCommand())
}

func (a *app) profileListCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the profiles, yours included",
		Args:  noArguments,
	}
	format := formatFlag(cmd)
	cmd.RunE = func(*cobra.Command, []string) error {
		refs, err := a.profileRefs()
		if err != nil {
			return err
		}
		var list []*schema.Profile
		for _, ref := range refs {
			profile, err := a.openProfile(ref.String())
			if err != nil {
				return err
			}
			list = append(list, profile)
		}
		return a.profileList(list, format.value)
	}
	return cmd
}

func (a *app) profileRefs() ([]schema.Ref, error) {
	own, err := a.ownProfiles()
	if err != nil {
		return nil, err
	}
	if own == nil {
		return schema.List(), nil
	}
	refs, err := schema.ListFS(own)
	if err != nil {
		return nil, usageError("--profiles: %w", err)
	}
	return refs, nil
}

// profileDoc is a profile for machines.
type profileDoc struct {
	heading
	Profile  string        `json:"profile"`
	Platform string        `json:"platform"`
	Title    string        `json:"title"`
	Facts    []schema.Fact `json:"facts,omitempty"`
}

func (a *app) profileList(list []*schema.Profile, format string) error {
	line := func(p *schema.Profile) string {
		limit, scope := p.Cap()
		return fmt.Sprintf("%-22s %-10s deadline %-4v %d actions per %s", p.Ref(), report.Clean(p.Title()), p.Deadline(), limit, report.Clean(scope))
	}
	doc := func(p *schema.Profile, h heading) any {
		return profileDoc{heading: h, Profile: p.Ref(), Platform: p.Platform(), Title: p.Title()}
	}
	return writeList(a.stdout, format, "profile", list, line, doc, func(docs []any) any {
		return struct {
			heading
			Profiles []any `json:"profiles"`
		}{heading{report.Version, "profiles"}, docs}
	})
}

func (a *app) profileShowCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show PROFILE",
		Short: "Show every fact of a profile: value, status, date, source",
		Long: `Show every fact of a profile with its value, how well it is known, when it was read
and where. Below a contested fact stand the sides of the contradiction; hookdrill
acts on the hard one, which * marks, unless --assume says otherwise.`,
		Example: "  hookdrill profile show flashduty\n  hookdrill profile show pagerduty@2020-10-09",
		Args:    exactly("PROFILE"),
	}
	format := formatFlag(cmd)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		profile, err := a.openProfile(args[0])
		if err != nil {
			return err
		}
		if format.value == "text" {
			return a.factTable(profile)
		}
		doc := profileDoc{heading{report.Version, "profile"}, profile.Ref(), profile.Platform(), profile.Title(), profile.Facts()}
		return report.WriteJSON(a.stdout, doc, format.value == "json")
	}
	return cmd
}

func (a *app) factTable(p *schema.Profile) error {
	fmt.Fprintf(a.stdout, "%s, %s\n", report.Clean(p.Title()), p.Ref())
	if api, ok := p.API(); ok {
		fmt.Fprintf(a.stdout, "its API: %d operations, which hookdrill console plays\n", len(api.Operations))
	}
	fmt.Fprintln(a.stdout)
	table := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	for _, f := range p.Facts() {
		fmt.Fprintf(table, "%s\t%s\n", report.Clean(f.Name), dots(f.Text(), string(f.Status), f.Read, f.Source))
		for _, side := range f.Alternatives {
			mark := " "
			if side.Hard {
				mark = "*"
			}
			fmt.Fprintf(table, "\t%s %s\n", mark, dots(side.Text(), side.Label, side.Read, side.Source))
		}
	}
	return table.Flush()
}

// dots writes the parts of a fact on one line, those that there are.
func dots(parts ...string) string {
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, report.Clean(p))
		}
	}
	return strings.Join(out, " · ")
}

func (a *app) profileDiffCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "diff PROFILE PROFILE",
		Short:   "Show the facts in which two profiles differ",
		Example: "  hookdrill profile diff flashduty@2024-11-20 flashduty@2026-05-27",
		Args:    exactly("PROFILE", "PROFILE"),
	}
	format := formatFlag(cmd)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		before, err := a.openProfile(args[0])
		if err != nil {
			return err
		}
		after, err := a.openProfile(args[1])
		if err != nil {
			return err
		}
		changes := schema.Diff(before, after)
		if format.value == "text" {
			return a.changeLines(before, after, changes)
		}
		return report.WriteJSON(a.stdout, struct {
			heading
			Before  string              `json:"before"`
			After   string              `json:"after"`
			Changes []schema.FactChange `json:"changes"`
		}{heading{report.Version, "profile_diff"}, before.Ref(), after.Ref(), append([]schema.FactChange{}, changes...)}, format.value == "json")
	}
	return cmd
}

func (a *app) changeLines(before, after *schema.Profile, changes []schema.FactChange) error {
	if len(changes) == 0 {
		fmt.Fprintf(a.stdout, "%s and %s state the same\n", before.Ref(), after.Ref())
		return nil
	}
	fmt.Fprintf(a.stdout, "--- %s\n+++ %s\n", before.Ref(), after.Ref())
	for _, c := range changes {
		fmt.Fprintln(a.stdout, report.Clean(c.Name))
		a.factLine("-", c.A)
		a.factLine("+", c.B)
	}
	return nil
}

// factLine writes one side of a change, nothing for a side that lacks the fact.
func (a *app) factLine(mark string, f *schema.Fact) {
	if f != nil {
		fmt.Fprintf(a.stdout, "%s   %s\n", mark, dots(f.Text(), string(f.Status), f.Read))
	}
}

// exactly refuses any other number of arguments than those named.
func exactly(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != len(names) {
			return usageError("%s needs %s", calledAs(cmd), strings.Join(names, " and "))
		}
		return nil
	}
}
