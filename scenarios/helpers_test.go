package scenarios_test

import (
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/hookdrill/hookdrill/scenarios"
)

// written reads one story from text.
func written(t testing.TB, text string) *scenarios.Scenario {
	t.Helper()
	return loadAs(t, "story.yaml", text)
}

func loadAs(t testing.TB, name, text string) *scenarios.Scenario {
	t.Helper()
	s, err := scenarios.Load(fstest.MapFS{name: {Data: []byte(text)}}, name, nil, scenarios.LoadOptions{})
	if err != nil {
		t.Fatalf("Load(): %v\n%s", err, text)
	}
	return s
}

// project writes files into a folder and loads its hookdrill.yaml and the story
// drills/story.yaml.
func project(t testing.TB, files map[string]string, getenv func(string) (string, bool)) *scenarios.Scenario {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	options := scenarios.LoadOptions{Dir: dir, Getenv: getenv}
	p, err := scenarios.LoadProject(os.DirFS(dir), scenarios.ProjectFile, options)
	if err != nil {
		t.Fatalf("LoadProject(): %v", err)
	}
	s, err := scenarios.Load(os.DirFS(dir), "drills/story.yaml", p, options)
	if err != nil {
		t.Fatalf("Load(): %v", err)
	}
	return s
}

// one runs a story that has one result and returns it.
func one(t testing.TB, r scenarios.Runner, s *scenarios.Scenario) scenarios.Result {
	t.Helper()
	run := r.Run(t.Context(), []*scenarios.Scenario{s})
	if len(run.Results) != 1 {
		t.Fatalf("Run() has %d results, want 1", len(run.Results))
	}
	return run.Results[0]
}

// failures returns the sentences of a result's failures.
func failures(r scenarios.Result) []string {
	var texts []string
	for _, step := range r.Steps {
		for _, f := range step.Failures {
			texts = append(texts, f.Text)
		}
	}
	return texts
}
