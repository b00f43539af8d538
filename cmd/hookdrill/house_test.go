package main

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/hookdrill/hookdrill/schema"
)

const module = "github.com/hookdrill/hookdrill"

// rooms says which rooms of the house each room may know, directly. A room that
// is not here has no place in the house yet.
var rooms = map[string][]string{
	"schema":              {},
	"sender":              {"schema"},
	"sender/console":      {"sender", "schema"},
	"receiver":            {"schema"},
	"receiver/inspector":  {"receiver", "schema"},
	"scenarios":           {"sender", "sender/console", "receiver", "schema"},
	"scenarios/report":    {"scenarios", "sender", "receiver", "schema"},
	"scenarios/drilltest": {"scenarios", "sender", "sender/console", "receiver", "schema"},
	"cmd/hookdrill": {"scenarios", "scenarios/report", "sender", "sender/console", "receiver", "receiver/inspector",
		"schema"},
}

// topLevel is all that may stand in the module's root.
var topLevel = []string{
	"cmd", "sender", "receiver", "schema", "scenarios", "go.mod", "go.sum", "Makefile", "README.md",
	".ci", ".github", "staticcheck.conf", "LICENSE", "NOTICE", "CHANGELOG.md", "Dockerfile",
	".git", ".gitignore", "bin", ".cache",
}

// listed is what go list says of a package.
type listed struct {
	ImportPath                         string
	Dir                                string
	Standard                           bool
	Imports, TestImports, XTestImports []string
}

// goList runs go list in the module's root.
func goList(t *testing.T, args ...string) []listed {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("go is not in PATH")
	}
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Dir,Standard,Imports,TestImports,XTestImports"}, args...)...)
	cmd.Dir = root
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var list []listed
	dec := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
}

// root is the module's root, seen from this package.
var root = filepath.Join("..", "..")

// room cuts the module's name off a package's path.
func room(path string) (name string, ours bool) { return strings.CutPrefix(path, module+"/") }

func TestNoImportClimbs(t *testing.T) {
	for _, p := range goList(t, "./...") {
		name, _ := room(p.ImportPath)
		may, known := rooms[name]
		if !known {
			t.Errorf("%s is no room of the house: say here what it may know", name)
			continue
		}
		for _, path := range p.Imports {
			if other, ours := room(path); ours && !slices.Contains(may, other) {
				t.Errorf("%s imports %s; it may know %v", name, other, may)
			}
		}
	}
}

// It links package testing, and is nothing that a program could do with.
func TestOnlyTestsImportDrilltest(t *testing.T) {
	for _, p := range goList(t, "./...") {
		if slices.Contains(p.Imports, module+"/scenarios/drilltest") {
			t.Errorf("%s imports scenarios/drilltest outside of its tests", p.ImportPath)
		}
	}
}

func TestTheTwoHalvesMeetOnlyOnTheWire(t *testing.T) {
	halves := map[string]string{"sender": "receiver", "sender/console": "receiver", "receiver": "sender", "receiver/inspector": "sender"}
	for _, p := range goList(t, "./sender/...", "./receiver/...") {
		name, _ := room(p.ImportPath)
		for _, path := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			if other, ours := room(path); ours && strings.HasPrefix(other, halves[name]) {
				t.Errorf("%s or its tests import %s: a harness whose halves share code proves only that it agrees with itself", name, other)
			}
		}
	}
}

func TestWhatTheBinaryDoesNotLink(t *testing.T) {
	for _, p := range goList(t, "-deps", "./cmd/hookdrill") {
		switch p.ImportPath {
		case "net/http/pprof", "expvar", "testing":
			t.Errorf("%s is linked into hookdrill", p.ImportPath)
		}
	}
}

func TestOnlyScenariosReadYAML(t *testing.T) {
	for _, p := range goList(t, "./...") {
		name, _ := room(p.ImportPath)
		for _, path := range p.Imports {
			if strings.HasPrefix(path, "go.yaml.in/") && name != "scenarios" {
				t.Errorf("%s imports %s", name, path)
			}
		}
	}
}

func TestTheTopLevelIsFixed(t *testing.T) {
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !slices.Contains(topLevel, e.Name()) {
			t.Errorf("%s stands in the module's root", e.Name())
		}
	}
	walk(t, func(path string, d fs.DirEntry) {
		if d.IsDir() && slices.Contains([]string{"internal", "pkg", "utils", "util", "types", "common", "helpers"}, d.Name()) {
			t.Errorf("%s: a package is a noun of the domain", path)
		}
	})
}

// A rule of a platform is a fact in its profile, so no code asks which platform
// it has before it.
func TestNoCodeAsksForAPlatform(t *testing.T) {
	platforms := map[string]bool{}
	for _, ref := range schema.List() {
		platforms[ref.Platform] = true
	}
	if len(platforms) < 2 {
		t.Fatalf("platforms of the catalog: %v", platforms)
	}
	names := func(e ast.Expr) bool {
		lit, ok := e.(*ast.BasicLit)
		if !ok || lit.Kind != token.STRING {
			return false
		}
		text, err := strconv.Unquote(lit.Value)
		platform, _, _ := strings.Cut(text, "@")
		return err == nil && platforms[platform]
	}
	walk(t, func(path string, d fs.DirEntry) {
		if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			asked := false
			switch n := n.(type) {
			case *ast.BinaryExpr:
				asked = (n.Op == token.EQL || n.Op == token.NEQ) && (names(n.X) || names(n.Y))
			case *ast.CaseClause:
				asked = slices.ContainsFunc(n.List, names)
			}
			if asked {
				t.Errorf("%s asks for a platform: a fact is missing in profile.json", files.Position(n.Pos()))
			}
			return true
		})
	})
}

// walk calls f for every file and folder of the module but what git keeps.
func walk(t *testing.T, f func(path string, d fs.DirEntry)) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && d.Name() == ".git" {
			return fs.SkipDir
		}
		f(path, d)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
