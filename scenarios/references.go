package scenarios

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"
)

// references is what a loader knows about ${…} in texts.
type references struct {
	declared map[string]EnvVar
	values   map[string]string // of the declared variables
	files    map[string]string // contents of ${file:…}, by path
	spent    int               // bytes that came from variables and files
	secrets  []string
	pending  map[string][]pendingReference // by stage, "" for what is the story's own
	reading  stepPlace                     // the step that is being read
	consoles map[string]map[string]bool    // platforms whose console is referred to, by stage; "" as above
	buttons  []pendingReference            // actions that references to the console name
	captured []capturedReference
}

// parts are the lists of steps of a story, in the order in which they are told.
var parts = []string{"setup", "steps", "teardown"}

// stepPlace is where a step stands in the order of telling: an index of parts,
// and one in that list.
type stepPlace struct{ part, index int }

// capturedReference is ${captured.name} in a step.
type capturedReference struct {
	node *node
	name string
	at   stepPlace
}

// pendingReference is a name of an endpoint or of a request that is looked up
// when the whole stage, or the whole story, is read.
type pendingReference struct {
	node *node
	ref  string // "endpoints.agent.url"
	root string // "endpoints" or "request"
	name string
}

// scope says what a text may refer to beside variables and files.
type scope struct {
	stage   string // the stage that the text is part of, "" for none
	request bool   // ${request.…} is known there
	secret  bool   // files named in it hold secrets, as in headers
	step    bool   // ${captured.…} is known there
	console bool   // all of ${console.…} is known there
	address bool   // ${console.url} and ${console.key} are
}

// The scopes of texts in steps.
var (
	inStep       = scope{step: true, console: true}
	secretInStep = scope{step: true, console: true, secret: true}
)

// The most that variables and files may bring into one story.
const (
	maxReferenced = 8 << 20
	maxReference  = 1 << 20
)

// variables reads env: of root over the project's and looks every variable up.
func (l *loader) variables(root *node, p *Project) (map[string]EnvVar, map[string]string) {
	l.declared, l.values = map[string]EnvVar{}, map[string]string{}
	if l.files == nil {
		l.files = map[string]string{}
	}
	l.pending, l.consoles = map[string][]pendingReference{}, map[string]map[string]bool{}
	if p != nil {
		for name, v := range p.Env {
			l.declared[name], l.values[name] = v, p.values[name]
		}
		l.secrets = append(l.secrets, p.secrets...)
	}
	if n := root.get("env"); n != nil {
		l.table(n, "env", l.variable)
	}
	return l.declared, l.values
}

// variable reads one declaration.
func (l *loader) variable(key, n *node) {
	var v EnvVar
	if !n.empty() {
		l.object(n, "variable "+key.text, []field{
			{"default", false, func(n *node) {
				if n.kind != scalar {
					l.wrong(n.Position, fmt.Sprintf("the default of %s is %s", key.text, n.found()), "a text is needed")
				}
				v.Default = &n.text
			}},
		})
	}
	if strings.ContainsAny(key.text, "=}{ ") {
		l.wrong(key.Position, "variable name "+brief(key.text), "letters, digits and _")
		return
	}
	l.declared[key.text] = v
	value, set := "", false
	if l.options.Getenv != nil {
		value, set = l.options.Getenv(key.text)
	}
	switch {
	case set && strings.Contains(value, "${"):
		l.wrong(key.Position, fmt.Sprintf("the value of %s holds ${", key.text), "a value is used as it is and cannot refer to others")
	case set:
		l.values[key.text] = value
		if v.Default == nil || value != *v.Default {
			l.secrets = append(l.secrets, value)
		}
	case v.Default != nil:
		l.values[key.text] = *v.Default
	default:
		l.wrong(key.Position, fmt.Sprintf("variable %s is not set and has no default", key.text), fmt.Sprintf("export %s=…, or declare {default: …}", key.text))
	}
}

// expanded reads a text and puts variables and files in. References to
// endpoints and requests stay: they are known when the story runs.
func (l *loader) expanded(n *node, what string, s scope) string {
	return l.resolve(n, l.text(n, what), s)
}

func (l *loader) resolve(n *node, text string, s scope) string {
	if !strings.Contains(text, "${") {
		return text
	}
	out, err := replaceReferences(text, func(ref string) (string, error) {
		value, problem, hint := l.reference(n, ref, s)
		if problem != "" {
			l.wrong(l.place(n, "${"+ref), problem, hint)
			return "", errStop
		}
		if l.spent += len(value); l.spent > maxReferenced {
			return "", errTooMuch
		}
		return value, nil
	})
	switch {
	case errors.Is(err, errTooMuch):
		l.wrong(n.Position, "more than 8 MiB come from variables, files and the matrix", "send less")
	case err != nil && !errors.Is(err, errStop):
		l.wrong(l.place(n, "${"), err.Error(), "write ${name}")
	}
	return out
}

var (
	errTooMuch = errors.New("too much")
	errStop    = errors.New("told already")
)

