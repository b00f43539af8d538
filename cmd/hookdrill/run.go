package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

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
	parallel  int
	failFast  bool
	repeat    int
	seed      uint64
	now       moment
	allowExec bool
	assume    []string
	reports   []string
	format    *choice
}

// tagSlow keeps a story out of runs that do not ask for it.
const tagSlow = "slow"

// selftestParallel is how many shipped stories are told at a time: they mostly
// wait, and share nothing.
const selftestParallel = 4

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
	f.BoolVar(&j.check, "check", false, "read the stories and tell whether they are sound; nothing is sent")
	f.BoolVar(&j.allowExec, "allow-exec", false, "run commands that stories bring along; those of hookdrill.yaml need no leave")
	return cmd
}

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

// flags adds those that run and selftest share.
func (j *judging) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringSliceVar(&j.only, "profile", nil, "tell them on `PROFILE` only: flashduty, pagerduty@2020-10-09; repeatable")
	f.BoolVar(&j.list, "list", false, "list the stories; nothing is sent")
	f.StringSliceVar(&j.tags, "tags", nil, "tell stories that have one of `TAGS`; -TAG leaves those out; without: all but slow")
	f.IntVar(&j.parallel, "parallel", j.parallel, "tell up to `N` stories at a time")
	f.BoolVar(&j.failFast, "fail-fast", false, "end after the first story that is not passed")
	f.IntVar(&j.repeat, "repeat", 1, "tell each story `N` times")
	f.Uint64Var(&j.seed, "seed", 0, "`N` decides ids and choices; 0: chosen, and told")
	f.Var(&j.now, "now", "`TIME` of the presses (RFC 3339), in place of the clock's")
	f.StringArrayVar(&j.assume, "assume", nil, "take another side of a contested fact, `FACT=VALUE`: deadline=2s; repeatable")
	f.StringArrayVar(&j.reports, "report", nil, "also write a report, `KIND=FILE`: junit, json, ndjson, text; repeatable")
	j.format = formatFlag(cmd)
}

