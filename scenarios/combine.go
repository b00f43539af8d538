package scenarios

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// The bounds of a matrix: how many stories it makes of one, and how many bytes of
// the file are read for all of them.
const (
	maxCombinations = 256
	maxCombined     = 8 << 20
)

// axis is one name of a matrix with its values.
type axis struct {
	name   string
	values []*node
}

// combination is a value for each name of a matrix.
type combination struct {
	axes   []axis
	values []*node // of each axis
}

// matrix reads the matrix of a story, nil when it has none.
func (l *loader) matrix(root *node) []axis {
	n := root.get("matrix")
	if n == nil {
		return nil
	}
	var axes []axis
	count := 1
	l.table(n, "matrix", func(key, n *node) {
		if !isName(key.text) {
			l.wrong(key.Position, "name "+brief(key.text)+" in matrix", "letters, digits, _ and -")
			return
		}
		l.refuseReferences(n)
		a := axis{key.text, l.axisValues(key, n)}
		axes = append(axes, a)
		if count *= len(a.values); count > maxCombinations {
			l.wrong(key.Position, fmt.Sprintf("matrix makes %d stories or more", count), fmt.Sprintf("%d combinations at most: make several files of it", maxCombinations))
		}
	})
	switch {
	case l.failed():
	case len(axes) == 0:
		l.wrong(n.Position, "matrix is empty", "leave it out, or NAME: [VALUE, VALUE]")
	case count*len(l.data) > maxCombined:
		l.wrong(n.Position, fmt.Sprintf("%d combinations of a file of %d KiB", count, len(l.data)>>10), "8 MiB in all: shorten one of them")
	}
	return axes
}

// axisValues reads the values of one name.
func (l *loader) axisValues(key, n *node) []*node {
	l.list(n, "matrix "+key.text, func(item *node) {
		first := slices.IndexFunc(n.items, func(other *node) bool {
			return item.kind == scalar && other.kind == scalar && other.text == item.text && other.plain == item.plain
		})
		if first >= 0 && n.items[first] != item {
			l.wrong(item.Position, fmt.Sprintf("%s stands twice in matrix %s", item.found(), key.text), "name it once")
		}
	})
	if n.kind == list && len(n.items) == 0 {
		l.wrong(n.Position, "matrix "+key.text+" is an empty list", "no value makes no story: name one, or leave it out")
	}
	return n.items
}

// refuseReferences refuses values of a matrix that are made of others.
func (l *loader) refuseReferences(n *node) {
	if n.kind == scalar && strings.Contains(n.text, matrixReference) {
		l.wrong(l.place(n, matrixReference), "a value of the matrix refers to the matrix", "write it out")
	}
	for _, item := range n.items {
		if l.failed() {
			return
		}
		l.refuseReferences(item)
	}
}

// combine returns every combination of the axes, the last one's values changing
// fastest.
func combine(axes []axis) []combination {
	list := []combination{{axes: axes}}
	for _, a := range axes {
		var longer []combination
		for _, c := range list {
			for _, value := range a.values {
				longer = append(longer, combination{axes, append(slices.Clone(c.values), value)})
			}
		}
		list = longer
	}
	return list
}

// String writes "status 500, delay 2s".
func (c combination) String() string {
	var parts []string
	for i, a := range c.axes {
		value := c.values[i]
		text := value.text
		if value.kind != scalar || strings.TrimSpace(text) == "" || len([]rune(text)) > 40 || visible(text) != text {
			text = fmt.Sprintf("#%d", slices.Index(a.values, value)+1)
		}
		parts = append(parts, a.name+" "+text)
	}
	return strings.Join(parts, ", ")
}

// value returns what stands for name.
func (c combination) value(name string) (*node, bool) {
	for i, a := range c.axes {
		if a.name == name {
			return c.values[i], true
		}
	}
	return nil, false
}

// names returns the names of the matrix.
func (c combination) names() []string {
	var out []string
	for _, a := range c.axes {
		out = append(out, a.name)
	}
	return out
}

const matrixReference = "${matrix."

