package scenarios

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// LoadOptions is what loading takes from outside.
type LoadOptions struct {
	Getenv   func(string) (string, bool) // nil: no variable is set
	Profiles fs.FS                       // a user's own profiles; nil: ours alone

	// Dir is the folder on disk that the file system shows, as messages name
	// it. start:, lines: and ${file:…} work beneath it. Empty: it is none, as
	// with the shipped library.
	Dir string
}

// The limits of a file. Nothing that a person writes comes near them, and what
// a hostile one of that length makes of the YAML reader stays below 200 MB.
const (
	maxFile  = 256 << 10
	maxDepth = 64
)

// LoadProject reads a hookdrill.yaml. A mistake in it is a *LoadError.
func LoadProject(fsys fs.FS, name string, o LoadOptions) (*Project, error) {
	l, root, err := open(fsys, name, o)
	if err != nil {
		return nil, err
	}
	p := l.project(root)
	if err := l.err(); err != nil {
		return nil, err
	}
	return p, nil
}

// Load reads one story; p may be nil. A mistake in it is a *LoadError.
func Load(fsys fs.FS, name string, p *Project, o LoadOptions) (*Scenario, error) {
	l, root, err := open(fsys, name, o)
	if err != nil {
		return nil, err
	}
	s := l.combined(root, p)
	if err := l.err(); err != nil {
		return nil, err
	}
	return s, nil
}

// loader reads one file.
type loader struct {
	decoder
	references
	options LoadOptions
	catalog catalog
	fsys    fs.FS
	dir     string    // of the file, in fsys
	lateAt  *Position // where the story first expects a late answer; nil: it does not
}

// open reads the file and its YAML.
func open(fsys fs.FS, name string, o LoadOptions) (*loader, *node, error) {
	file := path.Join(filepath.ToSlash(o.Dir), name)
	data, err := readFile(fsys, name, maxFile+1)
	if err != nil {
		return nil, nil, unreadable(file, err)
	}
	src := newSource(file, bytes.TrimPrefix(data, []byte("\ufeff")))
	if e := src.legible(); e != nil {
		return nil, nil, e
	}
	root, e := src.parse()
	if e != nil {
		return nil, nil, e
	}
	return &loader{decoder: decoder{source: src}, options: o, fsys: fsys, dir: path.Dir(name)}, root, nil
}

var errNotRegular = errors.New("not a regular file")

// readFile reads a regular file up to limit bytes. It looks before it opens: a
// pipe would never answer.
func readFile(fsys fs.FS, name string, limit int64) ([]byte, error) {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errNotRegular
	}
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, limit))
}

// unreadable is the error of a file that could not be read at all.
func unreadable(file string, err error) *LoadError {
	e := &LoadError{File: visible(file), cause: err, Problem: visible("cannot be read: " + err.Error()), Hint: "a readable YAML file is needed"}
	var pathError *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.Problem, e.Hint = "no such file", "check the name, relative to the working directory"
	case errors.Is(err, errNotRegular):
		e.Problem, e.Hint = "not a regular file", "name a YAML file, not a folder or device"
	case errors.As(err, &pathError):
		e.Problem = visible("cannot be read: " + pathError.Err.Error())
	}
	return e
}

