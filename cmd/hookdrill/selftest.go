package main

import (
	"slices"

	"github.com/hookdrill/hookdrill/scenarios"
	"github.com/spf13/cobra"
)

// selftestParallel is how many shipped stories are told at a time: they mostly
// wait, and share nothing.
const selftestParallel = 8

func (a *app) selftestCommand() *cobra.Command {
	j := &judging{command: "hookdrill selftest", stage: scenarios.DefaultStage, parallel: selftestParallel}
	cmd := &cobra.Command{
		Use:   "selftest [STORY[:LINE]]...",
		Short: "Tell the shipped stories, mock against mock",
		Long: `Tell the stories that hookdrill brings along, or those named, mock against mock. It
shows what each platform does in the ways in which a push can go wrong, and that
hookdrill works here.`,
		Example: "  hookdrill selftest\n  hookdrill selftest --list\n  hookdrill selftest flashduty/restart.yaml",
		RunE:    func(_ *cobra.Command, names []string) error { return a.runLibrary(j, names) },
	}
	j.flags(cmd)
	return cmd
}

func (a *app) runLibrary(j *judging, names []string) error {
	if err := j.valid(); err != nil {
		return err
	}
	options, err := a.loadOptions()
	if err != nil {
		return err
	}
	list, err := scenarios.LoadLibrary(options)
	if err != nil {
		return &codedError{exitUsage, err}
	}
	line := 0
	if len(names) > 0 {
		if list, line, err = named(list, names); err != nil {
			return err
		}
	}
	return a.judge(j, options, list, line)
}

// named are the shipped stories of these names.
func named(list []*scenarios.Scenario, names []string) (chosen []*scenarios.Scenario, line int, err error) {
	var known []string
	for _, s := range list {
		known = append(known, s.File)
	}
	for _, name := range names {
		file, at := cutLine(name)
		i := slices.Index(known, file)
		if i < 0 {
			return nil, 0, usageError("no shipped story %q%s", file, didYouMean("", file, known))
		}
		if at > 0 && len(names) > 1 {
			return nil, 0, errLineAlone
		}
		chosen, line = append(chosen, list[i]), at
	}
	return chosen, line, nil
}