// reference returns what stands for ${ref}, or what is wrong with it.
func (l *loader) reference(n *node, ref string, s scope) (value, problem, hint string) {
	keep := "${" + ref + "}"
	if name, ok := strings.CutPrefix(ref, "file:"); ok {
		return l.fileReference(name, s)
	}
	root, name, _ := strings.Cut(ref, ".")
	switch root {
	case "env":
		value, ok := l.values[name]
		if _, declared := l.declared[name]; !ok && !declared {
			return "", fmt.Sprintf("variable %s is not declared", brief(name)), "declare it: env: {" + name + ": {default: …}}"
		}
		return value, "", ""
	case "endpoints":
		endpoint, ok := strings.CutSuffix(name, ".url")
		if !ok || endpoint == "" {
			return "", fmt.Sprintf("reference %s", brief(keep)), "write ${endpoints.NAME.url}"
		}
		l.pending[s.stage] = append(l.pending[s.stage], pendingReference{n, ref, root, endpoint})
		return keep, "", ""
	case "request", "answer":
		if !s.request {
			return "", keep + " outside a reaction", "only reactions know the request that they answer"
		}
		if pointer, is := bodyPointer(ref); is {
			problem, hint = badPointer("${"+ref+"}", pointer)
			return keep, problem, hint
		}
		l.pending[s.stage] = append(l.pending[s.stage], pendingReference{n, ref, root, name})
		return keep, "", ""
	case "console":
		problem, hint = l.consoleReference(n, name, s)
		return keep, problem, hint
	case "captured":
		if !s.step {
			return "", keep + " outside the steps", "only what a step sends or expects can hold what an earlier one captured"
		}
		l.captured = append(l.captured, capturedReference{n, name, l.reading})
		return keep, "", ""
	case "matrix": // a story's own were put in before
		return "", keep + " outside a story", "only stories have a matrix"
	}
	return "", fmt.Sprintf("unknown reference %s", brief(keep)), suggest(root, []string{"env", "file", "endpoints", "request", "answer", "console", "captured", "matrix"})
}

// fileReference reads the file of ${file:name} beneath the folder of the file
// that names it.
func (l *loader) fileReference(name string, s scope) (value, problem, hint string) {
	if content, ok := l.files[name]; ok {
		l.keepSecret(content, s)
		return content, "", ""
	}
	what := "${file:" + name + "}: "
	if name == "" || name == "." || !fs.ValidPath(filepath.ToSlash(name)) {
		return "", what + "the path leaves the folder", "name a file beneath this file's folder, without .. and not absolute"
	}
	data, err := l.readBeneath(name)
	var pathError *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", what + "no such file", "paths begin at this file's folder"
	case errors.Is(err, errNotRegular):
		return "", what + "not a regular file", "folders, devices and pipes are not read"
	case errors.As(err, &pathError):
		return "", what + pathError.Err.Error(), "a file beneath this file's folder is needed"
	case err != nil:
		return "", what + err.Error(), "a file beneath this file's folder is needed"
	case len(data) > maxReference:
		return "", what + "longer than 1 MiB", "send less"
	case !utf8.Valid(data):
		return "", what + "not UTF-8", "texts are UTF-8"
	}
	content := strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r")
	l.files[name] = content
	l.keepSecret(content, s)
	return content, "", ""
}

// keepSecret notes the content of a file that stands where secrets do.
func (l *loader) keepSecret(content string, s scope) {
	if s.secret && content != "" && !slices.Contains(l.secrets, content) {
		l.secrets = append(l.secrets, content)
	}
}

// readBeneath reads a file beneath the loader's folder; links that lead out are
// not followed.
func (l *loader) readBeneath(name string) ([]byte, error) {
	if l.options.Dir != "" {
		root, err := os.OpenRoot(l.folder())
		if err != nil {
			return nil, err
		}
		defer root.Close()
		return readFile(root.FS(), name, maxReference+1)
	}
	// Without a folder on disk nobody can tell where a link leads.
	for at := name; at != "."; at = path.Dir(at) {
		info, err := fs.Lstat(l.fsys, path.Join(l.dir, at))
		if err != nil {
			return nil, err
		}
		if info.Mode()&fs.ModeSymlink != 0 {
			return nil, errNotRegular
		}
	}
	return readFile(l.fsys, path.Join(l.dir, name), maxReference+1)
}

// folder returns the folder of the file on disk.
func (l *loader) folder() string {
	return filepath.Join(l.options.Dir, filepath.FromSlash(l.dir))
}

// place returns where fragment stands in the line of n, n's own place when it
// stands elsewhere, as in a block or behind an escape.
func (l *loader) place(n *node, fragment string) Position {
	line := []rune(l.line(n.Line))
	from := min(n.Column-1, len(line))
	before, _, ok := strings.Cut(string(line[from:]), fragment)
	if !ok {
		return n.Position
	}
	return Position{n.Line, n.Column + utf8.RuneCountInString(before)}
}

// replaceReferences puts f's answer for each ${name} of text in its place. The
// answers are not looked into again.
func replaceReferences(text string, f func(name string) (string, error)) (string, error) {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "${")
		b.WriteString(before)
		if !found {
			return b.String(), nil
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed || name == "" || strings.ContainsAny(name, "\n{") {
			return "", fmt.Errorf("%s is no reference", brief("${"+name))
		}
		value, err := f(name)
		if err != nil {
			return "", err
		}
		b.WriteString(value)
		text = after
	}
}