// fill returns n with the combination's values in the place of ${matrix.NAME}.
// What holds none is shared with n. A text that is nothing else takes the value as
// it is: a number stays a number, a list a list.
func (l *loader) fill(n *node, c combination) *node {
	if n.kind == scalar {
		if !strings.Contains(n.text, matrixReference) {
			return n
		}
		return l.filled(n, c)
	}
	out := n
	for i, item := range n.items {
		if l.failed() {
			return n
		}
		if n.kind == object && strings.Contains(n.keys[i].text, matrixReference) {
			l.wrong(n.keys[i].Position, "${matrix.…} in a key", "only values are replaced: write the keys out")
			return n
		}
		if with := l.fill(item, c); with != item {
			if out == n {
				copied := *n
				copied.items = slices.Clone(n.items)
				out = &copied
			}
			out.items[i] = with
		}
	}
	return out
}

// filled returns a scalar with the combination's values in it.
func (l *loader) filled(n *node, c combination) *node {
	out := *n
	whole := (*node)(nil)
	text, err := replaceReferences(n.text, func(ref string) (string, error) {
		name, ok := strings.CutPrefix(ref, "matrix.")
		if !ok {
			return "${" + ref + "}", nil // for the reader of the story
		}
		value, known := c.value(name)
		switch {
		case !known && len(c.axes) == 0:
			l.wrong(l.place(n, "${"+ref), fmt.Sprintf("%s, and the story has no matrix", brief("${"+ref+"}")), "matrix: {"+name+": [VALUE, VALUE]}")
			return "", errStop
		case !known:
			l.wrong(l.place(n, "${"+ref), fmt.Sprintf("matrix has no %s", brief(name)), suggest(name, c.names()))
			return "", errStop
		case n.text == "${"+ref+"}":
			whole = value
			return "", errStop
		case value.kind != scalar:
			l.wrong(l.place(n, "${"+ref), fmt.Sprintf("matrix %s is %s, and stands within a text here", name, value.found()), "only a text that is nothing else can be a list or a map")
			return "", errStop
		}
		if l.spent += len(value.text); l.spent > maxReferenced {
			return "", errTooMuch
		}
		return value.text, nil
	})
	switch {
	case whole != nil:
		copied := *whole
		copied.Position = n.Position
		return &copied
	case errors.Is(err, errTooMuch):
		l.wrong(n.Position, "more than 8 MiB come from variables, files and the matrix", "send less")
	case err == nil:
		out.text = text
	}
	return &out // another mistake is told by whoever reads the text
}

// combined reads a story once for each combination of its matrix.
func (l *loader) combined(root *node, p *Project) *Scenario {
	axes := l.matrix(root)
	if l.failed() {
		return nil
	}
	all := combine(axes)
	if axes == nil {
		return l.story(l.fill(root, all[0]), p)
	}
	var variants []*Scenario
	for _, c := range all {
		one := l.again()
		filled := one.fill(root, c)
		if l.mistake = one.mistake; l.failed() {
			return nil
		}
		s := one.story(filled, p)
		if one.failed() {
			l.mistake = one.mistake.with(c)
			return nil
		}
		s.chosen = c.String()
		s.Name += " (" + s.chosen + ")"
		variants, l.spent = append(variants, s), one.spent
	}
	whole := *variants[0]
	whole.Name, whole.variants, whole.chosen = root.get("name").text, variants, ""
	return &whole
}

// again returns a loader for one more reading of the same file.
func (l *loader) again() *loader {
	l.profiles()
	return &loader{
		decoder: decoder{source: l.source}, options: l.options, catalog: l.catalog, fsys: l.fsys, dir: l.dir,
		references: references{files: l.files, spent: l.spent},
	}
}

// with says with which values of a matrix the mistake is made, where its line
// takes one.
func (e *LoadError) with(c combination) *LoadError {
	if strings.Contains(e.Text, matrixReference) {
		e.Problem += " (" + visible(clip(c.String())) + ")"
	}
	return e
}

// Combinations returns what a report adds to the story's name for each combination
// of its matrix, "status 500, delay 2s"; none when it has no matrix.
func (s *Scenario) Combinations() (all []string) {
	for _, v := range s.variants {
		all = append(all, v.chosen)
	}
	return all
}

// Combination returns the story with one combination of its matrix alone, nil when
// it has no such one.
func (s *Scenario) Combination(name string) *Scenario {
	for _, v := range s.variants {
		if v.chosen == name {
			return v
		}
	}
	return nil
}

// combinations returns the story once for each combination of its matrix, the
// story itself when it has none. Positions are those of the one file; the names
// say the values.
func (s *Scenario) combinations() []*Scenario {
	if s.variants == nil {
		return []*Scenario{s}
	}
	return s.variants
}