// valid refuses flags that cannot be meant.
func (j *judging) valid() error {
	switch {
	case j.parallel < 1:
		return usageError("--parallel %d: must be 1 or more", j.parallel)
	case j.repeat < 1:
		return usageError("--repeat %d: must be 1 or more", j.repeat)
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
		fmt.Fprintf(a.stdout, "%d stories are sound\n", len(list))
		return nil
	}
	return a.judge(j, options, list, found.line)
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

func (a *app) loadOptions() (scenarios.LoadOptions, error) {
	own, err := a.ownProfiles()
	return scenarios.LoadOptions{Getenv: a.getenv, Profiles: own}, err
}

// judge tells the stories and writes what came of them.
func (a *app) judge(j *judging, options scenarios.LoadOptions, list []*scenarios.Scenario, line int) error {
	assume, err := pairs("assume", j.assume)
	if err != nil {
		return err
	}
	for _, ref := range j.only {
		if _, err := a.openProfile(ref); err != nil {
			return err
		}
	}
	all := len(list)
	list = tagged(list, j.tags)
	if err := holdsLine(list, line); err != nil {
		return err
	}
	if j.list {
		return a.listStories(list, j.format.value)
	}
	if len(list) == 0 {
		return usageError("nothing was judged: none of %d stories has what --tags asks for", all)
	}
	files, err := createReports(j.reports)
	if err != nil {
		return err
	}
	defer files.close()
	runner := scenarios.Runner{
		Stage: j.stage, Only: j.only, Profiles: options.Profiles, Assume: assume,
		Seed: j.seed, Now: j.now.now(), Parallel: j.parallel, Repeat: j.repeat, FailFast: j.failFast,
		AllowExec: j.allowExec, UntilLine: line, Getenv: a.getenv,
		Version: version(), Command: a.callAgain(j),
	}
	clear := a.progress(&runner)
	interrupts, stop := watch(os.Exit)
	defer stop()
	run := runner.Run(interrupts.ctx, list)
	clear()
	return join(a.writeRun(run, j.format.value), files.write(run), verdict(run), interrupts.err())
}

// callAgain is how the command that repeats a run begins: the flags that the
// runner does not know of.
func (a *app) callAgain(j *judging) string {
	words := []string{j.command}
	if a.profiles != "" {
		words = append(words, "--profiles", quote(a.profiles))
	}
	if !j.now.IsZero() {
		words = append(words, "--now", j.now.String())
	}
	return strings.Join(words, " ")
}

// holdsLine refuses a LINE that no step of the story holds.
func holdsLine(list []*scenarios.Scenario, line int) error {
	if line == 0 || len(list) == 0 {
		return nil
	}
	var lines []string
	for _, step := range list[0].Steps {
		if step.Line <= line && line <= step.End {
			return nil
		}
		lines = append(lines, fmt.Sprint(step.Line))
	}
	return usageError("%s: no step holds line %d; they begin at %s", list[0].File, line, strings.Join(lines, ", "))
}

// tagged are the stories that have one of the tags and none that a - leaves
// out. Slow ones are left out unless a tag asks for them.
func tagged(list []*scenarios.Scenario, tags []string) []*scenarios.Scenario {
	var with, without []string
	for _, t := range tags {
		if out, found := strings.CutPrefix(t, "-"); found {
			without = append(without, out)
		} else {
			with = append(with, t)
		}
	}
	if !slices.Contains(with, tagSlow) {
		without = append(without, tagSlow)
	}
	has := func(s *scenarios.Scenario, tags []string) bool {
		return slices.ContainsFunc(s.Tags, func(t string) bool { return slices.Contains(tags, t) })
	}
	var out []*scenarios.Scenario
	for _, s := range list {
		if (len(with) == 0 || has(s, with)) && !has(s, without) {
			out = append(out, s)
		}
	}
	return out
}

func (a *app) listStories(list []*scenarios.Scenario, format string) error {
	if len(list) == 0 {
		return usageError("no story has what --tags asks for")
	}
	for _, s := range list {
		if format != "text" {
			if err := report.WriteJSON(a.stdout, struct {
				Version  int      `json:"version"`
				Type     string   `json:"type"`
				File     string   `json:"file"`
				Line     int      `json:"line"`
				Name     string   `json:"name"`
				Tags     []string `json:"tags"`
				Profiles []string `json:"profiles"`
				Steps    int      `json:"steps"`
			}{report.Version, "story", s.File, s.Line, s.Name, append([]string{}, s.Tags...), append([]string{}, s.Profiles...), len(s.Steps)}, format == "json"); err != nil {
				return err
			}
			continue
		}
		line := fmt.Sprintf("%s:%d  %s", s.File, s.Line, s.Name)
		if len(s.Profiles) > 0 {
			line += "  [" + strings.Join(s.Profiles, ", ") + "]"
		}
		if len(s.Tags) > 0 {
			line += "  (" + strings.Join(s.Tags, ", ") + ")"
		}
		fmt.Fprintln(a.stdout, report.Clean(line))
	}
	return nil
}

// writeRun writes the results to stdout.
func (a *app) writeRun(run scenarios.Run, format string) error {
	write, err := report.ByName(format)
	if err != nil {
		return err
	}
	if format == "text" && a.color(a.stdout) {
		write = report.Colored
	}
	return lookError(write(a.stdout, run))
}

// verdict is what the run comes to.
func verdict(run scenarios.Run) error {
	var errs []error
	if run.Count(scenarios.Failed) > 0 {
		errs = append(errs, errNotPassed)
	}
	if run.Count(scenarios.Errored) > 0 {
		errs = append(errs, errNotLooked)
	}
	if len(errs) == 0 && run.Count(scenarios.Passed) == 0 {
		errs = append(errs, usageError("nothing was judged: %s", whyNothing(run)))
	}
	return join(errs...)
}

// whyNothing gives the reasons for which stories were skipped.
func whyNothing(run scenarios.Run) string {
	var reasons []string
	for _, r := range run.Results {
		if !slices.Contains(reasons, r.Reason) && r.Reason != "" {
			reasons = append(reasons, r.Reason)
		}
	}
	if len(reasons) == 0 {
		return "there was no story"
	}
	return strings.Join(reasons, "; ")
}

// reportFiles are the reports of --report.
type reportFiles []*report.File

// createReports finds at once what cannot be written later.
func createReports(list []string) (reportFiles, error) {
	var files reportFiles
	for _, one := range list {
		kind, path, found := strings.Cut(one, "=")
		if !found || path == "" {
			files.close()
			return nil, usageError("--report %s: want KIND=FILE, as junit=junit.xml", one)
		}
		write, err := report.ByName(kind)
		if err != nil {
			files.close()
			return nil, usageError("--report %s: %w", one, err)
		}
		file, err := report.Create(path, write)
		if err != nil {
			files.close()
			return nil, lookError(err)
		}
		files = append(files, file)
	}
	return files, nil
}

func (files reportFiles) write(run scenarios.Run) error {
	var errs []error
	for _, f := range files {
		errs = append(errs, lookError(f.Write(run)))
	}
	return errors.Join(errs...)
}

// close gives up those that were not written.
func (files reportFiles) close() {
	for _, f := range files {
		_ = f.Close() // what it leaves behind is a temporary file; the reason has been told
	}
}

// progress shows on a terminal how far the run is; clear takes it away.
func (a *app) progress(r *scenarios.Runner) (clear func()) {
	if !a.stderr.terminal() {
		return func() {}
	}
	done, bad := 0, 0
	r.OnResult = func(res scenarios.Result) {
		done++
		if res.Verdict == scenarios.Failed || res.Verdict == scenarios.Errored {
			bad++
		}
		fmt.Fprintf(a.stderr, "\r\x1b[K%d told, %d not passed", done, bad)
	}
	return func() { fmt.Fprint(a.stderr, "\r\x1b[K") }
}
