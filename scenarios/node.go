package scenarios

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// nodeKind says what a node is.
type nodeKind int

const (
	scalar nodeKind = iota
	list
	object
)

// node is one value of a file with its place: what is left of YAML after it was
// read, so that nothing but load.go knows the library.
type node struct {
	Position
	kind  nodeKind
	plain bool    // a scalar without quotes
	text  string  // a scalar's text as it stands in the file
	keys  []*node // of an object, one for each of items
	items []*node
}

// empty reports whether n is a scalar with nothing in it, as "key:" leaves it.
func (n *node) empty() bool { return n.kind == scalar && n.plain && isNull(n.text) }

// found says in words what n is.
func (n *node) found() string {
	switch {
	case n.kind == list:
		return "a list"
	case n.kind == object:
		return "a map"
	case n.empty():
		return "empty"
	}
	return brief(n.text)
}

// decoder reads nodes into nouns until it meets a mistake, which is the one to
// tell: a file with a hundred thousand of them must not take longer than one
// with none.
type decoder struct {
	*source
	mistake *LoadError
}

func (d *decoder) wrong(at Position, problem, hint string) {
	if d.mistake == nil {
		d.mistake = d.fail(at, problem, hint)
	}
}

// failed reports whether there is a mistake and nothing more needs a look.
func (d *decoder) failed() bool { return d.mistake != nil }

// err returns the mistake, nil when there is none.
func (d *decoder) err() error {
	if d.mistake == nil {
		return nil
	}
	return d.mistake
}

// field is one key that an object may have.
type field struct {
	key  string
	must bool // the key is required
	read func(*node)
}

// object reads n key by key and refuses the keys that fields lacks. It reports
// whether n is an object at all.
func (d *decoder) object(n *node, what string, fields []field) bool {
	if n.kind != object {
		d.wrong(n.Position, fmt.Sprintf("%s is %s", what, n.found()), "a map is needed: keys with values")
		return false
	}
	known := make([]string, len(fields))
	for i, f := range fields {
		known[i] = f.key
	}
	d.each(n, func(key, value *node) {
		i := slices.Index(known, key.text)
		if i < 0 {
			d.wrong(key.Position, fmt.Sprintf("unknown key %s in %s", brief(key.text), what), suggest(key.text, known))
			return
		}
		fields[i].read(value)
	})
	for _, f := range fields {
		if f.must && n.get(f.key) == nil {
			d.wrong(n.Position, fmt.Sprintf("%s has no %q", what, f.key), "it is required")
		}
	}
	return true
}

// get returns the value of key, nil when n has none.
func (n *node) get(key string) *node {
	for i, k := range n.keys {
		if k.text == key {
			return n.items[i]
		}
	}
	return nil
}

// each calls f for every key of an object; a key that stands twice is wrong.
func (d *decoder) each(n *node, f func(key, value *node)) {
	seen := make(map[string]int, len(n.keys))
	for i, key := range n.keys {
		if d.failed() {
			return
		}
		switch first, twice := seen[key.text]; {
		case twice:
			d.wrong(key.Position, fmt.Sprintf("key %s stands twice", brief(key.text)), fmt.Sprintf("first on line %d", first))
		case key.kind != scalar || key.empty():
			d.wrong(key.Position, "a key is "+key.found(), "a name is needed")
		case key.plain && key.text == "<<":
			d.wrong(key.Position, "merge key <<", "write the keys out")
		default:
			seen[key.text] = key.Line
			f(key, n.items[i])
		}
	}
}

// table reads an object whose keys are names that the user gives.
func (d *decoder) table(n *node, what string, f func(key, value *node)) {
	if n.kind != object {
		d.wrong(n.Position, fmt.Sprintf("%s is %s", what, n.found()), "a map is needed: names with values")
		return
	}
	d.each(n, func(key, value *node) {
		if strings.TrimSpace(key.text) != key.text || key.text == "" || strings.ContainsAny(key.text, "\n\r") {
			d.wrong(key.Position, fmt.Sprintf("name %s in %s", brief(key.text), what), "no white space around it, and one line")
			return
		}
		f(key, value)
	})
}

