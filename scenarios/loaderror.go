package scenarios

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// LoadError is a mistake in a user's file, shown on the user's line.
type LoadError struct {
	File         string
	Line, Column int    // from 1, in characters; 0: the whole file
	Text         string // the line as it is shown: shortened, control characters escaped
	Problem      string // what was found: "unknown key \"presss\""
	Hint         string // what would do: "did you mean \"press\"?"

	caret int   // columns of Text before the caret
	cause error // what the file system or another package said
}

// Error writes "file:line:column: problem (hint)", then the line and a caret
// under the place; a mistake of the whole file has neither position nor line.
func (e *LoadError) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	if e.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", e.Line, e.Column)
	}
	b.WriteString(": " + e.Problem)
	if e.Hint != "" {
		b.WriteString(" (" + e.Hint + ")")
	}
	if e.Line > 0 {
		number := fmt.Sprintf("%5d | ", e.Line)
		fmt.Fprintf(&b, "\n%s%s\n%s| %s^", number, e.Text, strings.Repeat(" ", len(number)-2), strings.Repeat(" ", e.caret))
	}
	return b.String()
}

// Unwrap returns what the file system or another package said, nil where the
// mistake was found here.
func (e *LoadError) Unwrap() error { return e.cause }

// source is one file's text with its name for messages.
type source struct {
	file  string
	data  []byte
	lines []int // where each line begins
}

func newSource(file string, data []byte) *source {
	s := &source{file: file, data: data, lines: []int{0}}
	for i := 0; i < len(data); {
		if n := lineBreak(data[i:]); n > 0 {
			i += n
			s.lines = append(s.lines, i)
			continue
		}
		i++
	}
	return s
}

// lineBreak returns how many bytes of a line break data begins with, as the
// YAML reader counts lines.
func lineBreak(data []byte) int {
	switch {
	case data[0] == '\n':
		return 1
	case data[0] == '\r' && len(data) > 1 && data[1] == '\n':
		return 2
	case data[0] == '\r':
		return 1
	case bytes.HasPrefix(data, []byte("\u2028")), bytes.HasPrefix(data, []byte("\u2029")):
		return 3
	}
	return 0
}

// line returns the text of line n, from 1, without its end; "" beyond the file.
func (s *source) line(n int) string {
	if n < 1 || n > len(s.lines) {
		return ""
	}
	end := len(s.data)
	if n < len(s.lines) {
		end = s.lines[n]
	}
	return strings.TrimRight(string(s.data[s.lines[n-1]:end]), "\r\n\u2028\u2029")
}

// at returns line and column of the byte at offset.
func (s *source) at(offset int) Position {
	line := 1
	for line < len(s.lines) && s.lines[line] <= offset {
		line++
	}
	return Position{line, utf8.RuneCount(s.data[s.lines[line-1]:offset]) + 1}
}

// fail makes the error that shows p's line.
func (s *source) fail(p Position, problem, hint string) *LoadError {
	text, caret := shown(s.line(p.Line), p.Column)
	return &LoadError{File: s.file, Line: p.Line, Column: p.Column, Text: text, caret: caret, Problem: visible(clip(problem)), Hint: visible(clip(hint))}
}

// clip bounds what a message repeats of a file.
func clip(s string) string {
	if runes := []rune(s); len(runes) > 400 {
		return string(runes[:400]) + "…"
	}
	return s
}

// How much of a line is shown, in characters, and how much of it stands before
// the caret when the line is cut at its beginning.
const (
	shownWidth  = 100
	shownBefore = 60
)

// shown returns what a message shows of a line, and how far in the column is.
func shown(line string, column int) (text string, caret int) {
	runes := []rune(line)
	at := min(max(column-1, 0), len(runes))
	from, to := 0, len(runes)
	if len(runes) > shownWidth {
		from = max(0, at-shownBefore)
		to = min(len(runes), from+shownWidth)
	}
	var b strings.Builder
	if from > 0 {
		b.WriteString("…")
	}
	b.WriteString(visible(string(runes[from:at])))
	caret = utf8.RuneCountInString(b.String())
	b.WriteString(visible(string(runes[at:to])))
	if to < len(runes) {
		b.WriteString("…")
	}
	return b.String(), caret
}

// visible escapes what a terminal would act on: control characters, marks that
// change the direction of text, and bytes that are not UTF-8.
func visible(s string) string {
	harmless := func(r rune) bool { return r != utf8.RuneError && unicode.IsPrint(r) }
	if strings.IndexFunc(s, func(r rune) bool { return !harmless(r) }) < 0 {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case harmless(r):
			b.WriteRune(r)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\n':
			b.WriteString(`\n`)
		case r == utf8.RuneError && size == 1, r < utf8.RuneSelf:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
		s = s[size:]
	}
	return b.String()
}