// legible refuses what is no text: too long, not UTF-8, with control
// characters.
func (s *source) legible() *LoadError {
	if len(s.data) > maxFile {
		return s.fail(s.at(maxFile), "the file is longer than 256 KiB", "split it into several stories")
	}
	for i := 0; i < len(s.data); {
		r, size := utf8.DecodeRune(s.data[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			return s.fail(s.at(i), fmt.Sprintf("byte 0x%02x is not UTF-8", s.data[i]), "save the file as UTF-8")
		case r < ' ' && r != '\t' && r != '\n' && r != '\r', r >= 0x7f && r < 0xa0, r == 0xfffe, r == 0xffff, r == '\ufeff':
			return s.fail(s.at(i), fmt.Sprintf("control character U+%04X", r), `take it out, or write it in double quotes as "\x.." or "\u...."`)
		}
		i += size
	}
	return nil
}

// parse reads the one YAML document of the file.
func (s *source) parse() (root *node, problem *LoadError) {
	// The library panics with what it calls internal errors; a strange file
	// must not end the program.
	defer func() {
		if v := recover(); v != nil {
			root, problem = nil, s.fail(Position{1, 1}, fmt.Sprintf("the YAML reader gave up: %v", v), "write it more simply")
		}
	}()
	l, err := yaml.NewLoader(bytes.NewReader(s.data), yaml.WithPlugin(limits{}))
	if err != nil {
		return nil, s.fail(Position{1, 1}, err.Error(), "")
	}
	var document, second yaml.Node
	switch err := l.Load(&document); {
	case errors.Is(err, io.EOF):
		return nil, s.fail(Position{1, 1}, "the file is empty", "see scenarios/README.md for the keys, or run hookdrill init")
	case err != nil:
		return nil, s.syntax(err)
	}
	switch err := l.Load(&second); {
	case err == nil:
		return nil, s.fail(Position{second.Line, second.Column}, "a second document begins here", "one file holds one document: take it out, or make a file of it")
	case !errors.Is(err, io.EOF):
		return nil, s.syntax(err)
	}
	return s.convert(document.Content[0])
}

// limits bounds what the YAML reader does. Aliases are refused before anything
// expands them.
type limits struct{}

var errTooDeep = errors.New("nested too deeply")

// CheckDepth refuses nesting beyond maxDepth.
func (limits) CheckDepth(depth int, _ *yaml.DepthContext) error {
	if depth > maxDepth {
		return errTooDeep
	}
	return nil
}

// CheckAlias accepts all: no alias is ever expanded.
func (limits) CheckAlias(int, int) error { return nil }

// syntax turns the library's error into ours.
func (s *source) syntax(err error) *LoadError {
	var e *yaml.LoadError
	if !errors.As(err, &e) {
		return s.fail(Position{1, 1}, err.Error(), "")
	}
	at := Position{max(e.Mark.Line, 1), max(e.Mark.Column, 1)}
	if len(s.lines) < at.Line {
		at = Position{len(s.lines), 1}
	}
	// In a flow map or list a bare ${ is a text "$" and then a map.
	line := []rune(s.line(at.Line))
	if c := at.Column - 1; c > 0 && c < len(line) && line[c-1] == '$' && line[c] == '{' {
		reference := string(line[c-1:])
		if before, _, ok := strings.Cut(reference, "}"); ok {
			reference = before + "}"
		}
		return s.fail(Position{at.Line, c}, fmt.Sprintf("%s without quotes in a flow map or list", reference), fmt.Sprintf("write %s", brief(reference)))
	}
	message := e.Message
	switch {
	case strings.Contains(message, "unexpected end of stream") && e.ContextMark.Line > 0:
		at = Position{e.ContextMark.Line, max(e.ContextMark.Column, 1)}
		message = e.ContextMsg + ": " + message
	case e.ContextMsg != "":
		message = fmt.Sprintf("%s from line %d: %s", e.ContextMsg, max(e.ContextMark.Line, 1), message)
	}
	return s.fail(at, message, s.syntaxHint(at, e.Message))
}

// syntaxHint says what usually leads to a syntax error.
func (s *source) syntaxHint(at Position, message string) string {
	line := s.line(at.Line)
	indent := line[:len(line)-len(strings.TrimLeft(line, " \t"))]
	switch {
	case strings.Contains(message, errTooDeep.Error()):
		return fmt.Sprintf("%d levels at most", maxDepth)
	case strings.Contains(indent, "\t"):
		return "indent with spaces, not tabs"
	case strings.Contains(message, "mapping values are not allowed"):
		return "quote a text that holds a colon and a space; keys of one map start in one column"
	case strings.Contains(message, "unknown anchor"):
		return "anchors and aliases are not used here: write the value out; quote a text that begins with *"
	case strings.Contains(message, "unexpected end of stream"):
		return "a quote is not closed"
	case strings.Contains(message, "cannot start any token"):
		return "quote a text that begins with @, ` or %"
	}
	return "check brackets, quotes and indentation"
}

// convert makes our nodes of the library's and refuses what a file has no use
// for: anchors, aliases, tags.
func (s *source) convert(n *yaml.Node) (*node, *LoadError) {
	at := Position{max(n.Line, 1), max(n.Column, 1)}
	switch {
	case n.Kind == yaml.AliasNode:
		return nil, s.fail(at, "alias *"+brief(n.Value), "anchors and aliases are not used here: write the value out; quote a text that begins with *")
	case n.Anchor != "":
		return nil, s.fail(at, "anchor &"+brief(n.Anchor), "anchors and aliases are not used here: write the value out; quote a text that begins with &")
	case n.Style&yaml.TaggedStyle != 0, n.Tag == "!":
		return nil, s.fail(at, "tag "+brief(n.Tag), "tags are not used here: quote a text that begins with !")
	}
	out := &node{Position: at}
	switch n.Kind {
	case yaml.ScalarNode:
		out.text = n.Value
		out.plain = n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) == 0
		return out, nil
	case yaml.MappingNode:
		out.kind = object
	default:
		out.kind = list
	}
	for i, child := range n.Content {
		c, err := s.convert(child)
		if err != nil {
			return nil, err
		}
		if out.kind == object && i%2 == 0 {
			out.keys = append(out.keys, c)
		} else {
			out.items = append(out.items, c)
		}
	}
	return out, nil
}
