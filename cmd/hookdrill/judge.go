package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/hookdrill/hookdrill/scenarios"
	"github.com/hookdrill/hookdrill/scenarios/report"
)

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
	if err := a.possible(j.only, assume); err != nil {
		return err
	}
	all := len(list)
	list = tagged(list, j.tags)
	if list, err = combined(list, j.chosen); err != nil {
		return err
	}
	if len(list) > 0 && line == list[0].Line {
		line = 0 // the line of the name, which reports print, is the whole story
	}
	if err := holdsLine(list, line); err != nil {
		return err
	}
	if j.list {
		return a.listStories(list, j.format.value)
	}
	switch {
	case len(list) > 0:
	case len(j.tags) == 0:
		return usageError("nothing was judged: slow stories are told with --tags %s", tagSlow)
	default:
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
		AllowExec: j.allowExec, Linger: j.linger, UntilLine: line, Getenv: a.getenv,
		Version: version(), Command: a.callAgain(j),
	}
	clear := a.progress(&runner)
	interrupts, stop := watch(os.Exit)
	defer stop()
	collect := a.collectAt(garbageOfStories)
	run := runner.Run(interrupts.ctx, list)
	collect()
	clear()
	return join(a.writeRun(run, j.format.value), files.write(run), verdict(run), interrupts.err())
}

// possible refuses profiles that there are not, and assumptions that hold on no
// profile. With one that holds on some, the others say why they could not look.
func (a *app) possible(only []string, assume map[string]string) error {
	if len(only) == 0 {
		refs, err := a.profileRefs()
		if err != nil {
			return err
		}
		for _, ref := range refs {
			only = append(only, ref.String())
		}
	}
	var refused error
	held := len(assume) == 0
	for _, ref := range only {
		profile, err := a.openProfile(ref)
		if err != nil {
			return err
		}
		for fact, value := range assume {
			if _, err := profile.Assume(fact, value); err != nil {
				refused = err
			} else {
				held = true
			}
		}
	}
	if !held {
		return usageError("%w", refused)
	}
	return nil
}

// callAgain is how the command that repeats a run begins: the flags that the
// runner does not know of.
func (a *app) callAgain(j *judging) string {
	words := []string{j.command}
	if a.profiles != "" {
		words = append(words, "--profiles", quote(a.profiles))
	}
	if slices.Contains(j.tags, tagSlow) { // else a slow story is left out, named or not
		words = append(words, "--tags", quote(strings.Join(j.tags, ",")))
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
	for _, step := range slices.Concat(list[0].Setup, list[0].Steps, list[0].Teardown) {
		if step.Line <= line && line <= step.End {
			return nil
		}
		lines = append(lines, fmt.Sprint(step.Line))
	}
	return usageError("%s: no step holds line %d; they begin at %s", list[0].File, line, strings.Join(lines, ", "))
}

// tagSlow keeps a story out of runs that do not ask for it.
const tagSlow = "slow"

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

// combined are the stories with that combination of their matrix alone; without a
// name all of them.
func combined(list []*scenarios.Scenario, name string) (out []*scenarios.Scenario, err error) {
	if name == "" || len(list) == 0 {
		return list, nil
	}
	const most = 20
	var known []string
	for _, s := range list {
		if one := s.Combination(name); one != nil {
			out = append(out, one)
		}
		known = append(known, s.Combinations()...)
	}
	if out != nil {
		return out, nil
	}
	slices.Sort(known)
	known = slices.Compact(known)
	switch {
	case len(known) == 0:
		return nil, usageError("--combination %s: none of these stories has a matrix", report.Clean(name))
	case len(known) > most:
		known = append(known[:most:most], fmt.Sprintf("and %d more", len(known)-most))
	}
	return nil, usageError("--combination %s: there are %s", report.Clean(name), report.Clean(strings.Join(known, "; ")))
}

// storyDoc is a story in a list for machines.
type storyDoc struct {
	heading
	File     string   `json:"file"`
	Line     int      `json:"line"`
	Name     string   `json:"name"`
	Tags     []string `json:"tags"`
	Profiles []string `json:"profiles"`
	Steps    int      `json:"steps"`
}

func (a *app) listStories(list []*scenarios.Scenario, format string) error {
	if len(list) == 0 {
		return usageError("no story has what --tags asks for")
	}
	line := func(s *scenarios.Scenario) string { return report.Clean(newStoryDoc(s, heading{}).line()) }
	doc := func(s *scenarios.Scenario, h heading) any { return newStoryDoc(s, h) }
	return writeList(a.stdout, format, "story", list, line, doc, func(docs []any) any {
		return struct {
			heading
			Stories []any `json:"stories"`
		}{heading{report.Version, "stories"}, docs}
	})
}

func newStoryDoc(s *scenarios.Scenario, h heading) storyDoc {
	return storyDoc{
		heading: h, File: s.File, Line: s.Line, Name: s.Name, Steps: len(s.Steps),
		Tags: append([]string{}, s.Tags...), Profiles: append([]string{}, s.Profiles...),
	}
}

// line is a story in a list for people.
func (d storyDoc) line() string {
	line := fmt.Sprintf("%s:%d  %s", d.File, d.Line, d.Name)
	if len(d.Profiles) > 0 {
		line += "  [" + strings.Join(d.Profiles, ", ") + "]"
	}
	if len(d.Tags) > 0 {
		line += "  (" + strings.Join(d.Tags, ", ") + ")"
	}
	return line
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
