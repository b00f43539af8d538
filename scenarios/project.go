package scenarios

import (
	"errors"
	"io/fs"
	"time"
)

// Project is what hookdrill.yaml holds: the actions, stages and variables that
// the stories below it share.
type Project struct {
	File    string
	Env     map[string]EnvVar
	Actions map[string]Action
	Stages  map[string]Stage
}

// LoadError is a mistake in a user's file, shown on the user's line.
type LoadError struct {
	File         string
	Line, Column int    // from 1; 0: the whole file
	Text         string // the line itself
	Problem      string // what was found: "unknown key \"presss\""
	Hint         string // what would do: "did you mean \"press\"?"
}

// Error writes "file:line:column: problem (hint)", the line and a caret.
func (e *LoadError) Error() string { return e.File + ": " + e.Problem }

// LoadOptions is what loading takes from outside.
type LoadOptions struct {
	Getenv   func(string) (string, bool) // nil: no variable is set
	Profiles fs.FS                       // a user's own profiles; nil: ours alone
}

// LoadProject reads a hookdrill.yaml.
func LoadProject(fsys fs.FS, name string, o LoadOptions) (*Project, error) {
	return nil, errors.New("not built yet")
}

// Load reads one story; p may be nil. A mistake in it is a *LoadError.
func Load(fsys fs.FS, name string, p *Project, o LoadOptions) (*Scenario, error) {
	return nil, errors.New("not built yet")
}

// Duration is how files write times: a number with a unit.
type Duration time.Duration
