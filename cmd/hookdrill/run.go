package main

import (
	"fmt"
	"time"

	"github.com/hookdrill/hookdrill/scenarios"
	"github.com/hookdrill/hookdrill/scenarios/report"
	"github.com/spf13/cobra"
)

// judging is what the flags of run and selftest say.
type judging struct {
	command   string // how it is called again: "hookdrill run"
	stage     string
	only      []string
	list      bool
	check     bool
	tags      []string
	chosen    string // combination of a matrix
	parallel  int
	failFast  bool
	repeat    int
	seed      uint64
	now       moment
	allowExec bool
	linger    time.Duration
	assume    []string
	reports   []string
	format    *choice
}

func (a *app) runCommand() *cobra.Command {
	j := &judging{command: "hookdrill run", parallel: 1}
	cmd := &cobra.Command{
		Use:   "run [FILE[:LINE] | FOLDER]...",
		Short: "Tell your stories and judge how they ended",
		Long: `Tell stories on a stage and judge how they ended. Without FILES: drills/**/*.yaml
beside hookdrill.yaml, which is searched upwards from here. FILE:LINE tells the story
up to and including the step that holds LINE. Each story is told once for each profile
that it, the stage and --profile have in common.`,
		Example: `  hookdrill run
  hookdrill run drills/restart.yaml --on local
  hookdrill run drills/restart.yaml:6 --profile flashduty@2026-05-27 --seed 71
  hookdrill run --report junit=junit.xml --output json`,
		RunE: func(_ *cobra.Command, files []string) error { return a.runFiles(j, files) },
	}
	j.flags(cmd)
	f := cmd.Flags()
	f.StringVar(&j.stage, "on", scenarios.DefaultStage, "`STAGE` that says who sits where")
	f.DurationVar(&j.linger, "linger", 0, "read on for `D` after each deadline, to learn how late answers are; verdicts stay")
	f.BoolVar(&j.check, "check", false, "read the stories and tell whether they are sound; nothing is sent")
	f.BoolVar(&j.allowExec, "allow-exec", false, "run commands that stories bring along; those of hookdrill.yaml need no leave")
	return cmd
}

// flags adds those that run and selftest share.
func (j *judging) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringSliceVar(&j.only, "profile", nil, "tell them on `PROFILE` only: flashduty, pagerduty@2020-10-09; repeatable")
	f.BoolVar(&j.list, "list", false, "list the stories; nothing is sent")
	f.StringSliceVar(&j.tags, "tags", nil, "tell stories that have one of `TAGS`; -TAG leaves those out; without: all but slow")
	f.StringVar(&j.chosen, "combination", "", "tell only that `COMBINATION` of a matrix, as reports name it: 'status 500'")
	f.IntVar(&j.parallel, "parallel", j.parallel, "tell up to `N` stories at a time")
	f.BoolVar(&j.failFast, "fail-fast", false, "end after the first story that is not passed")
	f.IntVar(&j.repeat, "repeat", 1, "tell each story `N` times")
	f.Uint64Var(&j.seed, "seed", 0, "`N` decides ids and choices; 0: chosen, and told")
	f.Var(&j.now, "now", "`TIME` of the presses (RFC 3339), in place of the clock's")
	f.StringArrayVar(&j.assume, "assume", nil, "take another side of a contested fact, `FACT=VALUE`: deadline=2s; repeatable")
	f.StringArrayVar(&j.reports, "report", nil, "also write a report, `KIND=FILE`: junit, json, ndjson, text; repeatable")
	j.format = formatFlag(cmd)
}

// maxRepeat keeps the results of a run, which stand in memory until it is
// reported, within what a machine has.
const maxRepeat = 10_000

// valid refuses flags that cannot be meant.
func (j *judging) valid() error {
	switch {
	case j.parallel < 1:
		return usageError("--parallel %d: must be 1 or more", j.parallel)
	case j.linger < 0:
		return usageError("--linger %v: must be 0 or more", j.linger)
	case j.repeat < 1:
		return usageError("--repeat %d: must be 1 or more", j.repeat)
	case j.repeat > maxRepeat:
		return usageError("--repeat %d: at most %d", j.repeat, maxRepeat)
	}
	return nil
}

func (a *app) runFiles(j *judging, files []string) error {
	if err := j.valid(); err != nil {
		return err
	}
	options, err := a.loadOptions()
	if err != nil {
		return err
	}
	found, err := findStories(files)
	if err != nil {
		return err
	}
	list, err := found.load(options)
	if err != nil {
		return err
	}
	if j.check {
		return a.writeSound(len(list), j.format.value)
	}
	return a.judge(j, options, list, found.line)
}

// writeSound says that every story could be read; what could not was told before.
func (a *app) writeSound(stories int, format string) error {
	if format == "text" {
		word := "stories"
		if stories == 1 {
			word = "story"
		}
		fmt.Fprintf(a.stdout, "sound: %d %s\n", stories, word)
		return nil
	}
	return report.WriteJSON(a.stdout, struct {
		Version int    `json:"version"`
		Type    string `json:"type"`
		Stories int    `json:"stories"`
	}{report.Version, "check", stories}, format == "json")
}
