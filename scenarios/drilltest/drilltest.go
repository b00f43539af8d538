// Package drilltest tells stories of presses, and presses buttons, inside a Go
// test: against a handler of yours, or against a server that runs already. It
// speaks over real sockets on the loopback, and stops all that it starts.
//
// In virtual time it speaks over a Network in memory: 16 seconds and two days of
// repeats cost milliseconds, and a nanosecond decides. A story is told so with
// Options.Virtual; a button is pressed so inside of Virtual. What is under test
// must not wait there for anything but net/http, the time package and the client
// that it is given: a socket of its own stops the clock of the bubble.
package drilltest

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"os"
	"path"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/hookdrill/hookdrill/scenarios"
)

// Options says what sits in your seat and how the stories are told. The zero
// Options tell them mock against mock.
type Options struct {
	// Handler makes what is under test, anew for each story on each profile, and
	// so may keep a state of its own. It is served over plain HTTP.
	Handler func(Seats) http.Handler
	// URL is, in place of Handler, a server of yours that runs already.
	URL string
	// Endpoint is the endpoint whose seat Handler or URL takes; "" is the one that
	// all actions of a story push to.
	Endpoint string
	// Effects are counters of yours in place of those that the stage has by the
	// same name. They never go down; what counts is by how much they rise.
	Effects map[string]func() int
	// Virtual tells each story in a bubble of testing/synctest, on a Network of its
	// own: time passes when all have nothing left to do but wait for it, so that a
	// deadline of 16 s costs nothing, is exact, and need not be shortened. Nothing
	// outside of the bubble can be reached: no URL, no process.
	Virtual bool

	Stage    string                      // "" is scenarios.DefaultStage
	Profiles []string                    // tell the stories on no others
	Own      fs.FS                       // profiles of your own; nil: those that are shipped
	Assume   map[string]string           // contested fact -> the side that is taken
	Deadline time.Duration               // in place of the documented one and the story's; 0: theirs
	Seed     uint64                      // decides ids; 0: SeedVariable's, or else chosen and told in each failure
	Getenv   func(string) (string, bool) // the variables that the files declare; nil: os.LookupEnv
	Dir      string                      // the folder on disk that fsys shows, as failures name it; lines: and ${file:…} need it
}

// Seats says where everybody sits in a story, and how they are reached.
type Seats struct {
	// URLs are those of all endpoints of the story, by name: the others are mocks. That
	// of the platform's API is "console"; console.DefaultKey is its key, and the links
	// in a body lead there.
	URLs   map[string]string
	Client *http.Client // what yours calls others with; in virtual time there is no other way
}

// SeedVariable is the environment variable whose number tells a failure again.
const SeedVariable = "HOOKDRILL_SEED"

// Test tells every story of fsys (*.yaml and *.yml in any folder) as a subtest,
// with one subtest below it for each profile, and fails those that do not pass. A
// hookdrill.yaml at the root of fsys is their project. The subtests run in
// parallel, one after the other only where they would share something: with URL
// or Effects. Stories tagged slow are left out of go test -short, but in virtual
// time nothing is slow.
func Test(t *testing.T, fsys fs.FS, o Options) {
	t.Helper()
	if o.Handler != nil && o.URL != "" {
		t.Fatal("drilltest: Handler and URL are both given: one of them can have the seat")
	}
	if o.Virtual && o.URL != "" {
		t.Fatal("drilltest: URL and Virtual are both given: a server that runs already does not live in virtual time; a Handler can")
	}
	if o.Getenv == nil {
		o.Getenv = os.LookupEnv
	}
	if err := o.seed(); err != nil {
		t.Fatal(err)
	}
	names, err := storyFiles(fsys)
	if err != nil {
		t.Fatalf("drilltest: look for stories: %v", err)
	}
	if len(names) == 0 {
		t.Fatal("drilltest: no story: there is no *.yaml in the file system")
	}
	project, err := o.project(fsys)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			o.parallel(t)
			story, err := scenarios.Load(fsys, name, project, o.loading())
			if err != nil {
				t.Fatal(err)
			}
			o.story(t, story)
		})
	}
}

// seed chooses the seed of all stories, unless it is given.
func (o *Options) seed() error {
	if o.Seed != 0 {
		return nil
	}
	text := os.Getenv(SeedVariable)
	if text == "" {
		o.Seed = uint64(rand.Uint32N(1<<31-1)) + 1 // short enough to be typed again
		return nil
	}
	var err error
	if o.Seed, err = strconv.ParseUint(text, 10, 64); err != nil {
		return fmt.Errorf("drilltest: %s=%q: a whole number would do", SeedVariable, text)
	}
	return nil
}

// storyFiles returns the names of the stories, sorted.
func storyFiles(fsys fs.FS) (names []string, err error) {
	err = fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		ext := path.Ext(name)
		if err == nil && !d.IsDir() && (ext == ".yaml" || ext == ".yml") && name != scenarios.ProjectFile {
			names = append(names, name)
		}
		return err
	})
	slices.Sort(names)
	return names, err
}

// loading is what the loader takes from outside.
func (o Options) loading() scenarios.LoadOptions {
	return scenarios.LoadOptions{Getenv: o.Getenv, Profiles: o.Own, Dir: o.Dir}
}

// project reads the stories' project, nil when there is none.
func (o Options) project(fsys fs.FS) (*scenarios.Project, error) {
	if _, err := fs.Stat(fsys, scenarios.ProjectFile); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return scenarios.LoadProject(fsys, scenarios.ProjectFile, o.loading())
}

// parallel lets t run beside others where they share nothing of yours.
func (o Options) parallel(t *testing.T) {
	if o.URL == "" && o.Effects == nil {
		t.Parallel()
	}
}
