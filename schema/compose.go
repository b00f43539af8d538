package schema

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sort"
	"strings"
	"time"
)

// Push is one press as it goes on the wire: what Compose writes.
type Push struct {
	Method string
	Header http.Header // canonical names; without Host and Content-Length
	Body   []byte

	form *pushForm
	root *node
}

// Values returns every neutral name with the value that Compose wrote, whatever has
// become of Body since. They are read anew at each call, and the caller's. A Push that
// Compose did not make has none.
func (p Push) Values() Values {
	if p.form == nil {
		return nil
	}
	values, _ := p.form.readNames(nil, p.find)
	return values
}

// Value returns what Values has of one name; nil for nothing.
func (p Push) Value(name string) any {
	if p.form == nil {
		return nil
	}
	n := p.form.name(name)
	if n == nil {
		return nil
	}
	value, _, _ := n.readFrom(nil, p.find)
	return value
}

func (p Push) find(at pointer) (any, bool) {
	n := p.root.at(at)
	if n == nil {
		return nil, false
	}
	return n.value(), true
}

// ComposeOption changes how Compose makes what v leaves open.
type ComposeOption func(*composition)

// Seed makes every id that Compose makes depend on n, and on the time of the
// press, alone. Without it each Compose has new ids.
func Seed(n uint64) ComposeOption { return func(c *composition) { c.seed = n } }

// At sets the time of the press; without it, time.Now.
func At(t time.Time) ComposeOption { return func(c *composition) { c.now = t } }

// Compose writes v into the profile's prototype: neutral names at their
// pointers, then the dependent members, then the pointers of v. A list of
// objects repeats the prototype's element, each laid over a copy of it; any
// other list or object takes the place of what stood there. What v gives is
// never overwritten by what depends on it. An unknown name, a pointer that
// leads nowhere and a value that the place cannot hold are errors.
func (p *Profile) Compose(v Values, opts ...ComposeOption) (Push, error) {
	c, err := p.compose(v, opts)
	if err != nil {
		return Push{}, err
	}
	push := Push{
		Method: p.rules.method,
		Body:   c.root.appendTo(make([]byte, 0, len(p.push.prototype.frozen.raw)+1024)),
		form:   p.push,
		root:   c.root,
	}
	push.Header = p.header(push)
	return push, nil
}

// Show is the body that Compose makes of v, as encoding/json with UseNumber
// reads it. The caller may change it. Its errors are those of Compose.
func (p *Profile) Show(v Values, opts ...ComposeOption) (any, error) {
	c, err := p.compose(v, opts)
	if err != nil {
		return nil, err
	}
	return c.root.value(), nil
}

func (p *Profile) compose(v Values, opts []ComposeOption) (*composition, error) {
	c := &composition{form: p.push, root: p.push.prototype, now: time.Now(), seed: rand.Uint64(), given: v}
	for _, opt := range opts {
		opt(c)
	}
	steps := []func() error{
		func() error { return c.sort(v) },
		c.mint,
		c.share,
		func() error { return c.write(&c.form.own, c.form.write) },
		c.writePointers,
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, fmt.Errorf("profile %s: compose: %w", p.ref, err)
		}
	}
	return c, nil
}

// header writes the headers of every push; one whose neutral name has no value
// is left out.
func (p *Profile) header(push Push) http.Header {
	h := make(http.Header)
	for _, f := range p.rules.headers {
		value := f.Value
		if name, ok := f.carries(); ok {
			carried := push.Value(name)
			if carried == nil {
				continue
			}
			value = fmt.Sprint(carried)
		}
		h.Add(f.Name, value)
	}
	return h
}

// composition is one Compose at work.
type composition struct {
	form     *pushForm
	root     *node
	now      time.Time
	seed     uint64
	given    Values           // v, which is asked for neutral names
	pointers []givenPointer   // pointers of v, what holds others first
	minted   map[string]*node // names that v leaves open and that have a mint
	base     *base            // what presses about this incident share
	marks    []mark           // what else v gave: nothing that depends on it overwrites it
}

type givenPointer struct {
	at    pointer
	value any
}

