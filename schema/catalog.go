package schema

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"
)

//go:embed profiles profile.schema.json api.schema.json
var embedded embed.FS

// strictest is the date that stands for the hardest value of every date.
const strictest = "strictest"

// Open returns the embedded profile that ref names: "flashduty@2024-11-20";
// "flashduty", the newest; "flashduty@strictest", the newest body with the
// hardest value of each fact over all dates.
func Open(ref string) (*Profile, error) { return catalog{ours()}.open(ref) }

// OpenFS is Open over a user's own folder of profiles
// (<platform>/<date>/profile.json), which may extend ours; a name that fsys
// lacks is looked up in ours. The push schema is compiled at once: a mistake in it
// is found here, and no push waits for it.
func OpenFS(fsys fs.FS, ref string) (*Profile, error) {
	p, err := catalog{fsys, ours()}.open(ref)
	if err != nil {
		return nil, err
	}
	for _, s := range []Strength{Lenient, Strict} {
		if err := p.Compile(s); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// List returns the embedded profiles, sorted by platform and date.
func List() []Ref {
	refs, _ := catalog{ours()}.list() // what is embedded can be read
	return refs
}

// ListFS returns those of fsys and the embedded ones, sorted.
func ListFS(fsys fs.FS) ([]Ref, error) { return catalog{fsys, ours()}.list() }

// ProfileSchema returns profile.schema.json, the JSON Schema of profile.json.
func ProfileSchema() []byte {
	data, _ := embedded.ReadFile("profile.schema.json") // it is embedded
	return data
}

// APISchema returns api.schema.json, the JSON Schema of api.json.
func APISchema() []byte {
	data, _ := embedded.ReadFile("api.schema.json") // it is embedded
	return data
}

func ours() fs.FS {
	sub, _ := fs.Sub(embedded, "profiles") // the name is valid
	return sub
}

// opened holds the embedded profiles once they were asked for, so that what is
// compiled for them is compiled once in a process.
var opened sync.Map // of Ref.String() to *Profile

// catalog is a list of folders of profiles, the user's before ours.
type catalog []fs.FS

func (c catalog) open(text string) (*Profile, error) {
	ref, err := c.resolve(text)
	if err != nil {
		return nil, err
	}
	if c.hasOwn(ref.Platform) {
		return c.build(ref)
	}
	if p, ok := opened.Load(ref.String()); ok {
		return p.(*Profile), nil
	}
	p, err := catalog{ours()}.build(ref)
	if err != nil {
		return nil, err
	}
	first, _ := opened.LoadOrStore(ref.String(), p)
	return first.(*Profile), nil
}

// hasOwn reports whether the user's folder says anything about a platform.
func (c catalog) hasOwn(platform string) bool {
	if len(c) == 1 {
		return false
	}
	_, err := fs.Stat(c[0], platform)
	return !errors.Is(err, fs.ErrNotExist)
}

func (c catalog) build(ref Ref) (*Profile, error) {
	if ref.Date == strictest {
		return c.buildStrictest(ref.Platform)
	}
	d, err := c.load(ref, nil)
	if err != nil {
		return nil, err
	}
	return d.build(ref)
}

// resolve finds which profile a person means.
func (c catalog) resolve(text string) (Ref, error) {
	refs, err := c.list()
	if err != nil {
		return Ref{}, err
	}
	platform, date, dated := strings.Cut(text, "@")
	var known, dates []string
	for _, r := range refs {
		known = append(known, r.String())
		if r.Platform == platform {
			dates = append(dates, r.Date)
		}
	}
	switch {
	case len(dates) == 0:
		return Ref{}, fmt.Errorf("profile %q: no such platform%s; there are %s", text, hint(platform, platforms(refs)), strings.Join(known, ", "))
	case !dated:
		return Ref{Platform: platform, Date: dates[len(dates)-1]}, nil
	case date == strictest || slices.Contains(dates, date):
		return Ref{Platform: platform, Date: date}, nil
	}
	return Ref{}, fmt.Errorf("profile %q: no such date; %s has %s and %s", text, platform, strings.Join(dates, ", "), strictest)
}

func platforms(refs []Ref) []string {
	var names []string
	for _, r := range refs {
		if !slices.Contains(names, r.Platform) {
			names = append(names, r.Platform)
		}
	}
	return names
}

// list returns every profile of every folder once, sorted.
func (c catalog) list() ([]Ref, error) {
	seen := make(map[Ref]bool)
	for _, fsys := range c {
		files, err := fs.Glob(fsys, "*/*/profile.json")
		if err != nil {
			return nil, fmt.Errorf("list profiles: %w", err)
		}
		for _, file := range files {
			platform, date := path.Split(path.Dir(file))
			ref := Ref{Platform: path.Clean(platform), Date: date}
			if _, err := time.Parse(time.DateOnly, date); err != nil {
				return nil, fmt.Errorf("list profiles: folder %s: its name is no date; 2026-05-27 would do", path.Dir(file))
			}
			seen[ref] = true
		}
	}
	refs := make([]Ref, 0, len(seen))
	for r := range seen {
		refs = append(refs, r)
	}
	sort.Slice(refs, func(i, j int) bool { return refs[i].String() < refs[j].String() })
	return refs, nil
}

// load reads one profile and, below it, what it extends. under are the profiles
// that extend this one.
func (c catalog) load(ref Ref, under []Ref) (*draft, error) {
	if slices.Contains(under, ref) {
		return nil, fmt.Errorf("profile %s: extends itself by way of %v", ref, under)
	}
	for i, fsys := range c {
		data, err := readFile(fsys, ref.file("profile.json"))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("profile %s: %w", ref, err)
		}
		return c.loadFrom(i, ref, data, under)
	}
	return nil, fmt.Errorf("profile %s: no such profile", ref)
}

// maxFile bounds what is read of a file of a profile, in bytes.
const maxFile = 16 << 20

// readFile looks before it opens: a pipe in a user's folder may never open, a
// device never end.
func readFile(fsys fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("read %s: not a regular file", name)
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("read %s: larger than %d MiB", name, maxFile>>20)
	}
	return fs.ReadFile(fsys, name)
}

