package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"

	"github.com/hookdrill/hookdrill/scenarios"
)

// errLineAlone is why FILE:LINE was refused.
var errLineAlone = usageError("FILE:LINE tells one story up to a step: name no other file beside it")

// storyFiles are the files of a run, and the project that they belong to.
type storyFiles struct {
	project string // path of hookdrill.yaml, "" for none
	files   []string
	line    int // of FILE:LINE, 0 for whole stories
}

// findStories finds what the arguments of run name; without any, drills/**/*.yaml
// beside hookdrill.yaml. The project is the one above the working directory, or,
// when there is none, above the first file.
func findStories(args []string) (storyFiles, error) {
	var found storyFiles
	var err error
	if found.project, err = projectAbove("."); err != nil {
		return found, err
	}
	if len(args) == 0 {
		return found.drills()
	}
	for _, arg := range args {
		file, line := cutLine(arg)
		if line > 0 && len(args) > 1 {
			return found, errLineAlone
		}
		found.line = line
		if err := found.add(file); err != nil {
			return found, err
		}
	}
	if len(found.files) == 0 {
		return found, usageError("no stories in %s: there is no *.yaml", strings.Join(args, ", "))
	}
	if found.project == "" {
		found.project, err = projectAbove(filepath.Dir(found.files[0]))
	}
	return found, err
}

// projectAbove is the path of the hookdrill.yaml in dir or above, from here.
func projectAbove(dir string) (string, error) {
	name, err := scenarios.FindProject(dir)
	if err != nil || name == "" {
		return "", err
	}
	here, err := os.Getwd()
	if err != nil {
		return name, nil
	}
	if short, err := filepath.Rel(here, name); err == nil {
		return short, nil
	}
	return name, nil
}

// drills are the project's own stories.
func (s storyFiles) drills() (storyFiles, error) {
	if s.project == "" {
		return s, usageError("no FILES, and no %s here or above; hookdrill init writes a first one", scenarios.ProjectFile)
	}
	folder := filepath.Join(filepath.Dir(s.project), "drills")
	if err := s.add(folder); err != nil {
		return s, err
	}
	if len(s.files) == 0 {
		return s, usageError("no stories: there is no *.yaml in %s", folder)
	}
	return s, nil
}

// add adds a file, or the stories of a folder and those below it, sorted.
func (s *storyFiles) add(name string) error {
	info, err := os.Stat(name)
	if err != nil || !info.IsDir() {
		s.files = append(s.files, name) // a file that is not there is the loader's to tell
		return nil
	}
	var inside []string
	err = filepath.WalkDir(name, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != name && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		case !d.IsDir() && isStory(d.Name()):
			inside = append(inside, path)
		}
		return nil
	})
	if err != nil {
		return usageError("cannot read: %w", err)
	}
	sort.Strings(inside)
	s.files = append(s.files, inside...)
	return nil
}

func isStory(name string) bool {
	ext := filepath.Ext(name)
	return (ext == ".yaml" || ext == ".yml") && name != scenarios.ProjectFile
}

// cutLine cuts the LINE off FILE:LINE; a file of that whole name is itself.
func cutLine(arg string) (file string, line int) {
	at := strings.LastIndexByte(arg, ':')
	if at < 0 {
		return arg, 0
	}
	n, err := strconv.Atoi(arg[at+1:])
	if err != nil || n < 1 {
		return arg, 0
	}
	if _, err := os.Lstat(arg); err == nil {
		return arg, 0
	}
	return arg[:at], n
}

// load reads the project and every story; all mistakes are told at once.
func (s storyFiles) load(o scenarios.LoadOptions) ([]*scenarios.Scenario, error) {
	var project *scenarios.Project
	if s.project != "" {
		fsys, name, options := beside(s.project, o)
		var err error
		if project, err = scenarios.LoadProject(fsys, name, options); err != nil {
			return nil, &codedError{exitUsage, err}
		}
	}
	var list []*scenarios.Scenario
	var errs []error
	for _, file := range s.files {
		fsys, name, options := beside(file, o)
		one, err := scenarios.Load(fsys, name, project, options)
		if err != nil {
			errs = append(errs, &codedError{exitUsage, err})
			continue
		}
		list = append(list, one)
	}
	return list, errors.Join(errs...)
}

// beside shows a file in its own folder, as the loader wants it.
func beside(path string, o scenarios.LoadOptions) (fs.FS, string, scenarios.LoadOptions) {
	o.Dir = filepath.Dir(path)
	return os.DirFS(o.Dir), filepath.Base(path), o
}