// list reads a list, each element by f.
func (d *decoder) list(n *node, what string, f func(*node)) {
	if n.kind != list {
		d.wrong(n.Position, fmt.Sprintf("%s is %s", what, n.found()), "a list is needed: [a, b]")
		return
	}
	for _, item := range n.items {
		if d.failed() {
			return
		}
		f(item)
	}
}

// text reads one scalar as it stands in the file; nothing at all is wrong.
func (d *decoder) text(n *node, what string) string {
	switch {
	case n.kind != scalar:
		d.wrong(n.Position, fmt.Sprintf("%s is %s", what, n.found()), "a text is needed")
		return ""
	case n.empty(), n.text == "":
		d.wrong(n.Position, what+" is empty", "leave the key out, or give a text")
		return ""
	}
	return n.text
}

// texts reads a list of texts; one text alone is a list of one.
func (d *decoder) texts(n *node, what string) []string {
	if n.kind == scalar {
		return []string{d.text(n, what)}
	}
	out := []string{}
	d.list(n, what, func(item *node) { out = append(out, d.text(item, what)) })
	return out
}

// oneOf reads one of the names known.
func (d *decoder) oneOf(n *node, what string, known []string) string {
	text := d.text(n, what)
	if text != "" && !slices.Contains(known, text) {
		d.wrong(n.Position, fmt.Sprintf("unknown %s %s", what, brief(text)), suggest(text, known))
	}
	return text
}

// flag reads true or false.
func (d *decoder) flag(n *node, what string) bool {
	if value, ok := boolean(n); ok {
		return value
	}
	d.wrong(n.Position, fmt.Sprintf("%s is %s", what, n.found()), "true or false is needed")
	return false
}

// maxCount bounds every count in a file: more cannot be meant.
const maxCount = 100_000

// count reads a whole number from least to most.
func (d *decoder) count(n *node, what string, least, most int) int {
	if n.kind == scalar && n.plain && len(n.text) <= 9 {
		value, err := strconv.Atoi(n.text)
		if err == nil && value >= least && value <= most {
			return value
		}
	}
	d.wrong(n.Position, fmt.Sprintf("%s is %s", what, n.found()), fmt.Sprintf("a whole number from %d to %d is needed", least, most))
	return 0
}

// maxDuration bounds every time in a file.
const maxDuration = 24 * time.Hour

// duration reads a time with its unit; zero is wrong unless allowed.
func (d *decoder) duration(n *node, what string, zero bool) time.Duration {
	return d.time(n, what, zero, maxDuration)
}

func (d *decoder) time(n *node, what string, zero bool, most time.Duration) time.Duration {
	if n.kind != scalar || n.empty() {
		d.wrong(n.Position, fmt.Sprintf("%s is %s", what, n.found()), "a time with a unit is needed: 500ms, 10s, 2m")
		return 0
	}
	value, err := time.ParseDuration(n.text)
	switch {
	case err != nil && isNumber(n.text), err == nil && value == 0 && isNumber(n.text):
		d.wrong(n.Position, fmt.Sprintf("%s is %s, a number without a unit", what, brief(n.text)), "write "+unit(n.text))
	case err != nil:
		d.wrong(n.Position, fmt.Sprintf("%s is %s", what, brief(n.text)), "a time with a unit is needed: 500ms, 10s, 2m")
	case value < 0:
		d.wrong(n.Position, fmt.Sprintf("%s is %s, a negative time", what, brief(n.text)), "write a time from now on")
	case value == 0 && !zero:
		d.wrong(n.Position, fmt.Sprintf("%s is %s", what, brief(n.text)), "more than nothing is needed")
	case value > most:
		d.wrong(n.Position, fmt.Sprintf("%s is %s", what, brief(n.text)), fmt.Sprintf("%gh at most", most.Hours()))
	default:
		return value
	}
	return 0
}

// maxPlatformTime bounds the times of a platform, which cost nothing.
const maxPlatformTime = 366 * 24 * time.Hour

// platformTime reads a time on the platform's clock: "+40h" or "40h".
func (d *decoder) platformTime(n *node, what string) time.Duration {
	return d.time(n, what, false, maxPlatformTime)
}

// unit shows how a bare number may be meant.
func unit(number string) string {
	if len(number) > 12 {
		number = "10"
	}
	return number + "s or " + number + "ms"
}
