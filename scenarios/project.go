package scenarios

import (
	"os"
	"path/filepath"
)

// ProjectFile is the name of the file that holds a project's actions, stages
// and variables.
const ProjectFile = "hookdrill.yaml"

// Project is what hookdrill.yaml holds: the actions, stages and variables that
// the stories below it share.
type Project struct {
	File    string
	Env     map[string]EnvVar
	Actions map[string]Action
	Stages  map[string]Stage

	values  map[string]string // of the variables
	secrets []string
}

// FindProject looks for hookdrill.yaml in dir and then in each folder above it,
// and returns its path, "" when there is none.
func FindProject(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	for {
		name := filepath.Join(dir, ProjectFile)
		if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() {
			return name, nil
		}
		above := filepath.Dir(dir)
		if above == dir {
			return "", nil
		}
		dir = above
	}
}

// project reads a whole hookdrill.yaml.
func (l *loader) project(root *node) *Project {
	p := &Project{File: l.file, Actions: map[string]Action{}, Stages: map[string]Stage{}}
	p.Env, p.values = l.variables(root, nil)
	l.object(root, "project", []field{
		{"env", false, func(*node) {}}, // read above: the others refer to it
		{"actions", false, func(n *node) { p.Actions = l.actions(n, false) }},
		{"stages", false, func(n *node) { p.Stages = l.stages(n, false) }},
	})
	l.checkActions(p.Actions, p.Stages)
	p.secrets = l.secrets
	return p
}