// sort tells the neutral names of v from its pointers.
func (c *composition) sort(v Values) error {
	known := 0
	for _, n := range c.form.names {
		if _, given := v[n.key]; given {
			known++
		}
	}
	if known == len(v) {
		return nil // as with most: no pointers
	}
	var unsure []string // keys that are not neutral names of this platform
	for key := range v {
		if strings.HasPrefix(key, "/") || c.form.name(key) == nil {
			unsure = append(unsure, key)
		}
	}
	slices.Sort(unsure)
	var errs []error
	for _, key := range unsure {
		if !strings.HasPrefix(key, "/") {
			errs = append(errs, c.form.unknown(key))
			continue
		}
		at, err := parsePointer(key)
		errs = append(errs, err)
		c.pointers = append(c.pointers, givenPointer{at: at, value: v[key]})
	}
	sort.SliceStable(c.pointers, func(i, j int) bool { return len(c.pointers[i].at) < len(c.pointers[j].at) })
	return errors.Join(errs...)
}

func (f *pushForm) name(key string) *name {
	i := sort.Search(len(f.names), func(i int) bool { return f.names[i].key >= key })
	if i < len(f.names) && f.names[i].key == key {
		return f.names[i]
	}
	return nil
}

// keys returns the names that the platform has a place for.
func (f *pushForm) keys() []string {
	keys := make([]string, len(f.names))
	for i, n := range f.names {
		keys[i] = n.key
	}
	return keys
}

func (f *pushForm) unknown(key string) error {
	known := f.keys()
	return fmt.Errorf("%q: the platform has no place for this name%s; it has %s, and JSON pointers like %q",
		key, hint(key, known), strings.Join(known, ", "), f.names[0].pointers[0])
}

// mint makes values for the names that v leaves open.
func (c *composition) mint() error {
	c.minted = make(map[string]*node)
	for _, n := range c.form.names {
		if _, err := c.mintName(n); err != nil {
			return err
		}
	}
	return nil
}

// mintName makes the value of one name, once; nil when v gives it or when it
// stays as the prototype has it.
func (c *composition) mintName(n *name) (*node, error) {
	if _, given := c.given[n.key]; given || n.mint == nil {
		return nil, nil
	}
	if made, ok := c.minted[n.key]; ok {
		return made, nil
	}
	value, err := n.mint.run(c, n.mint, newStream(c.seed, n.key))
	if err != nil {
		return nil, fmt.Errorf("%s: mint: %w", n.key, err)
	}
	made, err := n.write(value)
	if err != nil {
		return nil, fmt.Errorf("%s: mint: %w", n.key, err)
	}
	c.minted[n.key] = made
	return made, nil
}

// timeOf gives the time that a name has in this press.
func (c *composition) timeOf(key string) (time.Time, error) {
	n := c.form.name(key)
	if n == nil || n.time == "" {
		return time.Time{}, fmt.Errorf("%q is no name of a time", key)
	}
	value, err := c.mintName(n)
	if err == nil && value == nil {
		value = c.root.at(n.pointers[0])
		if given, ok := c.given[key]; ok && given != nil {
			value, err = n.write(given)
		}
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("%s: %w", key, err)
	}
	t, _ := readTime(value.value(), n.time)
	return t, nil
}

// forming gives what is given of a name the form in which it stands in the body; nil
// for null.
type forming func(n *name, given any) (*node, error)

// write writes the names of a stage, and then what depends on them.
func (c *composition) write(s *stage, form forming) error {
	if err := c.writeNames(s.names, form); err != nil {
		return err
	}
	return c.derive(s.derived)
}

// writeNames writes those names that have a value at all of their places.
func (c *composition) writeNames(names []*name, form forming) error {
	var errs []error
	for _, n := range names {
		given, ok := c.given[n.key]
		made := c.minted[n.key]
		if !ok && made == nil {
			continue
		}
		if err := c.writeName(n, given, made, form); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", n.key, err))
		}
	}
	return errors.Join(errs...)
}

func (c *composition) writeName(n *name, given any, made *node, form forming) (err error) {
	value := made
	if made == nil {
		if value, err = form(n, given); err != nil {
			return err
		}
	}
	if n.before != "" || n.present != nil {
		return nil // written by what depends on it
	}
	for i, at := range n.pointers {
		switch {
		case made != nil:
			c.root, _ = c.root.set(at, value.seal())
		case value == nil:
			c.root, _ = c.root.remove(at)
			c.marks = append(c.marks, mark{at: at})
		case i > 0 && c.root.at(at[:len(at)-1]) == nil:
			// What held the other place is not part of this press.
		default:
			if err := c.put(at, value.seal(), i == 0); err != nil {
				return err
			}
		}
	}
	return nil
}

// write is a forming that refuses what does not fit its place.
func (f *pushForm) write(n *name, given any) (*node, error) {
	if given == nil {
		return nil, nil
	}
	form, err := n.write(given)
	if err == nil && n.before == "" && n.present == nil {
		err = f.fits(n.spot, n.pointers[0], form)
	}
	return form, err
}