// loadFrom reads the profile of the i-th folder.
func (c catalog) loadFrom(i int, ref Ref, data []byte, under []Ref) (*draft, error) {
	stated, err := readProfileFile(data, i == len(c)-1)
	if err != nil {
		return nil, mistakes(ref, err)
	}
	d := &draft{facts: make(map[string]Fact), names: make(map[string]nameFile)}
	if stated.Extends != "" {
		if d, err = c.loadBase(i, ref, stated.Extends, under); err != nil {
			return nil, mistakes(ref, fmt.Errorf("/extends: %q: %w", stated.Extends, err))
		}
	}
	if err := d.overlay(stated); err != nil {
		return nil, mistakes(ref, err)
	}
	for name, to := range map[string]*file{"push.schema.json": &d.schema, "push.prototype.json": &d.prototype} {
		data, err := readFile(c[i], ref.file(name))
		switch {
		case err == nil:
			*to = file{path: ref.file(name), data: data}
		case !errors.Is(err, fs.ErrNotExist):
			return nil, fmt.Errorf("profile %s: %w", ref, err)
		}
	}
	data, err = readFile(c[i], ref.file("api.json"))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return d, nil
	case err != nil:
		return nil, fmt.Errorf("profile %s: %w", ref, err)
	}
	d.api = append(d.api, apiFile{file{path: ref.file("api.json"), data: data}, i == len(c)-1})
	return d, nil
}

// loadBase reads what a profile of the i-th folder extends. A user's profile
// may stand in for ours of the same name and extend it: then ours is meant.
func (c catalog) loadBase(i int, ref Ref, extends string, under []Ref) (*draft, error) {
	platform, date, _ := strings.Cut(extends, "@")
	base := Ref{Platform: platform, Date: date}
	if base == ref && i < len(c)-1 {
		return c[i+1:].load(base, under)
	}
	return c.load(base, append(under, ref))
}

// readProfileFile reads profile.json. A user's is held to profile.schema.json
// first, so that a mistake is named by its place; ours are held to it by a test.
func readProfileFile(data []byte, trusted bool) (profileFile, error) {
	var f profileFile
	if _, err := parseTree(data); err != nil { // also finds names that stand twice
		return f, err
	}
	if !trusted {
		if err := checkFile(profileSchema, data); err != nil {
			return f, err
		}
	}
	return f, json.Unmarshal(data, &f)
}

// buildStrictest takes the newest profile of a platform and of each fact the
// hardest value of all dates.
func (c catalog) buildStrictest(platform string) (*Profile, error) {
	refs, err := c.list()
	if err != nil {
		return nil, err
	}
	var drafts []*draft
	for _, ref := range refs {
		if ref.Platform != platform {
			continue
		}
		d, err := c.load(ref, nil)
		if err != nil {
			return nil, err
		}
		drafts = append(drafts, d)
	}
	newest := drafts[len(drafts)-1]
	for _, older := range drafts[:len(drafts)-1] {
		for name, fact := range older.facts {
			if current, ok := newest.facts[name]; ok && isHarder(fact, current) {
				newest.facts[name] = fact
			}
		}
	}
	return newest.build(Ref{Platform: platform, Date: strictest})
}

// isHarder reports whether fact, of another date, is harder on an endpoint than
// the newest. Where a fact's type has no order the newest counts, and a fact
// that the newest does not state holds no longer.
func isHarder(fact, newest Fact) bool {
	order := factTypes[fact.Name].harder
	return order != nil && order(fact.Value, newest.Value)
}
